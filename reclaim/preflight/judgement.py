"""Judges everything that was observed, in one order: who owns what, what events are like, then the system itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from reclaim.preflight.alarms import AlarmsSeen, alarm_items
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import Item, NoAnswer, Verdict
from reclaim.preflight.keys import KeysSeen, key_items
from reclaim.preflight.orchestrator import OrchestratorSeen, orchestrator_items
from reclaim.preflight.ownership import OwnershipSeen, ownership_items
from reclaim.preflight.queues import QueuesSeen, queue_items
from reclaim.preflight.result import Contact, Finding, Severity, Status
from reclaim.preflight.samples import SamplesSeen, sample_items
from reclaim.preflight.store import StoreSeen, store_items

S = TypeVar("S")

NOT_ASKED: Final = NoAnswer(Status.SKIP, "Not asked.")


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen of each part; a `NoAnswer` where it was not looked at, or could not be."""

    ownership: OwnershipSeen
    samples: SamplesSeen | NoAnswer = NOT_ASKED
    keys: KeysSeen | NoAnswer = NOT_ASKED
    queues: QueuesSeen | NoAnswer = NOT_ASKED
    store: StoreSeen | NoAnswer = NOT_ASKED
    alarms: AlarmsSeen | NoAnswer = NOT_ASKED
    orchestrator: OrchestratorSeen | NoAnswer = NOT_ASKED


def judge(seen: Observations) -> tuple[Finding, ...]:
    """A finding per item."""
    return tuple(_findings(seen))


def blocking_failures(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What a recovery must not start with."""
    return tuple(one for one in findings if one.severity is Severity.BLOCKING and one.status is Status.FAIL)


def _findings(seen: Observations) -> Iterator[Finding]:
    checklist = seen.ownership.checklist
    yield from _judge(ownership_items(), seen.ownership, checklist)
    yield from _judge(sample_items(checklist), seen.samples, checklist)
    yield from _judge(key_items(), seen.keys, checklist)
    yield from _judge(queue_items(), seen.queues, checklist)
    yield from _judge(store_items(), seen.store, checklist)
    yield from _judge(alarm_items(), seen.alarms, checklist)
    yield from _judge(orchestrator_items(), seen.orchestrator, checklist)


def _judge(items: Sequence[Item[S]], seen: S | NoAnswer, checklist: Checklist | None) -> Iterator[Finding]:
    for item in items:
        verdict = Verdict(seen.status, seen.why) if isinstance(seen, NoAnswer) else item.check(seen)
        troubled = verdict.status in {Status.FAIL, Status.UNREACHABLE}
        yield Finding(
            code=item.code,
            title=item.title,
            severity=item.severity,
            status=verdict.status,
            seen=verdict.seen,
            todo=item.todo if troubled and not isinstance(seen, NoAnswer) else "",
            call=_contacts(item.code, verdict, checklist) if troubled and checklist else (),
        )


def _contacts(code: str, verdict: Verdict, checklist: Checklist) -> tuple[Contact, ...]:
    """The teams that the verdict names, or whoever has the duty."""
    named = [contact for team in verdict.teams if (contact := checklist.contact(team))]
    fallback = checklist.contact(checklist.duties[code.partition(".")[0]])
    return tuple(named) or ((fallback,) if fallback else ())
