"""The steps together, over the twins in memory: nothing is lost, doubled or changed, whoever dies or interferes."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pytest

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.contracts.client_created import ClientCreated, read_event
from reclaim.model.clock import ManualClock, SystemClock
from reclaim.model.errors import QueueUnavailable
from reclaim.model.identity import derive_identity
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message, Receipt
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import RecordWrite
from reclaim.model.run import RunState
from reclaim.recovery import steps
from reclaim.recovery.steps import Batch, ReceiveLimits
from tests.bench import STEPS, VISIBILITY, Bench
from tests.builders import KEY, RUN, a_body, a_delivery, a_message, a_record, a_run

MESSAGES = [
    a_body("cl_1", second=0),
    a_body("cl_1", second=1),
    a_body("cl_2", second=3, name="Beta Talent"),
    a_body("cl_2", second=2, name="Beta Talent GmbH"),
    a_body("cl_3"),
    "{ broken",
    a_body("cl_4", tracking_id=derive_identity("made elsewhere", KEY)),
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
    """As sudden as kill -9: nothing catches it, nothing is tidied up."""


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

    assert len(steps.receive(sent(clock, 40), RUN, limits(25), clock)) == 25


def test_a_batch_that_is_large_enough_takes_no_further_call() -> None:
    clock = ManualClock()

    assert len(steps.receive(sent(clock, 40), RUN, limits(size_bytes=150), clock)) == 20


def test_gathering_stops_before_the_first_message_could_come_back() -> None:
    class SlowQueue(MemoryQueue):
        def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
            clock.sleep(4)
            return super().receive(limit, wait_seconds, visibility_seconds)

    clock = ManualClock()

    assert len(steps.receive(sent(clock, 90, SlowQueue(clock)), RUN, limits(), clock)) == 20


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

    assert len(steps.receive(queue, RUN, limits(), clock)) == 10
    with pytest.raises(QueueUnavailable):
        steps.receive(queue, RUN, limits(), clock)


# --- write and settle ------------------------------------------------------------------------------------------


class ForgetfulClients(MemoryRecords):
    """Takes every write and keeps none."""

    def write(self, writes: Sequence[RecordWrite]) -> None:
        pass


class ContendedClients(MemoryRecords):
    """Somebody else is always a little quicker."""

    def __init__(self, bench: Bench, first: Callable[[], None]) -> None:
        super().__init__(bench.ledger)
        self._first: Callable[[], None] | None = first

    def write(self, writes: Sequence[RecordWrite]) -> None:
        first, self._first = self._first, None
        if first:
            first()
        super().write(writes)


def test_what_the_store_does_not_keep_is_deferred_and_not_deleted() -> None:
    bench = Bench()
    bench.records = ForgetfulClients(bench.ledger)
    bench.queue.send(a_body("cl_1"))
    bench.queue.send("{")

    bench.drain_one()

    assert totals(bench, RUN) == {(Outcome.QUARANTINED, Cause.MALFORMED_JSON): 1}
    assert bench.queue.depth().in_flight == 1


@pytest.mark.parametrize(
    ("rival", "expected"),
    [
        (a_record(), (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)),
        (a_record(name="Beta Talent"), (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)),
        (a_record(identity=None), (Outcome.RECOVERED, Cause.MISSING_ID)),
        (a_record("cl_9", identity=a_record().identity), (Outcome.QUARANTINED, Cause.ID_CONFLICT)),
    ],
)
def test_a_lost_race_is_decided_by_what_is_read_back(rival: object, expected: tuple[Outcome, Cause]) -> None:
    bench = Bench()
    bench.records = ContendedClients(bench, lambda: bench.records.put(rival))  # type: ignore[arg-type]
    message_id = bench.queue.send(a_body("cl_1"))

    bench.run()

    assert bench.outcomes([message_id]) == {message_id: expected}


def test_who_loses_its_place_between_write_and_settle_is_settled_as_what_it_became() -> None:
    bench = Bench()
    bench.open(RUN)
    later = a_message(a_body(second=5), "m-5")
    earlier = a_message(a_body(second=0), "m-0")

    def interfere(step: str) -> None:
        if step == "write":
            bench.deliver([earlier], "d-2")

    bench.take_through(Batch(a_delivery("d-1"), [later]), interfere)

    assert bench.outcomes(["m-0", "m-5"]) == {
        "m-0": (Outcome.RECOVERED, Cause.MISSING_ID),
        "m-5": (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED),
    }
    assert not bench.ledger.find(["m-5"])["m-5"].wrote


@pytest.mark.parametrize("names", [("A", "B", "B"), ("A", "B", "A"), ("A", "A", "B")])
@pytest.mark.parametrize("when", ["decide", "write"])
def test_who_is_judged_by_an_event_that_loses_its_place_meanwhile_is_judged_anew(
    names: tuple[str, str, str], when: str
) -> None:
    first, second, third = (
        a_message(a_body(second=number, name=name), f"m-{number}") for number, name in enumerate(names)
    )
    bench = Bench()
    bench.open(RUN)
    bench.deliver([second], "d-1")

    def interfere(step: str) -> None:
        if step == when:
            bench.deliver([first], "d-2")

    bench.take_through(Batch(a_delivery("d-3"), [third]), interfere)

    agrees = {name: Outcome.DUPLICATE if name == names[0] else Outcome.QUARANTINED for name in names}
    assert {one: outcome for one, (outcome, _) in bench.outcomes(["m-0", "m-1", "m-2"]).items()} == {
        "m-0": Outcome.RECOVERED,
        "m-1": agrees[names[1]],
        "m-2": agrees[names[2]],
    }


def test_an_event_that_takes_over_while_others_are_judged_keeps_its_own_outcome() -> None:
    class InterruptedLedger(MemoryLedger):
        """Somebody acts just before the entries of a client are looked up for the first time."""

        first: Callable[[], None] | None = None

        def of_record(self, record_key: str) -> list[LedgerEntry]:
            first, self.first = self.first, None
            if first:
                first()
            return super().of_record(record_key)

    bench = Bench()
    bench.ledger = ledger = InterruptedLedger()
    bench.open(RUN)
    bench.deliver([a_message(a_body(second=2, name="C"), "m-2")], "d-1")
    ledger.first = lambda: bench.deliver([a_message(a_body(second=0, name="A"), "m-0")], "d-2")

    bench.deliver([a_message(a_body(second=1, name="B"), "m-1")], "d-3")

    assert {one: outcome for one, (outcome, _) in bench.outcomes(["m-0", "m-1", "m-2"]).items()} == {
        "m-0": Outcome.RECOVERED,
        "m-1": Outcome.QUARANTINED,
        "m-2": Outcome.QUARANTINED,
    }


def test_a_batch_is_settled_once_however_often_the_step_is_tried() -> None:
    bench = Bench()
    batch = Batch(a_delivery(), [a_message(message_id="m-1")])
    steps.record(bench.ledger, batch, bench.clock)
    verdicts = steps.decide(bench.records, bench.runs, batch, KEY, bench.clock)
    verdicts = steps.write(bench.records, bench.ledger, bench.runs, batch, verdicts, key=KEY, clock=bench.clock)

    first = steps.settle(bench.ledger, batch, verdicts, bench.clock)
    again = steps.settle(bench.ledger, batch, verdicts, bench.clock)

    assert [entry.message_id for entry in first.mine] == ["m-1"]
    assert again == first


def test_a_message_that_two_deliveries_have_in_hand_is_settled_by_one_of_them() -> None:
    bench = Bench()
    message = a_message(message_id="m-1")
    batches = [Batch(a_delivery("d-1", "run-1"), [message]), Batch(a_delivery("d-2", "run-2"), [message])]
    for batch in batches:
        steps.record(bench.ledger, batch, bench.clock)
    verdicts = []
    for batch in batches:
        decided = steps.decide(bench.records, bench.runs, batch, KEY, bench.clock)
        verdicts.append(
            steps.write(bench.records, bench.ledger, bench.runs, batch, decided, key=KEY, clock=bench.clock)
        )

    first, second = (steps.settle(bench.ledger, b, v, bench.clock) for b, v in zip(batches, verdicts, strict=True))

    assert [len(first.mine), first.others] == [1, ()]
    assert [second.mine, second.others] == [(), ("m-1",)]


# --- death -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after_batches", [0, 1, 2])
@pytest.mark.parametrize("noticed", [True, False])
def test_a_run_killed_after_any_step_and_run_again_loses_nothing_and_counts_exactly(
    step: str, after_batches: int, *, noticed: bool
) -> None:
    bench = staged()
    batches = iter(range(10))

    def die(done: str) -> None:
        if done == step and next(batches) == after_batches:
            raise Killed

    with pytest.raises(Killed):
        bench.run("run-1", batch_size=3, done=die)
    ids_before = {record.record_key: record.identity for record in bench.records.all()}
    if noticed:
        bench.runs.save(a_run("run-1", state=RunState.INTERRUPTED))
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
        try:
            bench.run(run_id, batch_size=rng.randint(1, 4), done=maybe_die)
        except Killed:
            bench.runs.save(a_run(run_id, state=RunState.INTERRUPTED))
        bench.clock.sleep(VISIBILITY + 1)
    bench.run(run_ids[-1])

    assert bench.queue.depth().total == 0
    assert totals(bench, *run_ids) == EXPECTED
    assert {record.record_key: record.identity for record in bench.records.all()} == {
        **{f"cl_{n}": derive_identity(f"cl_{n}", KEY) for n in (1, 2, 3, 5)},
        "cl_4": derive_identity("made elsewhere", KEY),
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
def test_two_runs_at_once_settle_every_message_once_and_as_one_run_would(seed: int) -> None:
    bench = Bench()
    bench.clock = SystemClock()  # type: ignore[assignment]
    # No message stays hidden: both runs have the same ones in hand again and again.
    bench.queue = ImpatientQueue(bench.clock)  # type: ignore[arg-type]
    bodies = several_clients(seed)
    message_ids = [bench.queue.send(body) for body in bodies]
    run_ids = ("run-1", "run-2")
    for run_id in run_ids:
        bench.open(run_id)
    settled_by: Counter[str] = Counter()
    held = threading.Lock()

    def lane(run_id: str, number: int) -> None:
        rng = Random(seed * 100 + number)  # noqa: S311
        while bench.queue.depth().total:
            batch = steps.receive(bench.queue, run_id, limits(rng.randint(1, 8), visibility=0), bench.clock)
            recorded = steps.record(bench.ledger, batch, bench.clock)
            fresh = batch.narrowed(recorded.fresh)
            verdicts = steps.decide(bench.records, bench.runs, fresh, KEY, bench.clock)
            verdicts = steps.write(bench.records, bench.ledger, bench.runs, fresh, verdicts, key=KEY, clock=bench.clock)
            mine = steps.settle(bench.ledger, fresh, verdicts, bench.clock).mine
            with held:
                settled_by.update(entry.message_id for entry in mine)
            steps.acknowledge(bench.queue, bench.ledger, batch, bench.clock)

    threads = [threading.Thread(target=lane, args=(run_ids[n % 2], n)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert settled_by == Counter(message_ids)
    assert bench.outcomes(message_ids) == as_one_run_would(bodies, message_ids)
    assert totals(bench, *run_ids) == dict(Counter(as_one_run_would(bodies, message_ids).values()))


class ImpatientQueue(MemoryQueue):
    """Any delivery can delete, not only the latest."""

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:
        with self._lock:
            for receipt in receipts:
                self._slots.pop(receipt.message_id, None)
        return []


def several_clients(seed: int) -> list[str]:
    rng = Random(seed)  # noqa: S311
    return [
        a_body(f"cl_{rng.randint(1, 12)}", second=rng.randint(0, 9), name=rng.choice(["Acme Staffing"] * 3 + ["Beta"]))
        for _ in range(60)
    ] + ["{"] * 5


def as_one_run_would(bodies: list[str], message_ids: list[str]) -> dict[str, tuple[Outcome, Cause]]:
    """By the contract alone: the earliest of each client's events is recovered, and the others agree with it or not."""
    expected: dict[str, tuple[Outcome, Cause]] = {}
    earliest: dict[str, ClientCreated] = {}
    events = [(event, one) for body, one in zip(bodies, message_ids, strict=True) if (event := read_event(body))]
    for event, message_id in sorted(events, key=lambda pair: (str(getattr(pair[0], "occurred_at", "~")), pair[1])):
        if not isinstance(event, ClientCreated):
            expected[message_id] = (Outcome.QUARANTINED, event.cause)
        elif (first := earliest.setdefault(event.record_key, event)) is event:
            expected[message_id] = (Outcome.RECOVERED, Cause.MISSING_ID)
        elif first.name == event.name:
            expected[message_id] = (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
        else:
            expected[message_id] = (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)
    return expected
