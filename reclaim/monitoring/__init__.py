"""Watching a dead-letter queue: what is measured, when that is an alarm, and what an alarm sets off.

Pure: a look at the outside becomes a `Look`, a `Look` becomes metrics and findings, an alarm's notification becomes a
signal. Who asks CloudWatch, SQS and MongoDB is in `reclaim.adapters`; who emits is in `tasks.watch`.
"""
