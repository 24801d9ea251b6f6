"""I2, I5, I7, I8, I10: canaries first, limits kept, counts balanced whatever way a batch takes, an end by itself."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.contracts.reading import read_event
from reclaim.model.clock import ManualClock, SystemClock
from reclaim.model.errors import ExitCode
from reclaim.model.event import Event, Rejection
from reclaim.model.ledger import Recorded
from reclaim.model.message import Message, QueueDepth
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.recovery.breaker import BreakerPolicy
from reclaim.recovery.decisions import Case, Decision
from reclaim.recovery.drain import BatchCounters, Drain, DrainPolicy, Ending
from reclaim.recovery.pacing import PacePolicy
from reclaim.recovery.steps import Batch, BatchDecisions, SettledBatch
from tests.builders import CONTRACT, NOW, a_body, a_delivery, a_message, a_settlement, at

RECOVERED = (Outcome.RECOVERED, Cause.MISSING_ID)
EMPTY = QueueDepth(0, 0, 0)


def a_policy(**changes: Any) -> DrainPolicy:  # noqa: ANN401
    values: dict[str, Any] = {
        "batch_size": 100,
        "max_messages": None,
        "empty_polls": 3,
        "patience_seconds": 60.0,
        "pace": PacePolicy(ceiling=1e6),
        "breaker": BreakerPolicy(),
    }
    return DrainPolicy(**{**values, **changes})


class Lane:
    """One lane's part in a drain, step by step."""

    def __init__(self, drain: Drain) -> None:
        self.drain = drain
        self.numbers = iter(range(10**9))

    def batch(self, got: int | None = None, failed: int = 0) -> int:
        """Ask, receive `got` (all, unless told) and settle all but `failed`; how many were asked for."""
        asked = self.drain.next_batch()
        got = asked if got is None else got
        self.drain.received(asked, got)
        if got:
            ids = [f"m-{next(self.numbers)}" for _ in range(got)]
            self.drain.accept(ids)
            self.drain.count_outcomes([RECOVERED] * (got - failed))
            self.drain.defer(dict.fromkeys(ids[got - failed :], Cause.STORE_UNAVAILABLE))
            self.drain.batch_done(got, failed, 0.1)
        return asked


def a_drain(clock: ManualClock | None = None, **changes: Any) -> Drain:  # noqa: ANN401
    return Drain(a_policy(**changes), clock or ManualClock())


def past_canaries(drain: Drain) -> Lane:
    lane = Lane(drain)
    for _ in range(4):
        lane.batch()
    return lane


def empty_polls(drain: Drain, polls: int = 3) -> None:
    for _ in range(polls):
        drain.received(drain.next_batch(), 0)


# --- canaries ------------------------------------------------------------------------------------------------


def test_the_first_batches_are_canaries_and_then_the_size_is_full() -> None:
    lane = Lane(a_drain())

    assert [lane.batch() for _ in range(6)] == [1, 2, 5, 20, 100, 100]


def test_a_batch_is_never_larger_than_asked_for_canary_or_not() -> None:
    lane = Lane(a_drain(batch_size=4))

    assert [lane.batch() for _ in range(5)] == [1, 2, 4, 4, 4]


def test_a_canary_that_failed_is_sent_again() -> None:
    lane = Lane(a_drain())
    lane.batch()

    assert [lane.batch(failed=1), lane.batch(), lane.batch()] == [2, 2, 5]


def test_a_canary_that_found_no_message_is_sent_again() -> None:
    lane = Lane(a_drain())

    assert [lane.batch(got=0), lane.batch(), lane.batch()] == [1, 1, 2]


def test_while_a_canary_is_out_every_other_lane_waits() -> None:
    drain = a_drain()
    first = drain.next_batch()
    answers: deque[int] = deque()
    other = threading.Thread(target=lambda: answers.append(drain.next_batch()))
    other.start()
    other.join(timeout=0.2)
    waited = not answers

    drain.received(first, first)
    drain.accept(["m-1"])
    drain.count_outcomes([RECOVERED])
    drain.batch_done(1, 0, 0.1)
    other.join(timeout=5)

    assert waited
    assert list(answers) == [2]


