"""A whole recovery of a mixed outage: what it counts, writes and leaves behind."""

from __future__ import annotations

import csv
import hashlib
import itertools
import threading
from collections.abc import Callable
from typing import Any

import orjson

from reclaim.contracts.reading import read_event
from reclaim.model.errors import ExitCode
from reclaim.model.event import Event
from reclaim.model.ledger import Delivery
from reclaim.model.run import RunState
from reclaim.recovery.decisions import wanted_identity
from tests.builders import CONTRACT
from tests.flows.world import KEY, Call, Recovered, World, event, ids, in_threads
from tests.truth import outcomes_by_record, staged_outcomes


def test_counts_and_causes_are_those_of_the_truth(mixed: Recovered) -> None:
    assert mixed.report.counts.as_dict() == mixed.truth["counts"]
    assert {cause.value: count for cause, count in mixed.report.causes.items()} == mixed.truth["causes"]
    assert mixed.report.balanced


def test_every_single_message_has_the_outcome_it_had_to_have(mixed: Recovered) -> None:
    entries = mixed.world.entries.values()
    found = {entry.body_sha256: (str(entry.outcome), str(entry.cause)) for entry in entries}

    assert found.keys() == mixed.truth["events"].keys()
    assert outcomes_by_record(found, mixed.truth["events"]) == staged_outcomes(mixed.truth["events"])
    assert {entry.attempts for entry in entries} == {1}


def test_clients_get_the_one_tracking_id_that_is_theirs(mixed: Recovered) -> None:
    records = {record.record_key: record for record in mixed.world.records.all()}
    wanted = {
        reading.record_key: wanted_identity(reading, CONTRACT, KEY.encode())
        for message in mixed.outage.messages
        if message.outcome == "recovered" and isinstance(reading := read_event(message.body, CONTRACT), Event)
    }

    assert len(wanted) == mixed.truth["counts"]["recovered"]
    assert {one: records[one].identity for one in wanted} == wanted
    assert len({record.identity for record in records.values()}) == len(records)


def test_a_tracking_id_that_was_there_before_is_never_changed(mixed: Recovered) -> None:
    records = {record.record_key: record for record in mixed.world.records.all()}
    before = {one["_id"]: one["tracking_id"] for one in mixed.outage.records if one.get("tracking_id")}

    assert before
    assert {one: records[one].identity for one in before} == before


def test_the_queue_is_empty_and_nothing_is_hidden(mixed: Recovered) -> None:
    assert mixed.world.depth.total == 0


def test_what_needs_a_person_is_told_to_shell_and_orchestrator(mixed: Recovered) -> None:
    assert mixed.report.exit_code is ExitCode.NEEDS_A_PERSON
    assert mixed.state.is_completed()
    assert str(mixed.truth["counts"]["recovered"]) in str(mixed.state.message)


def test_a_message_is_deleted_only_after_its_effect_was_read_back_and_settled(mixed: Recovered) -> None:
    journal = mixed.world.journal
    for message_id, entry in mixed.world.entries.items():
        recorded = journal.place("ledger.record", message_id)
        settled = journal.place("ledger.settle", message_id)
        deleted = journal.place("queue.delete", message_id)
        assert 0 <= recorded < settled < deleted
        if entry.wrote:
            written = journal.place("records.write", message_id)
            read_back = _next_read(journal.of("records.find"), str(entry.record_key), written)
            assert recorded < written < read_back < settled


def test_each_message_is_deleted_once_and_by_nobody_else(mixed: Recovered) -> None:
    deleted = [one.message_id for call in mixed.world.journal.of("queue.delete") for one in call.args[0]]

    assert sorted(deleted) == sorted(mixed.world.sent)


def test_canaries_of_1_2_5_and_20_go_one_at_a_time_before_full_batches(mixed: Recovered) -> None:
    journal = mixed.world.journal
    batches = [call.messages for call in journal.of("ledger.record")]

    assert [len(batch) for batch in batches[:4]] == [1, 2, 5, 20]
    assert max(map(len, batches)) == 40
    for batch, following in itertools.pairwise(batches[:5]):
        done = next(call for call in journal.of("queue.delete") if call.messages == batch)
        asked = next(call for call in journal.of("queue.receive") if call.messages & following)
        assert done.ended <= asked.at


