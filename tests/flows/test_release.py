"""Releases from quarantine take the way of every message, and are exact whatever happens on it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from reclaim.contracts.reading import read_event
from reclaim.model.errors import ExitCode, StoreUnavailable, UsageError
from reclaim.model.event import Rejection
from reclaim.model.ledger import Delivery, LedgerEntry, ResolutionKind
from reclaim.model.message import ReleasedFrom
from reclaim.model.outcome import Outcome
from reclaim.model.run import RunState
from tests.builders import CONTRACT, NOW, a_message, a_settlement
from tests.flows.world import KEY, QUEUE, World, event, fails

RULES = """
rules:
  - name: text-rate
    version: 2
    match: {cause: schema_violation, where: "matches(client.billing.rate_minor, '^[0-9]+$')"}
    steps: [{cast: {path: /client/billing/rate_minor, to: integer}}]
"""

REPAIRED = '{"client": {"billing": {"rate_minor": 1250}}}'


def broken(record_key: str, rate: object = "1250") -> str:
    return event(record_key, billing={"model": "cpa", "rate_minor": rate, "currency": "USD"})


def quarantined(world: World, *bodies: str) -> list[str]:
    """What an earlier recovery has left in quarantine."""
    messages = [a_message(body) for body in bodies]
    delivery = Delivery("run-earlier", "d-1", QUEUE, NOW, CONTRACT.name)
    world.ledger.record(messages, delivery, NOW)
    causes = {
        one.message_id: reading.cause
        for one in messages
        if isinstance(reading := read_event(one.body, CONTRACT), Rejection)
    }
    settled = [a_settlement(one, Outcome.QUARANTINED, cause, wrote=False) for one, cause in causes.items()]
    world.ledger.settle(settled, delivery, NOW)
    return [one.message_id for one in messages]


def the(world: World, message_id: str) -> LedgerEntry:
    return world.ledger.find([message_id])[message_id]


@pytest.fixture
def rules(settings: pytest.MonkeyPatch, tmp_path: Path) -> str:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    settings.setenv("RECLAIM_REPAIR_RULES", str(path))
    return str(path)


def test_a_rule_repairs_what_it_fits_and_leaves_the_rest(world: World, rules: str) -> None:
    fits, other = quarantined(world, broken("cl_1"), broken("cl_2", rate=12.5))
    first = the(world, fits)

    report = world.release(rule="text-rate", operator="ann", reason="INC-1")

    assert (report.kind, report.state, report.counts.recovered) == ("release", RunState.COMPLETED, 1)
    assert report.counts.received == 1
    assert world.records.find(["cl_1"])["cl_1"].identity == CONTRACT.identity.derive("cl_1", KEY.encode())
    original, made = the(world, fits), the(world, f"{fits}~1")
    assert (original.outcome, original.body, original.run_id) == (Outcome.QUARANTINED, first.body, first.run_id)
    assert original.resolution is not None
    assert (original.resolution.kind, original.resolution.became) == (ResolutionKind.RELEASED, f"{fits}~1")
    assert (original.resolution.operator, original.resolution.reason) == ("ann", "INC-1")
    assert made.outcome is Outcome.RECOVERED
    assert isinstance(made.released_from, ReleasedFrom)
    assert (made.released_from.message_id, made.released_from.rule, made.released_from.rule_version) == (
        fits,
        "text-rate",
        2,
    )
    assert the(world, other).is_open
    kept = world.runs.latest(1)[0].parameters
    assert (kept["messages"], kept["rule"]["name"]) == ([fits], "text-rate")

    again = world.release(rule="text-rate")

    assert (again.counts.received, again.exit_code) == (0, ExitCode.DONE)


def test_a_patch_that_leaves_it_broken_puts_it_back_into_quarantine_to_be_released_again(world: World) -> None:
    (message_id,) = quarantined(world, broken("cl_1"))

    report = world.release(message_ids=(message_id,), patch='[{"op": "remove", "path": "/client/billing/rate_minor"}]')

    assert (report.exit_code, report.counts.quarantined) == (ExitCode.NEEDS_A_PERSON, 1)
    assert not the(world, message_id).is_open
    assert the(world, f"{message_id}~1").is_open

    assert world.release(message_ids=(f"{message_id}~1",), patch=REPAIRED).counts.recovered == 1
    assert the(world, f"{message_id}~2").outcome is Outcome.RECOVERED


@pytest.mark.parametrize("call", ["records.write", "ledger.settle"])
def test_a_release_that_dies_is_finished_by_the_next_as_it_was_begun(world: World, call: str) -> None:
    (message_id,) = quarantined(world, broken("cl_1"))
    world.meddle(call, dying_after())

    world.release(message_ids=(message_id,), patch=REPAIRED)
    assert the(world, message_id).is_open
    world.meddling.clear()
    other_edit = '{"client": {"name": "another", "billing": {"rate_minor": 9}}}'
    report = world.release(message_ids=(message_id,), patch=other_edit)

    assert report.exit_code is ExitCode.DONE
    record = world.records.find(["cl_1"])["cl_1"]
    assert (record.fields["name"], record.fields["billing"]["rate_minor"]) == ("BODYMARKER cl_1", 1250)
    assert the(world, f"{message_id}~1").outcome is Outcome.RECOVERED
    assert orjson.loads(the(world, f"{message_id}~1").body)["client"]["billing"]["rate_minor"] == 1250
    assert not the(world, message_id).is_open
    assert len(world.ledger.all()) == 2


def test_a_store_that_is_away_for_a_while_is_waited_for(world: World) -> None:
    sent = quarantined(world, *(broken(f"cl_{number}") for number in range(30)))
    world.meddle("records.write", fails(1, StoreUnavailable("MongoDB does not answer.")))
    world.meddle("resolutions.resolve", fails(1, StoreUnavailable("MongoDB does not answer.")))

    report = world.release(cause="schema_violation", patch=REPAIRED)

    assert (report.counts.recovered, report.exit_code) == (30, ExitCode.DONE)
    assert not any(the(world, one).is_open for one in sent)


def test_a_dry_run_goes_the_whole_way_and_changes_nothing(world: World) -> None:
    (message_id,) = quarantined(world, broken("cl_1"))
    before = world.ledger.all()

    report = world.release(message_ids=(message_id,), patch=REPAIRED, dry_run=True)

    assert (report.dry_run, report.counts.recovered) == (True, 1)
    assert world.ledger.all() == before
    assert world.records.all() == []


def test_an_interrupted_release_is_closed_by_the_one_that_finishes_it_and_by_no_recovery(world: World) -> None:
    (message_id,) = quarantined(world, broken("cl_1"))
    world.release(message_ids=(message_id,), patch="{}", dry_run=True)
    dead = world.runs.latest(1)[0].model_copy(
        update={"run_id": "run-dead", "state": RunState.INTERRUPTED, "parameters": {"messages": [message_id]}}
    )
    world.runs.save(dead)

    world.recover()
    assert closed_by(world) is None
    report = world.release(message_ids=(message_id,), patch=REPAIRED)

    assert closed_by(world) == report.run_id


def test_what_is_asked_wrongly_writes_nothing(world: World) -> None:
    (message_id,) = quarantined(world, broken("cl_1"))
    before = world.ledger.all()

    with pytest.raises(UsageError, match=f"does not apply to message {message_id}: operation 1, remove /nothing"):
        world.release(message_ids=(message_id,), patch='[{"op": "remove", "path": "/nothing"}]')

    assert (world.runs.latest(99), world.ledger.all()) == ([], before)


def test_neither_the_body_nor_its_edit_gets_out(
    world: World, prefect_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (message_id,) = quarantined(world, "BODYMARKER no JSON")

    report = world.release(message_ids=(message_id,), body=event("cl_1", name="SECRETEDIT"))

    assert report.counts.recovered == 1
    assert world.records.find(["cl_1"])["cl_1"].fields["name"] == "SECRETEDIT"
    from prefect.logging.handlers import APILogHandler  # noqa: PLC0415

    APILogHandler().flush()
    places = [path.read_bytes() for path in prefect_database.parent.glob(f"{prefect_database.name}*")]
    places += [path.read_bytes() for path in world.reports.rglob("*") if path.is_file()]
    places += ["\n".join(record.getMessage() for record in caplog.records).encode()]
    assert not any(b"SECRETEDIT" in place or b"BODYMARKER no JSON" in place for place in places)


def dying_after() -> Callable[..., Any]:
    """The call takes place, and then the process ends."""

    def meddle(real: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        real(*args)
        raise KeyError("killed")

    return meddle


def closed_by(world: World) -> str | None:
    found = world.runs.get("run-dead")
    assert found is not None
    return found.closed_by