def test_a_lane_that_waits_for_a_canary_is_let_go_when_the_run_is_halted() -> None:
    drain = a_drain()
    drain.next_batch()
    answers: deque[int] = deque()
    other = threading.Thread(target=lambda: answers.append(drain.next_batch()))
    other.start()

    drain.halt("stop")
    other.join(timeout=5)

    assert list(answers) == [0]


# --- the limit -----------------------------------------------------------------------------------------------


def test_no_more_than_the_limit_is_ever_asked_for() -> None:
    drain = a_drain(max_messages=10)
    lane = Lane(drain)

    assert [lane.batch() for _ in range(4)] == [1, 2, 5, 2]
    assert drain.next_batch() == 0
    assert drain.progress().ending is Ending.LIMIT
    assert drain.progress().counts.received == 10


def test_what_was_asked_for_and_not_received_may_be_asked_for_again() -> None:
    lane = Lane(a_drain(max_messages=10))

    assert [lane.batch(), lane.batch(got=1), lane.batch(got=1), lane.batch()] == [1, 2, 5, 7]


def test_the_limit_is_not_reached_while_another_lane_may_still_come_back_with_less() -> None:
    drain = a_drain(max_messages=128)
    past_canaries(drain)
    asked = drain.next_batch()  # this lane is waiting for the queue's answer
    assert drain.next_batch() == 0  # for the other there is nothing to ask for at this moment

    drain.received(asked, 40)

    assert drain.progress().ending is None
    assert drain.next_batch() == 60


def test_the_limit_ends_the_run_only_when_nothing_is_in_work() -> None:
    drain = a_drain(max_messages=128)
    past_canaries(drain)
    drain.received(drain.next_batch(), 100)
    assert drain.next_batch() == 0
    assert drain.progress().ending is None

    drain.batch_done(100, 0, 0.1)
    drain.next_batch()

    assert drain.progress().ending is Ending.LIMIT


# --- the pace ------------------------------------------------------------------------------------------------


def test_no_run_is_faster_than_its_ceiling() -> None:
    clock = ManualClock()
    lane = Lane(a_drain(clock, pace=PacePolicy(ceiling=50)))

    handled = sum(lane.batch() for _ in range(20))

    assert handled <= 50 * clock.monotonic() + 1e-6


def test_at_a_slow_pace_batches_are_small_so_that_no_lane_waits_long_for_one() -> None:
    clock = ManualClock()
    drain = a_drain(clock, pace=PacePolicy(ceiling=10), batch_size=500)
    lane = Lane(drain)

    waits = []
    for _ in range(12):
        before = clock.monotonic()
        lane.batch()
        waits.append(clock.monotonic() - before)

    assert max(waits) <= 1.0 + 1e-6


def test_failures_and_slow_writes_and_retries_halve_the_pace_and_good_batches_raise_it() -> None:
    drain = a_drain(pace=PacePolicy(ceiling=1000, slow_write_seconds=5))
    lane = past_canaries(drain)
    rates = [drain.progress().pace]

    lane.batch(failed=1)
    rates.append(drain.progress().pace)
    drain.slow_down()
    rates.append(drain.progress().pace)
    drain.received(drain.next_batch(), 1)
    drain.batch_done(1, 0, 5.5)
    rates.append(drain.progress().pace)
    lane.batch()
    rates.append(drain.progress().pace)

    assert rates == [1000, 500, 250, 125, 175]


# --- the end -------------------------------------------------------------------------------------------------


