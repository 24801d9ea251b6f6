"""Reclaim: recovers failed events from an SQS dead-letter queue and proves that it did.

This package is the core: it says *what* a recovery is (events, identities, decisions, pacing, money,
reports) and knows no orchestrator, no SDK and no environment at import time. `tasks` and `flows` say where
and how it runs; `reclaim.adapters` holds the only importers of boto3 and pymongo.
"""

__version__ = "0.1.0"
