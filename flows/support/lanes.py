"""A lane: one batch after another from the queue to the record, for as long as the run has work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.context import TagsContext
from prefect.exceptions import TerminationSignal
from prefect.futures import PrefectFuture

from flows.support.context import DrainContext
from reclaim.model.errors import ExitCode, ReclaimError, StoreUnavailable, TransientError
from reclaim.model.outcome import Cause
from reclaim.recovery.drain import BatchCounters
from reclaim.recovery.steps import Batch


def drain(run: DrainContext) -> None:
    """Run all lanes until there is no more to drain, or the run halts."""
    # A task asks the server for a slot for each tag it has, because there might be a limit on it. The flow run's tag is
    # for its watchers; passed on, it makes the drain a quarter slower.
    with TagsContext(current_tags=set()):
        lanes = [drain_lane.submit(run, number) for number in range(1, run.lanes + 1)]
        wait_for(lanes, run)


@task(name="lane", task_run_name="lane {number}", cache_policy=NO_CACHE, persist_result=False)
def drain_lane(run: DrainContext, number: int) -> None:  # noqa: ARG001  (the number names the lane in the UI)
    """Take batch after batch until the run has no more to give. An error in this lane stops the others too."""
    try:
        while messages := run.drain.next_batch():
            batch = receive_batch(run, messages)
            if batch is None:
                continue
            if len(batch):
                take_through(run, batch)
            elif run.drain.should_check_depth:
                look_for_the_end(run)
    except Exception as error:
        halt(run, error)
        raise


def receive_batch(run: DrainContext, messages: int) -> Batch | None:
    """A batch, which may be empty; None if the queue cannot be reached, which halts the run."""
    got = 0
    try:
        with run.timed("receive"):
            batch = run.receive(run.ports, run.run_id, messages)
        got = len(batch)
    except ReclaimError as error:
        halt(run, error)
        return None
    finally:
        run.drain.received(messages, got)
    return batch


def take_through(run: DrainContext, batch: Batch) -> None:
    """One batch through record, decide, write and settle; what cannot be settled goes back to the queue."""
    counters = BatchCounters(run.drain, batch)
    received_ago = (run.clock.now() - batch.delivery.received_at).total_seconds()
    try:
        with run.keeper.holding(batch.messages, received_ago):
            account_for(run, batch, counters)
    except Exception as error:
        put_back(run, batch, counters.fail(cause_of(error)), sentence_of(error))
        halt(run, error)
        if not isinstance(error, TransientError):
            raise
    finally:
        counters.close()


def account_for(run: DrainContext, batch: Batch, counters: BatchCounters) -> None:
    """The chain itself. Delete last: a message leaves the queue only when its effect was read back."""
    with run.timed("record"):
        recorded = run.record_batch(run.ports, batch)
    fresh = counters.record(recorded)
    with run.timed("decide"):
        decided = run.decide(run.ports, fresh)
    started = run.clock.monotonic()
    with run.timed("write"):
        decided = run.write(run.ports, fresh, decided)
    write_seconds = run.clock.monotonic() - started
    with run.timed("settle"):
        settled = run.settle(run.ports, fresh, decided)
        left = counters.settle(settled, decided, write_seconds)
        done = [message for message in batch.messages if message.message_id not in left]
        run.acknowledge(run.ports, batch.narrowed(done))
    put_back(run, batch, left, "what was written could not be read back")


def put_back(run: DrainContext, batch: Batch, causes: Mapping[str, Cause], detail: str) -> None:
    """Leave messages in the queue and, if the store answers, say so in the ledger."""
    if not causes:
        return
    messages = [message for message in batch.messages if message.message_id in causes]
    left = batch.narrowed(messages)
    best_effort(run, lambda: run.give_back(run.ports, left))
    best_effort(run, lambda: run.note_deferral(run.ports, left, dict(causes), detail))


def best_effort(run: DrainContext, call: Callable[[], object]) -> None:
    """Make a call that may fail: the visibility timeout brings messages back, and the run's counters have them."""
    try:
        call()
    except TransientError as error:
        run.warn(f"messages stay in the queue, but that could not be noted: {error}")


def cause_of(error: Exception) -> Cause:
    """Why messages in hand at `error` stay in the queue."""
    return Cause.STORE_UNAVAILABLE if isinstance(error, StoreUnavailable) else Cause.HALTED


def halt(run: DrainContext, error: Exception) -> None:
    """Stop the run with the sentence that the error is."""
    code = error.exit_code if isinstance(error, ReclaimError) else ExitCode.BUG
    run.drain.halt(sentence_of(error), code)


def sentence_of(error: Exception) -> str:
    """The sentence for people. An unexpected error may quote a message, so it is only named; its lane's log has it."""
    if isinstance(error, ReclaimError):
        return str(error)
    return f"An unexpected {type(error).__name__} stopped the run: a bug. The log of its lane in Prefect shows where."


def look_for_the_end(run: DrainContext) -> None:
    """Several polls came back empty: see whether the queue agrees that there is nothing more."""
    try:
        run.drain.check_depth(run.look_at_queue(run.ports))
    except ReclaimError as error:
        halt(run, error)


def wait_for(lanes: Sequence[PrefectFuture[None]], run: DrainContext) -> None:
    """Resolve every lane. A lane that raised fails the run, an operator's signal halts it.

    Nothing is raised here: a run that went wrong needs its report all the more.
    """
    try:
        for lane in lanes:
            lane.wait()
    except (KeyboardInterrupt, TerminationSignal) as signal:
        run.drain.halt("An operator stopped the run; what it had in hand is back in the queue.")
        for lane in lanes:
            lane.wait()
        if isinstance(signal, TerminationSignal):
            run.terminated = signal
    if not all(lane.state.is_completed() for lane in lanes):
        run.drain.halt("A lane did not come to its end: a bug. Its log in Prefect shows where.", ExitCode.BUG)
