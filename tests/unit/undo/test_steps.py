"""An undo over the ports in memory: what it takes back and sends again, what it survives, what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reclaim.model.errors import QueueUnavailable
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.message import MessageAttribute, Outgoing, ReleasedFrom
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState
from reclaim.undo import steps
from reclaim.undo.model import Reversal
from tests.builders import NOW, RUN, a_body, a_message, a_record, a_run, at
from tests.unit.undo.undo_bench import NOTE, UndoBench, counted, reasons, sent

ATTRIBUTES = (MessageAttribute("traceparent", "String", "00-ab"), MessageAttribute("sum", "Binary", b"\x00"))


@pytest.fixture
def bench() -> UndoBench:
    return UndoBench()


def recovered(bench: UndoBench, *record_keys: str) -> list[str]:
    ids = sent(bench, (a_body(record_key) for record_key in record_keys))
    bench.run()
    return ids


def test_a_message_goes_back_with_its_attributes_and_the_ledger_says_so(bench: UndoBench) -> None:
    body = a_body()
    message_id = bench.queue.send(body, ATTRIBUTES, "Root=1")
    bench.run()

    assert counted(bench.undo()) == {"removed": 1}

    [message] = bench.queue.receive(10, 0, 30)
    assert (message.body, message.message_attributes) == (body, ATTRIBUTES)
    assert message.attributes["AWSTraceHeader"] == "Root=1"
    resolution = Resolution(message_id, ResolutionKind.UNDONE, "undo-1", NOW, "ann", "INC-1", message.message_id)
    assert bench.entry(message_id).resolution == resolution
    assert bench.entry(message_id).outcome is Outcome.RECOVERED


def test_messages_go_back_in_the_order_in_which_they_came(bench: UndoBench) -> None:
    bodies = [a_body(f"cl_{number}") for number in (5, 3, 9, 1, 7)]
    sent(bench, bodies)
    while bench.drain_one(batch_size=1):
        bench.clock.sleep(1)
    bench.close(RUN)

    bench.undo()

    assert [message.body for message in bench.queue.receive(10, 0, 30)] == bodies


def test_records_that_were_built_on_stay_and_all_others_go(bench: UndoBench) -> None:
    recovered(bench, "cl_1", "cl_2", "cl_3", "cl_4")
    bench.change("cl_1", name="By hand")
    bench.reversals.charges.append(("cl_2", at(10**6)))
    bench.reversals.applications.append(("cl_3", bench.the("cl_3").identity, None))
    before = bench.known()

    totals = bench.undo()

    assert counted(totals) == {"removed": 1, "kept": 3}
    assert sorted(reasons(totals)) == ["attributed", "charged", "record_changed"]
    assert bench.known() == {one: document for one, document in before.items() if one != "cl_4"}
    assert bench.waiting() == {a_body("cl_4"): 1}


def test_undoing_twice_is_undoing_once(bench: UndoBench) -> None:
    recovered(bench, "cl_1", "cl_2")
    bench.undo()
    waiting = bench.waiting()

    assert counted(bench.undo(note=replace(NOTE, run_id="undo-2"))) == {}
    assert bench.waiting() == waiting


def test_what_could_not_be_undone_can_be_tried_again(bench: UndoBench) -> None:
    recovered(bench, "cl_1")
    bench.reversals.charges.append(("cl_1", at(10**6)))
    bench.undo()
    bench.reversals.charges.clear()

    assert counted(bench.undo()) == {"removed": 1}


def test_an_undo_that_died_before_sending_is_finished_by_the_next(bench: UndoBench) -> None:
    ids = recovered(bench, "cl_1", "cl_2")
    steps.take_back(bench.stores, ids)
    assert bench.known() == {}

    assert counted(bench.undo()) == {"removed": 2}
    assert bench.waiting().total() == 2


def test_an_undo_that_died_before_its_note_sends_a_second_copy_which_is_a_duplicate(bench: UndoBench) -> None:
    recovered(bench, "cl_1")
    sent(bench, [a_body("cl_1")])  # what the one that died had sent, and could not note
    bench.undo()
    assert bench.waiting() == {a_body("cl_1"): 2}

    bench.run("run-2")

    assert bench.ledger.count("run-2") == {
        (Outcome.RECOVERED, Cause.MISSING_ID): 1,
        (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED): 1,
    }


def test_a_step_that_is_tried_again_sends_nothing_twice(bench: UndoBench) -> None:
    ids = recovered(bench, "cl_1", "cl_2")
    taken = steps.take_back(bench.stores, ids)

    assert bench.return_messages(taken) == bench.return_messages(taken) == []
    assert bench.waiting().total() == 2


def test_a_queue_that_goes_away_in_between_is_met_again_where_it_was_left(bench: UndoBench) -> None:
    recovered(bench, *(f"cl_{number}" for number in range(25)))
    real, calls = bench.send, iter([True, False])

    def away(messages: Sequence[Outgoing]) -> list[str | None]:
        if not next(calls):
            raise QueueUnavailable("away")
        return real(messages)

    bench.send = away
    taken = steps.take_back(bench.stores, [undo.message_id for undo in bench.decisions().undos])
    with pytest.raises(QueueUnavailable):
        bench.return_messages(taken)
    bench.send = real

    assert bench.return_messages(taken) == []
    assert set(bench.waiting().values()) == {1}
    assert bench.waiting().total() == 25


def test_a_message_that_the_queue_refuses_is_said_and_sent_by_the_next_undo(bench: UndoBench) -> None:
    [message_id] = recovered(bench, "cl_1")
    real, bench.send = bench.send, lambda messages: [None for _ in messages]

    totals = bench.undo()

    assert (counted(totals), reasons(totals)) == ({"kept": 1}, ["refused_by_queue"])
    assert bench.entry(message_id).resolution is None
    bench.send = real
    assert counted(bench.undo()) == {"removed": 1}


def test_a_record_that_changes_in_the_last_moment_stays_and_keeps_its_message(
    bench: UndoBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = recovered(bench, "cl_1", "cl_2")
    real = bench.reversals.take_back

    def take_back_what_changed(reversals: Sequence[Reversal]) -> None:
        bench.change("cl_1", name="Now")
        real(reversals)

    monkeypatch.setattr(bench.reversals, "take_back", take_back_what_changed)

    totals = bench.undo()

    assert (counted(totals), reasons(totals)) == ({"removed": 1, "kept": 1}, ["record_changed"])
    assert bench.the("cl_1").document["name"] == "Now"
    assert bench.entry(ids[0]).resolution is None


def test_a_message_that_was_dealt_with_in_the_last_moment_is_said(bench: UndoBench) -> None:
    sent(bench, ["{"])
    bench.run()
    [undo] = bench.decisions().undos
    real = bench.send

    def discarded_meanwhile(messages: Sequence[Outgoing]) -> list[str | None]:
        bench.resolutions.resolve([Resolution(undo.message_id, ResolutionKind.DISCARDED, "run-9", NOW, "bob")])
        return real(messages)

    bench.send = discarded_meanwhile

    assert reasons(bench.undo()) == ["resolved_meanwhile"]


class Killed(Exception):
    """The process ends here."""


def killed_after_writing(bench: UndoBench) -> None:
    """A run that wrote its records, and was killed before it could settle a message."""

    def die(step: str) -> None:
        if step == "write":
            raise Killed

    bench.open(RUN)
    with pytest.raises(Killed):
        bench.drain_one(done=die)
    bench.runs.save(a_run(state=RunState.INTERRUPTED))


def test_a_record_that_a_killed_run_wrote_and_never_settled_goes_too(bench: UndoBench) -> None:
    bench.records.put(a_record("cl_2", identity=None))
    before = bench.known()
    sent(bench, [a_body("cl_1"), a_body("cl_2")])
    killed_after_writing(bench)
    assert set(bench.known()) == {"cl_1", "cl_2"}

    assert counted(bench.undo()) == {"removed": 1, "restored": 1}

    assert bench.known() == before
    assert bench.waiting().total() == 2  # both are in the queue still, and were not sent again
    bench.clock.sleep(60)
    bench.run("run-2")
    assert bench.ledger.count("run-2") == {(Outcome.RECOVERED, Cause.MISSING_ID): 2}


def test_a_message_that_another_run_settled_is_that_ones_to_undo(bench: UndoBench) -> None:
    sent(bench, [a_body("cl_1")])
    killed_after_writing(bench)
    bench.clock.sleep(60)
    bench.run("run-2")

    assert counted(bench.undo(RUN)) == {}
    assert counted(bench.undo("run-2")) == {"removed": 1}


def test_what_was_released_goes_back_as_what_it_had_been(bench: UndoBench) -> None:
    [original] = sent(bench, ["{"])
    bench.run()
    edited = replace(
        a_message(a_body("cl_1"), f"{original}~1"), released_from=ReleasedFrom(original, "bob", "new_body")
    )
    bench.open("run-2")
    bench.deliver([edited], "d-2", "run-2")
    bench.close("run-2")
    assert set(bench.known()) == {"cl_1"}

    bench.resolutions.resolve(
        [Resolution(original, ResolutionKind.RELEASED, "run-2", NOW, "bob", became=f"{original}~1")]
    )
    assert reasons(bench.undo(RUN)) == ["released"]

    assert counted(bench.undo("run-2")) == {"removed": 1}

    assert bench.known() == {}
    assert bench.waiting() == {"{": 1}
    assert counted(bench.undo(RUN)) == {}  # it is back already
