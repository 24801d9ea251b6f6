"""The task of a release, beside those of any run."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Ports
from reclaim.quarantine.plan import ReleasePlan, plan_requested
from reclaim.quarantine.requests import ReleaseRequest
from tasks.retrying import step


@step
def plan_the_release(ports: Ports, request: ReleaseRequest) -> ReleasePlan:
    """What the release would do; writes nothing."""
    return plan_requested(
        request, ports.settings, ports.contract, ledger=ports.ledger, resolutions=ports.resolutions, clock=ports.clock
    )
