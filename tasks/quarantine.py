"""The tasks of the quarantine desk."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.quarantine.plan import Plan, plan_requested
from reclaim.quarantine.requests import ReleaseRequest
from tasks.retrying import step


@step
def plan_the_release(target: Target, request: ReleaseRequest) -> Plan:
    """What the release would do; writes nothing."""
    outside = adapters(target)
    return plan_requested(
        request, outside.settings, ledger=outside.ledger, resolutions=outside.resolutions, clock=outside.clock
    )
