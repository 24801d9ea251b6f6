"""The tasks of the quarantine desk."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.quarantine.plan import Plan, plan_release
from reclaim.quarantine.requests import ReleaseRequest
from tasks.retrying import step


@step
def plan_the_release(target: Target, request: ReleaseRequest) -> Plan:
    """What the release would do; writes nothing."""
    outside = adapters(target)
    edit = request.edit(outside.settings.repair_rules)
    return plan_release(
        request.wanted(edit),
        edit,
        ledger=outside.ledger,
        resolutions=outside.resolutions,
        operator=request.operator or outside.settings.operator,
        clock=outside.clock,
    )
