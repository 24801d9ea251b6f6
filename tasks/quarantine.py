"""The tasks of the quarantine desk."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Ports
from reclaim.quarantine.plan import Plan, plan_requested
from reclaim.quarantine.requests import ReleaseRequest
from tasks.retrying import step


@step
def plan_the_release(ports: Ports, request: ReleaseRequest) -> Plan:
    """What the release would do; writes nothing."""
    return plan_requested(
        request, ports.settings, ledger=ports.ledger, resolutions=ports.resolutions, clock=ports.clock
    )
