from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from reclaim.contracts.contract import Contract
from reclaim.contracts.loading import load_contract
from reclaim.local.outage import Outage, plan_outage

EXAMPLE: Final = Path(__file__).parents[3] / "examples" / "order_created" / "contract.py"


@pytest.fixture(scope="session")
def outage() -> Outage:
    """Large enough for every variant of every kind, small enough to be planned at once."""
    return plan_outage(3000, seed=7)


@pytest.fixture(scope="session")
def example() -> Contract:
    """A contract without a generator of its own."""
    return load_contract(f"{EXAMPLE}:contract")


@pytest.fixture(scope="session")
def example_outage(example: Contract) -> Outage:
    """As large."""
    return plan_outage(3000, seed=7, contract=example)


@pytest.fixture(scope="session", params=["outage", "example_outage"])
def any_outage(request: pytest.FixtureRequest) -> Outage:
    """Of either contract."""
    found: Outage = request.getfixturevalue(request.param)
    return found