def test_several_empty_polls_come_before_the_queues_numbers_are_believed() -> None:
    drain = a_drain(empty_polls=3)
    empty_polls(drain, 2)
    checked_early = drain.should_check_depth
    drain.check_depth(EMPTY)
    ended_early = drain.progress().ending

    empty_polls(drain, 1)

    assert (checked_early, ended_early) == (False, None)
    assert drain.should_check_depth
    drain.check_depth(EMPTY)
    assert drain.progress().ending is Ending.EMPTY


def test_a_message_in_between_starts_the_count_of_empty_polls_again() -> None:
    drain = a_drain(empty_polls=2)
    empty_polls(drain, 1)
    Lane(drain).batch()
    empty_polls(drain, 1)

    assert not drain.should_check_depth


@pytest.mark.parametrize("depth", [QueueDepth(1, 0, 0), QueueDepth(0, 1, 0), QueueDepth(0, 0, 1)])
def test_emptiness_is_not_believed_while_the_queue_says_otherwise(depth: QueueDepth) -> None:
    drain = a_drain()
    empty_polls(drain)

    drain.check_depth(depth)

    assert drain.progress().ending is None
    assert drain.held_elsewhere == 1


def test_a_batch_in_work_keeps_the_run_from_ending() -> None:
    drain = a_drain()
    past_canaries(drain)
    drain.received(drain.next_batch(), 5)
    empty_polls(drain)

    drain.check_depth(EMPTY)

    assert not drain.should_check_depth
    assert drain.progress().ending is None


def test_what_the_run_itself_deferred_is_not_waited_for() -> None:
    drain = a_drain()
    Lane(drain).batch(failed=1)
    empty_polls(drain)

    drain.check_depth(QueueDepth(0, 1, 0))

    assert drain.progress().ending is Ending.EMPTY


def test_messages_in_flight_elsewhere_are_waited_for_and_then_left() -> None:
    clock = ManualClock()
    drain = a_drain(clock, patience_seconds=60)
    empty_polls(drain)

    clock.sleep(59.9)
    drain.check_depth(QueueDepth(0, 3, 0))
    before = drain.progress().ending
    clock.sleep(1)
    drain.check_depth(QueueDepth(0, 3, 0))

    assert before is None
    assert drain.progress().ending is Ending.ELSEWHERE
    assert drain.held_elsewhere == 3


def test_a_queue_that_shows_messages_but_hands_out_none_is_asked_for_longer() -> None:
    clock = ManualClock()
    drain = a_drain(clock, patience_seconds=1, dead_end_seconds=100)
    empty_polls(drain)

    clock.sleep(99.9)
    drain.check_depth(QueueDepth(3, 0, 0))
    before = drain.progress().ending
    clock.sleep(1)
    drain.check_depth(QueueDepth(3, 0, 0))

    assert (before, drain.progress().ending) == (None, Ending.ELSEWHERE)


# --- halting -------------------------------------------------------------------------------------------------


def test_a_halted_run_hands_out_nothing_more_and_says_why() -> None:
    drain = a_drain()

    drain.halt("MongoDB is down.", ExitCode.UNREACHABLE)
    drain.halt("and so is SQS")

    assert drain.next_batch() == 0
    assert drain.halted == "MongoDB is down."
    assert drain.halt_code is ExitCode.UNREACHABLE
    assert drain.progress().ending is Ending.HALTED


def test_the_breaker_halts_the_run() -> None:
    drain = a_drain(breaker=BreakerPolicy(window=100, minimum=20, threshold=0.5))
    lane = past_canaries(drain)

    lane.batch(failed=90)

    assert "90 of the last" in drain.halted
    assert drain.halt_code is ExitCode.HALTED
    assert drain.next_batch() == 0


def test_a_halt_overrules_any_other_ending() -> None:
    drain = a_drain(max_messages=1)
    Lane(drain).batch()
    drain.next_batch()

    drain.halt("stop")

    assert drain.progress().ending is Ending.HALTED


