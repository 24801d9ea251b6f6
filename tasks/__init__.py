"""Prefect tasks: one side effect on one batch (or one run) each, and nothing but that.

Retries, backoff, limits and artifacts live here only. What the steps *are* is in `reclaim.recovery.steps`; in which
order they run is in `flows`. Tasks pass plain values; a process builds its ports once, in `reclaim.adapters.bootstrap`.
"""
