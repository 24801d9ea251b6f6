from __future__ import annotations

import pytest

from reclaim.local.outage import Outage, plan_outage


@pytest.fixture(scope="session")
def outage() -> Outage:
    """Large enough for every variant of every kind, small enough to be planned at once."""
    return plan_outage(3000, seed=7)