def test_a_lane_that_is_waiting_for_its_turn_when_the_run_is_halted_receives_nothing() -> None:
    class HaltingClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            waiting.halt("stop")

    clock = HaltingClock()
    waiting = Drain(a_policy(pace=PacePolicy(ceiling=0.1)), clock)

    assert waiting.next_batch() == 0
    assert clock.monotonic() < 1


# --- the wrong queue -----------------------------------------------------------------------------------------


def other_type(name: str = "order.created") -> Rejection:
    return Rejection(Cause.UNSUPPORTED_EVENT_TYPE, "event_type is not client.created", event_type=name)


EVENT = read_event(a_body(), CONTRACT)


def canary_batch(drain: Drain, readings: list[Event | Rejection]) -> None:
    """The next batch, of the first of these messages."""
    asked = drain.next_batch()
    drain.received(asked, asked)
    drain.note_types(readings[:asked])
    del readings[:asked]
    drain.batch_done(asked, 0, 0.1)


def canaries(drain: Drain, *readings: Event | Rejection) -> None:
    """The four canary batches, 28 messages in all."""
    remaining = list(readings)
    for _ in range(4):
        canary_batch(drain, remaining)
    assert remaining == []


def test_a_run_all_of_whose_canary_messages_are_of_other_types_halts_and_names_types_and_contract() -> None:
    drain = a_drain(contract="client_created", event_type="client.created")

    canaries(drain, *[other_type()] * 20, *[other_type("order\x1b[2J\nshipped")] * 7, other_type("x" * 500))

    assert drain.halted == (
        "All 28 canary messages are of other types than client.created (contract client_created):"
        f" order.created (20), order\ufffd[2J shipped (7), {'x' * 80} (1). Most likely this is another queue."
    )
    assert drain.halt_code is ExitCode.HALTED
    assert drain.next_batch() == 0
    assert drain.progress().ending is Ending.HALTED


@pytest.mark.parametrize("place", [0, 5, 27])
@pytest.mark.parametrize("one", [EVENT, Rejection(Cause.SCHEMA_VIOLATION, "no"), Rejection(Cause.MALFORMED_JSON, "no")])
def test_a_single_canary_message_that_is_not_of_another_type_keeps_the_run_going(
    place: int, one: Event | Rejection
) -> None:
    drain = a_drain()
    readings: list[Event | Rejection] = [other_type()] * 28
    readings[place] = one

    canaries(drain, *readings)

    assert drain.halted == ""
    assert drain.next_batch() == 100


def test_messages_of_another_type_after_the_canaries_halt_nothing() -> None:
    drain = a_drain()
    canaries(drain, *[EVENT] * 28)

    canary_batch(drain, [other_type()] * 100)

    assert drain.halted == ""


def test_a_run_without_canary_messages_of_another_type_goes_on() -> None:
    drain = a_drain()

    for _ in range(4):
        canary_batch(drain, [])  # all were settled by an earlier run

    assert drain.halted == ""


def test_a_run_that_was_halted_already_keeps_its_explanation() -> None:
    drain = a_drain()
    readings: list[Event | Rejection] = [other_type()] * 28
    for _ in range(3):
        canary_batch(drain, readings)

    drain.halt("stop")
    drain.note_types(readings)
    drain.batch_done(20, 0, 0.1)

    assert drain.halted == "stop"


# --- counters -------------------------------------------------------------------------------------------------


def test_a_message_that_comes_back_after_a_deferral_is_counted_once() -> None:
    drain = a_drain()
    drain.accept(["m-1", "m-2"])
    drain.defer({"m-1": Cause.STORE_UNAVAILABLE, "m-2": Cause.STORE_UNAVAILABLE})
    deferred = drain.progress().counts

    drain.accept(["m-1"])
    drain.count_outcomes([RECOVERED])

    assert deferred == Counts(received=2, deferred=2)
    assert drain.progress().counts == Counts(received=2, recovered=1, deferred=1)
    assert drain.progress().deferred_causes == {"store_unavailable": 1}