def test_after_the_canaries_several_batches_are_in_flight_at_once(world: World) -> None:
    world.send_events(200)
    calls, both = itertools.count(1), threading.Barrier(2, timeout=60)

    def first_full_batches_meet(real: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        if next(calls) in {5, 6}:  # the four canaries come before
            both.wait()  # for ever, and then in vain, were it alone
        return real(*args)

    world.meddle("ledger.record", first_full_batches_meet)

    report = world.recover(batch_size=40, lanes=2)

    assert (report.state, report.counts.recovered) == (RunState.COMPLETED, 200)


def test_the_report_lies_there_whole(mixed: Recovered) -> None:
    folder = mixed.world.reports / mixed.report.run_id
    saved = mixed.world.saved_report(mixed.report)
    with (folder / "messages.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert saved["counts"] == mixed.truth["counts"]
    assert saved["causes"] == mixed.truth["causes"]
    assert (saved["state"], saved["balanced"], saved["retries"]) == ("completed", True, 0)
    assert {row["message_id"] for row in rows} == set(mixed.world.sent)
    for name in ("report.html", "messages.parquet", "events.jsonl", "validation/index.html"):
        assert (folder / name).stat().st_size


def test_the_validation_really_looked_at_every_client_and_message(mixed: Recovered) -> None:
    validation = mixed.report.validation
    checked = {suite.suite: max(found.checked for found in suite.expectations) for suite in validation.suites}

    assert validation.success
    assert not validation.skipped
    assert checked == {"records": mixed.report.counts.recovered, "ledger": mixed.report.counts.received}


def test_the_registry_holds_the_account_and_the_fingerprints_of_its_evidence(mixed: Recovered) -> None:
    record = mixed.world.runs.get(mixed.report.run_id)
    assert record is not None
    folder = mixed.world.reports / mixed.report.run_id

    assert record.state is RunState.COMPLETED
    assert record.counts == mixed.truth["counts"]
    assert record.operator == "night shift"
    assert record.balanced
    for name in ("report.json", "messages.csv", "messages.parquet", "events.jsonl"):
        assert record.evidence[name] == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_artifacts_show_progress_summary_causes_and_where_the_report_is(mixed: Recovered) -> None:
    key = f"recovery-{mixed.report.run_id}".lower()
    shown = artifacts_of(mixed.report.run_id)

    assert shown[f"{key}-progress"].data == 100.0
    assert str(mixed.state.message) in str(shown[f"{key}-summary"].data).replace("\\", "")
    rows = {row["cause"]: row["messages"] for row in _rows(shown[f"{key}-causes"].data)}
    assert rows == mixed.truth["causes"]
    assert str(mixed.world.reports / mixed.report.run_id / "report.html") in str(shown[f"{key}-report"].data)


def test_nothing_from_a_message_reaches_a_page_unescaped(world: World) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    world.send(
        event("cl_1", name=hostile),
        event("cl_2", country=hostile),
        event("cl_3", tracking_id=hostile),
        f'{{"{hostile}": "{hostile}"}}',
        f'{{"event_type": "{hostile}", "client": {{"client_id": "{hostile}"}}}}',
        hostile,
    )

    report = world.recover(reason=hostile, operator=hostile)

    assert report.counts.quarantined == 5
    shown = "".join(str(artifact.data) for artifact in artifacts_of(report.run_id).values())
    pages = "".join(path.read_text() for path in (world.reports / report.run_id).rglob("*.html"))
    assert "<img" not in shown
    assert "onerror=alert(1)>" not in shown + pages


def test_the_same_recovery_run_three_times_works_three_times(world: World) -> None:
    counts = []
    for turn in range(3):
        world.send_events(4, f"turn{turn}")
        counts.append(world.recover(reason="the same").counts.as_dict())

    assert [one["recovered"] for one in counts] == [4, 4, 4]
    assert world.depth.total == 0


def test_two_runs_at_once_count_every_message_once(world: World, settings: Any) -> None:  # noqa: ANN401
    settings.setenv("RECLAIM_PATIENCE_SECONDS", "60")
    settings.setenv("RECLAIM_LANES", "2")
    world.send(*(event(f"cl_{number % 60}") for number in range(90)))
    # Prefect's server on SQLite can stand still for a minute when two flow runs begin at once.
    both = threading.Barrier(2, timeout=150)
    begun: set[str] = set()

    def wait_for_the_other_run(real: Callable[..., Any], messages: Any, delivery: Delivery, at: Any) -> Any:  # noqa: ANN401
        if delivery.run_id not in begun:
            begun.add(delivery.run_id)
            both.wait()
        return real(messages, delivery, at)

    world.meddle("ledger.record", wait_for_the_other_run)

    # Whichever ends first must not take the world away from the other.
    first, second = in_threads(world.recover, world.recover)

    assert first.counts.received > 0 < second.counts.received
    assert first.counts.recovered + second.counts.recovered == 60
    assert first.counts.duplicate + second.counts.duplicate == 30
    assert first.counts.received + second.counts.received == 90
    assert first.balanced
    assert second.balanced
    assert ids(world.journal.of("queue.delete")) == set(world.sent)
    assert world.depth.total == 0


def _next_read(finds: list[Call], record_key: str, after: int) -> int:
    return next(call.number for call in finds if call.number > after and record_key in call.args[0])


def artifacts_of(run_id: str) -> dict[str, Any]:
    """What the Prefect UI shows of a run, by key."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey  # noqa: PLC0415

    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(like_=f"%{run_id.lower()}%"))
        return {str(artifact.key): artifact for artifact in client.read_artifacts(artifact_filter=wanted)}


def _rows(data: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    rows: list[dict[str, Any]] = orjson.loads(data) if isinstance(data, str) else data
    return rows
