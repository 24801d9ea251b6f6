"""A large recovery that nobody besides its operator agreed to does not begin."""

from __future__ import annotations

import pytest

from reclaim.model.errors import UsageError
from tests.flows.world import World, event


def untouched(world: World, messages: int) -> bool:
    return (world.depth.visible, world.depth.in_flight, world.runs.latest(1)) == (messages, 0, []) and not any(
        (world.records.all(), world.entries)
    )


def test_too_many_messages_for_one_pair_of_eyes(world: World, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("RECLAIM_APPROVAL_MESSAGES", "3")
    world.send_events(4)

    with pytest.raises(UsageError, match="A recovery of 4 messages needs an approver"):
        world.recover()

    assert untouched(world, 4)
    assert world.recover(dry_run=True).counts.recovered == 4
    assert world.recover(max_messages=3).counts.recovered == 3


def test_too_much_money_for_one_pair_of_eyes(world: World, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("RECLAIM_APPROVAL_MONEY", "USD=2499,EUR=1")
    world.send(event("cl_1"), event("cl_2"), event("cl_2"))

    with pytest.raises(UsageError, match=r"A recovery worth 25\.00 USD needs an approver"):
        world.recover()
    assert untouched(world, 3)

    with pytest.raises(UsageError, match="cannot approve it as well"):
        world.recover(approver="Night Shift", reason="INC-1")
    assert untouched(world, 3)

    report = world.recover(approver="ann", reason="INC-1")
    assert (report.counts.recovered, report.approver) == (2, "ann")
    assert world.runs.latest(1)[0].approver == "ann"