def test_a_message_deferred_twice_is_deferred_once() -> None:
    drain = a_drain()
    for _ in range(2):
        drain.accept(["m-1"])
        drain.defer({"m-1": Cause.HALTED})

    assert drain.progress().counts == Counts(received=1, deferred=1)


def test_a_message_that_was_settled_before_is_apart_from_the_balance() -> None:
    drain = a_drain()
    drain.reacknowledge(["m-1"], accepted=False)

    assert drain.progress().counts == Counts()
    assert drain.progress().reacknowledged == 1


def test_a_message_that_another_delivery_settled_meanwhile_leaves_the_counts() -> None:
    drain = a_drain()
    drain.accept(["m-1", "m-2"])
    drain.count_outcomes([RECOVERED])
    drain.reacknowledge(["m-2"], accepted=True)

    assert drain.progress().counts == Counts(received=1, recovered=1)


def test_a_deferred_message_that_another_delivery_settled_since_is_not_deferred_any_more() -> None:
    drain = a_drain()
    drain.accept(["m-1"])
    drain.defer({"m-1": Cause.STORE_UNAVAILABLE})

    drain.reacknowledge(["m-1"], accepted=False)

    assert drain.progress().counts == Counts()
    assert drain.progress().deferred_causes == {}


def test_the_counts_of_many_threads_balance() -> None:
    drain = Drain(a_policy(max_messages=5_000, batch_size=37), SystemClock())
    held = threading.Lock()
    most = [0]

    def work(seed: int) -> None:
        rng = Random(seed)  # noqa: S311
        while asked := drain.next_batch():
            got = rng.randint(0, asked)
            drain.received(asked, got)
            if not got:
                continue
            ids = [f"{seed}-{rng.random()}" for _ in range(got)]
            drain.accept(ids)
            with held:
                most[0] = max(most[0], drain.progress().counts.received)
            drain.count_outcomes([RECOVERED] * (got - 1))
            drain.defer({ids[0]: Cause.STORE_UNAVAILABLE})
            drain.batch_done(got, 0, 0.01)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    progress = drain.progress()
    assert progress.ending is Ending.LIMIT
    assert progress.in_work == 0
    assert progress.counts.balanced
    assert progress.counts.received == most[0] == 5_000


# --- the counters of one batch -------------------------------------------------------------------------------

MESSAGES = [a_message(message_id=f"m-{number}") for number in range(5)]


@pytest.fixture
def drain() -> Drain:
    return a_drain(canary=())


@pytest.fixture
def counters(drain: Drain) -> BatchCounters:
    drain.received(drain.next_batch(), len(MESSAGES))
    return BatchCounters(drain, Batch(a_delivery(), MESSAGES))


def decided(messages: list[Message], outcome: Outcome = Outcome.RECOVERED) -> BatchDecisions:
    cause = Cause.MISSING_ID if outcome is Outcome.RECOVERED else Cause.STORE_UNAVAILABLE
    return BatchDecisions([Decision(Case(x, read_event(x.body, CONTRACT)), outcome, cause) for x in messages], NOW)


def settled(messages: list[Message], elsewhere: list[Message]) -> SettledBatch:
    ledger = MemoryLedger()
    ledger.record(messages, a_delivery(), NOW)
    entries = ledger.settle([a_settlement(x.message_id) for x in messages], a_delivery(), at(1))
    return SettledBatch(tuple(entries.values()), tuple(x.message_id for x in elsewhere))


def counts_of(drain: Drain, counters: BatchCounters) -> Counts:
    counters.close()
    progress = drain.progress()
    assert progress.in_work == 0
    assert progress.counts.balanced
    return progress.counts


def test_a_batch_that_is_settled_whole(drain: Drain, counters: BatchCounters) -> None:
    counters.record(Recorded(tuple(MESSAGES), ()))

    left = counters.settle(settled(MESSAGES, []), decided(MESSAGES), 0.1)

    assert left == {}
    assert counters.open_messages == []
    assert counts_of(drain, counters) == Counts(received=5, recovered=5)


