"""I1 to I3: the steps over the adapters in memory lose, double and change nothing when runs die or interfere."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random

import pytest

from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.model.clock import ManualClock, SystemClock
from reclaim.model.errors import QueueUnavailable
from reclaim.model.message import Message, Receipt
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Record, RecordWrite
from reclaim.recovery import steps
from reclaim.recovery.steps import Batch, BatchDecisions, ReceiveLimits, deferral_of
from tests.bench import STEPS, VISIBILITY, Bench
from tests.builders import CONTRACT, KEY, RUN, a_body, a_delivery, a_message, a_record, an_event, derived

MESSAGES = [
    a_body("cl_1", second=0),
    a_body("cl_1", second=1),
    a_body("cl_2", second=3, name="Beta Talent"),
    a_body("cl_2", second=2, name="Beta Talent GmbH"),
    a_body("cl_3"),
    "{ broken",
    a_body("cl_4", tracking_id=derived("made elsewhere")),
    a_body("cl_5"),
]
EXPECTED = {
    (Outcome.RECOVERED, Cause.MISSING_ID): 4,
    (Outcome.RECOVERED, Cause.CARRIED_ID): 1,
    (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED): 1,
    (Outcome.QUARANTINED, Cause.RECORD_CONFLICT): 1,
    (Outcome.QUARANTINED, Cause.MALFORMED_JSON): 1,
}


class Killed(BaseException):
    """As sudden as kill -9: nothing catches it, nothing is cleaned up."""


def staged(bench: Bench | None = None) -> Bench:
    bench = bench or Bench()
    for body in MESSAGES:
        bench.queue.send(body)
    return bench


def totals(bench: Bench, *run_ids: str) -> dict[tuple[Outcome, Cause], int]:
    return dict(sum((Counter(bench.ledger.count(run_id)) for run_id in run_ids), Counter()))


# --- a run -----------------------------------------------------------------------------------------------------


def test_a_run_accounts_for_every_message_and_empties_the_queue() -> None:
    bench = staged()

    bench.run()

    assert totals(bench, RUN) == EXPECTED
    assert bench.queue.depth().total == 0
    assert {c.record_key for c in bench.records.recovered_by(RUN)} == {"cl_1", "cl_2", "cl_3", "cl_4", "cl_5"}


def test_every_entry_of_the_ledger_tells_how_it_went() -> None:
    bench = staged()

    bench.run()

    for entry in bench.ledger.of_run(RUN):
        assert {"sent", "received", "recorded", "decided", "written", "settled", "deleted"} <= entry.steps.keys()
        assert entry.wrote is (entry.outcome is Outcome.RECOVERED)


def test_a_message_that_comes_back_after_it_was_settled_is_only_deleted_again() -> None:
    bench = staged()
    bench.run("run-1")
    (entry, *_) = bench.ledger.of_run("run-1")
    message = a_message(entry.body, entry.message_id, receive_count=2)

    recorded = steps.record(bench.ledger, Batch(a_delivery("late", "run-2"), [message]), bench.clock)

    assert (recorded.fresh, recorded.settled) == ((), (message,))
    assert totals(bench, "run-1") == EXPECTED
    assert totals(bench, "run-2") == {}


def test_what_is_settled_keeps_its_body_whole_and_unread() -> None:
    bench = Bench()
    body = '{"huge": "' + "ä" * 1000 + '"'
    message_id = bench.queue.send(body)

    bench.run()

    assert bench.ledger.find([message_id])[message_id].body == body


# --- receive ---------------------------------------------------------------------------------------------------


def limits(messages: int = 100, size_bytes: int = 2**30, visibility: int = VISIBILITY) -> ReceiveLimits:
    return ReceiveLimits(messages, size_bytes, wait_seconds=0, visibility_seconds=visibility)


def sent(clock: ManualClock, messages: int, queue: MemoryQueue | None = None) -> MemoryQueue:
    queue = queue or MemoryQueue(clock)
    for number in range(messages):
        queue.send(f"{number:010d}")
    return queue


def test_a_batch_is_gathered_from_several_calls() -> None:
    clock = ManualClock()

    assert len(steps.receive(sent(clock, 40), RUN, CONTRACT, limits(25), clock)) == 25


def test_a_batch_that_is_large_enough_takes_no_further_call() -> None:
    clock = ManualClock()

    assert len(steps.receive(sent(clock, 40), RUN, CONTRACT, limits(size_bytes=150), clock)) == 20


def test_gathering_stops_before_the_first_message_could_come_back() -> None:
    class SlowQueue(MemoryQueue):
        def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
            clock.sleep(4)
            return super().receive(limit, wait_seconds, visibility_seconds)

    clock = ManualClock()

    assert len(steps.receive(sent(clock, 90, SlowQueue(clock)), RUN, CONTRACT, limits(), clock)) == 20


def test_what_is_in_hand_goes_on_when_the_queue_fails_in_the_middle() -> None:
    class FailingQueue(MemoryQueue):
        calls = 0

        def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
            self.calls += 1
            if self.calls != 1:
                raise QueueUnavailable("SQS is down.")
            return super().receive(limit, wait_seconds, visibility_seconds)

    clock = ManualClock()
    queue = sent(clock, 40, FailingQueue(clock))

    assert len(steps.receive(queue, RUN, CONTRACT, limits(), clock)) == 10
    with pytest.raises(QueueUnavailable):
        steps.receive(queue, RUN, CONTRACT, limits(), clock)


# --- write and settle ------------------------------------------------------------------------------------------


class ForgetfulRecords(MemoryRecords):
    """Takes every write and keeps none."""

    def write(self, writes: Sequence[RecordWrite]) -> None:
        pass


class ContendedRecords(MemoryRecords):
    """Another writer is a little quicker, once."""

    def __init__(self, bench: Bench, first: Callable[[], None]) -> None:
        super().__init__(CONTRACT, bench.ledger)
        self._first: Callable[[], None] | None = first

    def write(self, writes: Sequence[RecordWrite]) -> None:
        first, self._first = self._first, None
        if first:
            first()
        super().write(writes)


def forgetful(*bodies: str) -> Bench:
    """One batch through a store that keeps nothing."""
    bench = Bench()
    bench.records = ForgetfulRecords(CONTRACT, bench.ledger)
    for body in bodies:
        bench.queue.send(body)
    bench.drain_one()
    return bench


def test_what_the_store_does_not_keep_is_deferred_and_not_deleted() -> None:
    bench = forgetful(a_body("cl_1"), "{")

    assert totals(bench, RUN) == {(Outcome.QUARANTINED, Cause.MALFORMED_JSON): 1}
    assert bench.queue.depth().in_flight == 1


@pytest.mark.parametrize("change", [{}, {"name": "Beta Talent"}, {"tracking_id": derived("made elsewhere")}])
def test_no_message_is_settled_by_a_record_that_the_store_does_not_keep(change: dict[str, str]) -> None:
    """Neither as a duplicate of it nor as one that conflicts with it."""
    bench = forgetful(
        a_body("cl_1", second=0), a_body("cl_1", second=1, **change), a_body("cl_1", second=2, country="")
    )

    assert totals(bench, RUN) == {(Outcome.QUARANTINED, Cause.SCHEMA_VIOLATION): 1}
    assert bench.queue.depth().in_flight == 2


def test_no_message_is_settled_by_an_identity_that_the_store_does_not_keep() -> None:
    carried = derived("made elsewhere")

    bench = forgetful(a_body("cl_1", second=0, tracking_id=carried), a_body("cl_2", second=1, tracking_id=carried))

    assert totals(bench, RUN) == {}
    assert bench.queue.depth().in_flight == 2


def test_what_is_deferred_says_that_it_could_not_be_read_back() -> None:
    bench = Bench()
    bench.records = ForgetfulRecords(CONTRACT, bench.ledger)
    batch = Batch(a_delivery(), [a_message()])

    (decision,) = bench.write(batch, decided(bench, batch)).decisions

    assert (decision.outcome, decision.cause, decision.detail) == (
        Outcome.DEFERRED,
        Cause.STORE_UNAVAILABLE,
        "what was written could not be read back",
    )


@pytest.mark.parametrize(
    ("rival", "expected"),
    [
        (a_record(), (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)),
        (a_record(name="Beta Talent"), (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)),
        (a_record(identity=None), (Outcome.RECOVERED, Cause.MISSING_ID)),
        (a_record("cl_9", identity=a_record().identity), (Outcome.QUARANTINED, Cause.ID_CONFLICT)),
    ],
)
def test_a_lost_race_is_decided_by_what_is_read_back(rival: Record, expected: tuple[Outcome, Cause]) -> None:
    bench = Bench()
    bench.records = ContendedRecords(bench, lambda: bench.records.put(rival))
    message_id = bench.queue.send(a_body("cl_1"))

    bench.run()

    assert bench.outcomes([message_id]) == {message_id: expected}


@pytest.mark.parametrize("when", ["record", "decide"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Acme Staffing", (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)),
        ("Beta Talent", (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)),
    ],
)
def test_an_earlier_event_that_is_overtaken_by_a_later_one_is_decided_against_it(
    when: str, name: str, expected: tuple[Outcome, Cause]
) -> None:
    bench = Bench()
    earlier, later = a_message(a_body(second=0, name=name), "m-0"), a_message(a_body(second=5), "m-5")

    def interfere(step: str) -> None:
        if step == when:
            bench.deliver([later], "d-2", "run-2")

    bench.take_through(Batch(a_delivery("d-1"), [earlier]), interfere)

    assert bench.outcomes(["m-0", "m-5"]) == {"m-0": expected, "m-5": (Outcome.RECOVERED, Cause.MISSING_ID)}


@pytest.mark.parametrize("name", ["Acme Staffing", "Beta Talent"])
def test_what_was_settled_stays_settled_when_an_earlier_event_turns_up(name: str) -> None:
    bench = Bench()
    bench.deliver([a_message(a_body(second=5), "m-5")], "d-1", "run-1")
    before = bench.ledger.find(["m-5"]), bench.records.all()

    bench.deliver([a_message(a_body(second=0, name=name), "m-0")], "d-2", "run-2")

    assert (bench.ledger.find(["m-5"]), bench.records.all()) == before


def test_a_batch_is_settled_once_however_often_the_step_is_tried() -> None:
    bench = Bench()
    batch = Batch(a_delivery(), [a_message(message_id="m-1")])
    steps.record(bench.ledger, batch, bench.clock)
    written = bench.write(batch, decided(bench, batch))

    first = steps.settle(bench.ledger, batch, written, bench.clock)
    again = steps.settle(bench.ledger, batch, written, bench.clock)

    assert [entry.message_id for entry in first.entries] == ["m-1"]
    assert again == first


def test_a_message_that_two_deliveries_have_in_hand_is_settled_by_one_of_them() -> None:
    bench = Bench()
    message = a_message(message_id="m-1")
    batches = [Batch(a_delivery("d-1", "run-1"), [message]), Batch(a_delivery("d-2", "run-2"), [message])]
    for batch in batches:
        steps.record(bench.ledger, batch, bench.clock)
    written = [bench.write(batch, decided(bench, batch)) for batch in batches]

    first, second = (steps.settle(bench.ledger, b, w, bench.clock) for b, w in zip(batches, written, strict=True))

    assert [len(first.entries), first.settled_elsewhere] == [1, ()]
    assert [second.entries, second.settled_elsewhere] == [(), ("m-1",)]


def decided(bench: Bench, batch: Batch) -> BatchDecisions:
    return steps.decide(bench.records, batch, CONTRACT, KEY, bench.clock)


# --- defer -----------------------------------------------------------------------------------------------------


def test_a_deferred_message_names_its_record_and_what_that_is_worth() -> None:
    message = a_message(a_body("cl_7"))

    found = deferral_of(message, Cause.STORE_UNAVAILABLE, "MongoDB is down", CONTRACT)

    assert (found.message_id, found.outcome, found.cause, found.detail) == (
        message.message_id,
        Outcome.DEFERRED,
        Cause.STORE_UNAVAILABLE,
        "MongoDB is down",
    )
    assert (found.record_key, found.rate_minor, found.currency) == ("cl_7", 1250, "USD")
    assert found.event_id == an_event("cl_7")["event_id"]


def test_a_deferred_message_that_is_no_event_names_its_record_where_it_can() -> None:
    broken = a_message(a_body("cl_7", country="nowhere"))

    assert deferral_of(broken, Cause.HALTED, "", CONTRACT).record_key == "cl_7"
    assert deferral_of(a_message("{"), Cause.HALTED, "", CONTRACT).record_key is None


# --- death -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after_batches", [0, 1, 2])
def test_a_run_killed_after_any_step_and_run_again_loses_nothing_and_counts_exactly(
    step: str, after_batches: int
) -> None:
    bench = staged()
    batches = iter(range(10))

    def die(done: str) -> None:
        if done == step and next(batches) == after_batches:
            raise Killed

    with pytest.raises(Killed):
        bench.run("run-1", batch_size=3, done=die)
    ids_before = {record.record_key: record.identity for record in bench.records.all()}
    bench.clock.sleep(VISIBILITY + 1)
    bench.run("run-2", batch_size=3)

    assert totals(bench, "run-1", "run-2") == EXPECTED
    assert bench.queue.depth().total == 0
    ids = {record.record_key: record.identity for record in bench.records.all()}
    assert ids.items() >= ids_before.items()
    assert len(set(ids.values())) == len(ids) == 5


@pytest.mark.parametrize("seed", range(20))
def test_any_number_of_deaths_in_a_row_changes_nothing_in_the_result(seed: int) -> None:
    rng = Random(seed)  # noqa: S311
    bench = staged()
    run_ids = [f"run-{number}" for number in range(8)]

    def maybe_die(_step: str) -> None:
        if rng.random() < 0.3:
            raise Killed

    for run_id in run_ids[:-1]:
        with suppress(Killed):
            bench.run(run_id, batch_size=rng.randint(1, 4), done=maybe_die)
        bench.clock.sleep(VISIBILITY + 1)
    bench.run(run_ids[-1])

    assert bench.queue.depth().total == 0
    assert totals(bench, *run_ids) == EXPECTED
    assert {record.record_key: record.identity for record in bench.records.all()} == {
        **{f"cl_{n}": derived(f"cl_{n}") for n in (1, 2, 3, 5)},
        "cl_4": derived("made elsewhere"),
    }


# --- others ----------------------------------------------------------------------------------------------------


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads that interrupt each other as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless_threads")
@pytest.mark.parametrize("seed", range(10))
def test_two_runs_at_once_settle_every_message_once_and_as_the_records_say(seed: int) -> None:
    bench = Bench()
    bench.clock = SystemClock()  # type: ignore[assignment]
    # No message stays hidden: both runs have the same ones in hand again and again.
    bench.queue = ImpatientQueue(bench.clock)
    bodies = events_of_a_dozen_records(seed)
    message_ids = [bench.queue.send(body) for body in bodies]
    run_ids = ("run-1", "run-2")
    settled_by: Counter[str] = Counter()
    held = threading.Lock()

    def lane(run_id: str, number: int) -> None:
        rng = Random(seed * 100 + number)  # noqa: S311
        while bench.queue.depth().total:
            batch = steps.receive(bench.queue, run_id, CONTRACT, limits(rng.randint(1, 8), visibility=0), bench.clock)
            recorded = steps.record(bench.ledger, batch, bench.clock)
            fresh = batch.narrowed(recorded.fresh)
            written = bench.write(fresh, decided(bench, fresh))
            settled = steps.settle(bench.ledger, fresh, written, bench.clock)
            with held:
                settled_by.update(entry.message_id for entry in settled.entries)
            steps.acknowledge(bench.queue, bench.ledger, batch, bench.clock)

    threads = [threading.Thread(target=lane, args=(run_ids[n % 2], n)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    expected = as_the_records_say(bench, bodies, message_ids)
    assert settled_by == Counter(message_ids)
    assert bench.outcomes(message_ids) == expected
    assert totals(bench, *run_ids) == dict(Counter(expected.values()))


class ImpatientQueue(MemoryQueue):
    """Any delivery can delete, not only the latest."""

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:
        with self._lock:
            for receipt in receipts:
                self._slots.pop(receipt.message_id, None)
        return []


def events_of_a_dozen_records(seed: int) -> list[str]:
    rng = Random(seed)  # noqa: S311
    return [
        a_body(f"cl_{rng.randint(1, 12)}", second=rng.randint(0, 9), name=rng.choice(["Acme Staffing"] * 3 + ["Beta"]))
        for _ in range(60)
    ] + ["{"] * 5


def as_the_records_say(bench: Bench, bodies: list[str], message_ids: list[str]) -> dict[str, tuple[Outcome, Cause]]:
    """Of each record's events one is recovered, the one that its record names; the others agree with it or not."""
    records = {record.record_key: record for record in bench.records.all()}
    expected: dict[str, tuple[Outcome, Cause]] = {}
    for body, message_id in zip(bodies, message_ids, strict=True):
        if body == "{":
            expected[message_id] = (Outcome.QUARANTINED, Cause.MALFORMED_JSON)
            continue
        said = json.loads(body)["client"]
        record = records[said["client_id"]]
        assert record.recovery
        if record.recovery.message_id == message_id:
            expected[message_id] = (Outcome.RECOVERED, Cause.MISSING_ID)
        elif record.fields["name"] == said["name"]:
            expected[message_id] = (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
        else:
            expected[message_id] = (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)
    return expected
