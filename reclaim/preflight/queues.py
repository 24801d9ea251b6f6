"""The two queues: whether what fails reaches the dead-letter queue, and is kept there long enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.model.message import queue_name
from reclaim.preflight.items import MAX_SKEW_SECONDS, Item, ItemCheck, clock_agrees, failed, holds, skipped
from reclaim.preflight.result import Severity

RETENTION: Final = timedelta(days=13)
"""SQS keeps a message for 14 days at most, counted from its first send: what is in the dead-letter queue has used
some of that up already."""

RECEIVES: Final = range(2, 21)
"""After one, every short failure moves a message to the dead-letter queue; with dozens, a bad message holds up its
consumers for hours."""

VISIBILITY: Final = (timedelta(seconds=5), timedelta(hours=1))
"""Shorter, and a message is received again while it is worked on, until it is moved; longer, and a consumer
that died holds its messages for as long."""


@dataclass(frozen=True, slots=True)
class QueueAttributes:
    """A queue as SQS describes it.

    Attributes:
        redrives_to: ARN of its dead-letter queue; empty where it has none.
        max_receives: receives after which a message goes there.
        contract: the contract that it is tagged for; empty where it has no such tag, or its tags cannot be read.
    """

    name: str
    arn: str
    retention: timedelta
    visibility: timedelta
    redrives_to: str = ""
    max_receives: int = 0
    contract: str = ""


@dataclass(frozen=True, slots=True)
class QueuesSeen:
    """Both queues.

    Attributes:
        dead_letters, source: None where there is no such queue, or none that redrives into the dead-letter queue.
        missing: the names of those that should be there and are not.
        skew: how far AWS's clock is ahead of ours, in seconds; None where it is not known.
    """

    dead_letters: QueueAttributes | None
    source: QueueAttributes | None
    missing: tuple[str, ...] = ()
    skew: float | None = None


def queue_items(contract: Contract) -> tuple[Item[QueuesSeen], ...]:
    """That both are there, and are set so that nothing is lost between them."""
    return (
        Item(
            "queue.exists",
            "The source queue and the dead-letter queue are there",
            Severity.BLOCKING,
            "Correct RECLAIM_QUEUE and RECLAIM_SOURCE_QUEUE, or create them: `reclaim provision`.",
            lambda seen: holds(not seen.missing, "both there", f"queue {', '.join(seen.missing)} does not exist"),
        ),
        Item(
            "queue.contract",
            "The queues are not tagged for another contract",
            # Their messages would all be quarantined as of an unsupported type.
            Severity.BLOCKING,
            "Name the right queues, or the right contract with RECLAIM_CONTRACT.",
            lambda seen: _tagged(seen, contract),
        ),
        Item(
            "queue.redrive_policy",
            "The source queue redrives into the dead-letter queue",
            # A queue that is not the source's dead-letter queue holds something else, and would be emptied.
            Severity.BLOCKING,
            "Make sure that this is the right queue; then `reclaim provision`, or correct the redrive policy.",
            _redrives,
        ),
        Item(
            "queue.dead_letters_stay",
            "The dead-letter queue redrives nowhere itself",
            # Every receive counts: messages put back by a recovery would move on to another queue.
            Severity.BLOCKING,
            "Remove the dead-letter queue's own redrive policy.",
            _both(_stay),
        ),
        Item(
            "queue.max_receives",
            "Messages move to the dead-letter queue after a reasonable number of receives",
            Severity.ADVISORY,
            f"Set maxReceiveCount to {RECEIVES.start} to {RECEIVES.stop - 1}.",
            _both(_receives),
        ),
        Item(
            "queue.retention",
            "The dead-letter queue keeps messages as long as SQS can",
            # Not blocking: the shorter they are kept, the sooner they should be recovered.
            Severity.ADVISORY,
            "Set the dead-letter queue's MessageRetentionPeriod to 1209600 (14 days): `reclaim provision`.",
            _both(_kept),
        ),
        Item(
            "queue.visibility",
            "The source queue's visibility timeout fits its redrive",
            Severity.ADVISORY,
            "Set its VisibilityTimeout to some six times what its consumer takes, 30 s or more.",
            _both(_visible),
        ),
        Item(
            "queue.clock",
            f"AWS's clock and this machine's are within {MAX_SKEW_SECONDS:.0f} s",
            Severity.BLOCKING,
            "Have this machine's clock set by NTP.",
            lambda seen: clock_agrees("AWS", seen.skew),
        ),
    )


def _both(check: Callable[[QueueAttributes, QueueAttributes], ItemCheck]) -> Callable[[QueuesSeen], ItemCheck]:
    """`check` on the source and the dead-letter queue, where both are there."""

    def check_both(seen: QueuesSeen) -> ItemCheck:
        if seen.source is None or seen.dead_letters is None:
            return skipped("A queue is missing.")
        return check(seen.source, seen.dead_letters)

    return check_both


def _tagged(seen: QueuesSeen, contract: Contract) -> ItemCheck:
    tags = {queue.name: queue.contract for queue in (seen.dead_letters, seen.source) if queue}
    others = ", ".join(f"{name} for {tag}" for name, tag in tags.items() if tag not in ("", contract.name))
    return holds(not others, f"for {contract.name}, or not tagged", f"tagged for another contract: {others}")


def _redrives(seen: QueuesSeen) -> ItemCheck:
    source, dead = seen.source, seen.dead_letters
    if seen.missing or dead is None:
        return skipped("A queue is missing.")
    if source is None:
        return failed(f"no queue redrives into {dead.name}")
    if not source.redrives_to:
        return failed(f"{source.name} has no redrive policy: what fails there is never set aside")
    elsewhere = f"{source.name} redrives into {queue_name(source.redrives_to)}, not into {dead.name}"
    return holds(source.redrives_to == dead.arn, f"{source.name} into {dead.name}", elsewhere)


def _stay(_source: QueueAttributes, dead: QueueAttributes) -> ItemCheck:
    return holds(not dead.redrives_to, "they stay", f"{dead.name} redrives into {queue_name(dead.redrives_to)}")


def _receives(source: QueueAttributes, _dead: QueueAttributes) -> ItemCheck:
    if not source.redrives_to:
        return skipped("There is no redrive policy.")
    seen = f"after {source.max_receives}"
    return holds(source.max_receives in RECEIVES, seen, f"{source.name}: {seen}")


def _kept(source: QueueAttributes, dead: QueueAttributes) -> ItemCheck:
    seen = f"{dead.name} keeps messages for {_days(dead.retention)}"
    if dead.retention < source.retention:
        return failed(f"{seen}, less than {source.name} ({_days(source.retention)}): they can be gone at once")
    return holds(dead.retention >= RETENTION, seen, f"{seen}, counted from when they were first sent")


def _visible(source: QueueAttributes, _dead: QueueAttributes) -> ItemCheck:
    shortest, longest = VISIBILITY
    seen = f"{source.name} hides a received message for {source.visibility.total_seconds():,.0f} s"
    if source.max_receives * source.visibility >= source.retention:
        return failed(f"{seen}: {source.max_receives} receives outlast its retention, and then it is lost")
    return holds(shortest <= source.visibility <= longest, seen, seen)


def _days(retention: timedelta) -> str:
    days = retention / timedelta(days=1)
    return f"{days:.0f} days" if days >= 1 else f"{retention.total_seconds():,.0f} s"
