"""What a running stack puts into stack.env."""

from __future__ import annotations

from collections.abc import Sequence

from reclaim.local.layout import Layout
from reclaim.local.ports import LOOPBACK
from reclaim.local.remembered import Remembered
from reclaim.local.service import Service

# Short, so that a demonstration does not wait long for messages that a killed run had received.
_VISIBILITY_TIMEOUT_SECONDS = 15


def stack_variables(layout: Layout, services: Sequence[Service], known: Remembered) -> dict[str, str]:
    """Every variable with which a program reaches the stack."""
    found: dict[str, str] = {}
    for service in services:
        found |= service.variables(layout, known.ports[service.name])
    return found | {
        "RECLAIM_QUEUE": "client-created-dlq",
        "RECLAIM_SOURCE_QUEUE": "client-created",
        "RECLAIM_REPORTS_URL": str(layout.reports),
        "RECLAIM_TRACKING_KEY": known.tracking_key,
        "RECLAIM_EVIDENCE_KEY": known.evidence_key,
        "RECLAIM_VISIBILITY_TIMEOUT_SECONDS": str(_VISIBILITY_TIMEOUT_SECONDS),
        "GX_ANALYTICS_ENABLED": "false",
        # For those behind a proxy: it cannot reach this machine's own loopback.
        "NO_PROXY": f"{LOOPBACK},localhost",
    }