def test_messages_that_were_settled_before_are_only_to_be_deleted(drain: Drain, counters: BatchCounters) -> None:
    fresh = counters.record(Recorded(tuple(MESSAGES[:3]), tuple(MESSAGES[3:])))
    counters.settle(settled(MESSAGES[:3], []), decided(MESSAGES[:3]), 0.1)

    assert [message.message_id for message in fresh.messages] == ["m-0", "m-1", "m-2"]
    assert counts_of(drain, counters) == Counts(received=3, recovered=3)
    assert drain.progress().reacknowledged == 2


def test_messages_that_another_delivery_settled_in_the_meantime(drain: Drain, counters: BatchCounters) -> None:
    counters.record(Recorded(tuple(MESSAGES), ()))
    counters.settle(settled(MESSAGES[:3], MESSAGES[3:]), decided(MESSAGES), 0.1)

    assert counts_of(drain, counters) == Counts(received=3, recovered=3)
    assert drain.progress().reacknowledged == 2


def test_messages_that_could_not_be_read_back_stay_in_the_queue(drain: Drain, counters: BatchCounters) -> None:
    counters.record(Recorded(tuple(MESSAGES), ()))
    written, unwritten = decided(MESSAGES[:3]).decisions, decided(MESSAGES[3:], Outcome.DEFERRED).decisions

    left = counters.settle(settled(MESSAGES[:3], []), BatchDecisions([*written, *unwritten], NOW), 0.1)

    assert left == {"m-3": Cause.STORE_UNAVAILABLE, "m-4": Cause.STORE_UNAVAILABLE}
    assert counts_of(drain, counters) == Counts(received=5, recovered=3, deferred=2)


def test_a_batch_that_could_not_even_be_recorded(drain: Drain, counters: BatchCounters) -> None:
    left = counters.fail(Cause.STORE_UNAVAILABLE)

    assert set(left) == {message.message_id for message in MESSAGES}
    assert counts_of(drain, counters) == Counts(received=5, deferred=5)


def test_a_batch_that_failed_after_it_was_recorded(drain: Drain, counters: BatchCounters) -> None:
    counters.record(Recorded(tuple(MESSAGES[1:]), (MESSAGES[0],)))
    left = counters.fail(Cause.HALTED)

    assert set(left) == {"m-1", "m-2", "m-3", "m-4"}
    assert counts_of(drain, counters) == Counts(received=4, deferred=4)


def test_a_batch_that_was_settled_but_could_not_be_deleted(drain: Drain, counters: BatchCounters) -> None:
    counters.record(Recorded(tuple(MESSAGES), ()))
    counters.settle(settled(MESSAGES[:4], []), decided(MESSAGES), 0.1)

    left = counters.fail(Cause.HALTED)

    assert set(left) == {"m-4"}
    assert counts_of(drain, counters) == Counts(received=5, recovered=4, deferred=1)


def test_a_batch_that_comes_back_after_a_failure_is_counted_once(drain: Drain, counters: BatchCounters) -> None:
    counters.fail(Cause.STORE_UNAVAILABLE)
    counters.close()
    again = [replace(message, receive_count=2) for message in MESSAGES]
    drain.received(drain.next_batch(), len(again))
    second = BatchCounters(drain, Batch(a_delivery("d-2"), again))
    second.record(Recorded(tuple(again), ()))
    second.settle(settled(again, []), decided(again), 0.1)

    assert counts_of(drain, second) == Counts(received=5, recovered=5)


def test_a_batch_that_failed_slows_the_run_down(drain: Drain, counters: BatchCounters) -> None:
    counters.fail(Cause.STORE_UNAVAILABLE)
    counters.close()

    assert drain.progress().pace == 5e5
