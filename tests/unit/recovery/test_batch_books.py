"""I2, I5: whatever way a batch takes, every one of its messages is accounted for once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.contracts.client_created import read_event
from reclaim.model.clock import ManualClock
from reclaim.model.ledger import Recorded
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.recovery.breaker import BreakerPolicy
from reclaim.recovery.decisions import Case, Decision
from reclaim.recovery.drain import BatchCounters, Drain, DrainPolicy
from reclaim.recovery.pacing import PacePolicy
from reclaim.recovery.steps import Accounted, Batch, Verdicts
from tests.builders import NOW, a_delivery, a_message, a_settlement, at

LETTERS = [a_message(message_id=f"m-{number}") for number in range(5)]


@pytest.fixture
def drain() -> Drain:
    policy = DrainPolicy(100, None, 3, 60.0, PacePolicy(1e6), BreakerPolicy(), canary=())
    return Drain(policy, ManualClock())


@pytest.fixture
def books(drain: Drain) -> BatchCounters:
    drain.arrived(drain.next_batch(), len(LETTERS))
    return BatchCounters(drain, Batch(a_delivery(), LETTERS))


def verdicts(messages: list[Message], outcome: Outcome = Outcome.RECOVERED) -> Verdicts:
    cause = Cause.MISSING_ID if outcome is Outcome.RECOVERED else Cause.STORE_UNAVAILABLE
    return Verdicts([Decision(Case(x, read_event(x.body)), outcome, cause) for x in messages], NOW)


def accounted(mine: list[Message], others: list[Message]) -> Accounted:
    ledger = MemoryLedger()
    ledger.record(mine, a_delivery(), NOW)
    entries = ledger.settle([a_settlement(x.message_id) for x in mine], a_delivery(), at(1))
    return Accounted(tuple(entries.values()), tuple(x.message_id for x in others))


def balance(drain: Drain, books: BatchCounters) -> Counts:
    books.close()
    progress = drain.progress()
    assert progress.in_work == 0
    assert progress.counts.balanced
    return progress.counts


def test_a_batch_that_is_settled_whole(drain: Drain, books: BatchCounters) -> None:
    books.record(Recorded(tuple(LETTERS), ()))

    left = books.settle(accounted(LETTERS, []), verdicts(LETTERS), 0.1)

    assert left == {}
    assert books.open_messages == []
    assert balance(drain, books) == Counts(received=5, recovered=5)


def test_messages_that_were_settled_before_are_only_to_be_deleted(drain: Drain, books: BatchCounters) -> None:
    fresh = books.record(Recorded(tuple(LETTERS[:3]), tuple(LETTERS[3:])))
    books.settle(accounted(LETTERS[:3], []), verdicts(LETTERS[:3]), 0.1)

    assert [message.message_id for message in fresh.messages] == ["m-0", "m-1", "m-2"]
    assert balance(drain, books) == Counts(received=3, recovered=3)
    assert drain.progress().reacknowledged == 2


def test_messages_that_somebody_else_settled_in_the_meantime(drain: Drain, books: BatchCounters) -> None:
    books.record(Recorded(tuple(LETTERS), ()))
    books.settle(accounted(LETTERS[:3], LETTERS[3:]), verdicts(LETTERS), 0.1)

    assert balance(drain, books) == Counts(received=3, recovered=3)
    assert drain.progress().reacknowledged == 2


def test_messages_that_could_not_be_read_back_stay_in_the_queue(drain: Drain, books: BatchCounters) -> None:
    books.record(Recorded(tuple(LETTERS), ()))
    decided = Verdicts([*verdicts(LETTERS[:3]).decisions, *verdicts(LETTERS[3:], Outcome.DEFERRED).decisions], NOW)

    left = books.settle(accounted(LETTERS[:3], []), decided, 0.1)

    assert left == {"m-3": Cause.STORE_UNAVAILABLE, "m-4": Cause.STORE_UNAVAILABLE}
    assert balance(drain, books) == Counts(received=5, recovered=3, deferred=2)


def test_a_batch_that_could_not_even_be_recorded(drain: Drain, books: BatchCounters) -> None:
    left = books.fail(Cause.STORE_UNAVAILABLE)

    assert set(left) == {message.message_id for message in LETTERS}
    assert balance(drain, books) == Counts(received=5, deferred=5)


def test_a_batch_that_failed_after_it_was_recorded(drain: Drain, books: BatchCounters) -> None:
    books.record(Recorded(tuple(LETTERS[1:]), (LETTERS[0],)))
    left = books.fail(Cause.HALTED)

    assert set(left) == {"m-1", "m-2", "m-3", "m-4"}
    assert balance(drain, books) == Counts(received=4, deferred=4)


def test_a_batch_that_was_settled_but_could_not_be_deleted(drain: Drain, books: BatchCounters) -> None:
    books.record(Recorded(tuple(LETTERS), ()))
    books.settle(accounted(LETTERS[:4], []), verdicts(LETTERS), 0.1)

    left = books.fail(Cause.HALTED)

    assert set(left) == {"m-4"}
    assert balance(drain, books) == Counts(received=5, recovered=4, deferred=1)


def test_a_batch_that_comes_back_after_a_failure_is_counted_once(drain: Drain, books: BatchCounters) -> None:
    books.fail(Cause.STORE_UNAVAILABLE)
    books.close()
    again = [replace(message, receive_count=2) for message in LETTERS]
    drain.arrived(drain.next_batch(), len(again))
    second = BatchCounters(drain, Batch(a_delivery("d-2"), again))
    second.record(Recorded(tuple(again), ()))
    second.settle(accounted(again, []), verdicts(again), 0.1)

    assert balance(drain, second) == Counts(received=5, recovered=5)


def test_failures_slow_the_run_down_and_good_batches_do_not(drain: Drain, books: BatchCounters) -> None:
    books.fail(Cause.STORE_UNAVAILABLE)
    books.close()

    assert drain.progress().pace == 5e5
