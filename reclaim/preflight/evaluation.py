"""Applies every item to what was observed: first who owns what, then what events hold, then the system itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from reclaim.contracts.contract import Contract
from reclaim.preflight.alarms import AlarmsSeen, alarm_items
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import Item, ItemCheck, NoAnswer
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
    """What was observed of each part; a `NoAnswer` where nothing was asked, or nothing answered."""

    ownership: OwnershipSeen
    samples: SamplesSeen | NoAnswer = NOT_ASKED
    keys: KeysSeen | NoAnswer = NOT_ASKED
    queues: QueuesSeen | NoAnswer = NOT_ASKED
    store: StoreSeen | NoAnswer = NOT_ASKED
    alarms: AlarmsSeen | NoAnswer = NOT_ASKED
    orchestrator: OrchestratorSeen | NoAnswer = NOT_ASKED


def evaluate(seen: Observations, contract: Contract) -> tuple[Finding, ...]:
    """A finding per item, in the order in which items are shown."""
    checklist = seen.ownership.checklist
    return (
        *_findings(ownership_items(contract), seen.ownership, checklist),
        *_findings(sample_items(checklist, contract), seen.samples, checklist),
        *_findings(key_items(), seen.keys, checklist),
        *_findings(queue_items(contract), seen.queues, checklist),
        *_findings(store_items(), seen.store, checklist),
        *_findings(alarm_items(), seen.alarms, checklist),
        *_findings(orchestrator_items(), seen.orchestrator, checklist),
    )


def blocking_failures(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What a recovery must not start with."""
    return tuple(one for one in findings if one.severity is Severity.BLOCKING and one.status is Status.FAIL)


def _findings(items: Sequence[Item[S]], seen: S | NoAnswer, checklist: Checklist | None) -> Iterator[Finding]:
    for item in items:
        check = ItemCheck(seen.status, seen.why) if isinstance(seen, NoAnswer) else item.check(seen)
        is_open = check.status in {Status.FAIL, Status.UNREACHABLE}
        yield Finding(
            code=item.code,
            title=item.title,
            severity=item.severity,
            status=check.status,
            seen=check.seen,
            todo=item.todo if is_open and not isinstance(seen, NoAnswer) else "",
            call=_contacts(item.code, check, checklist) if is_open and checklist else (),
        )


def _contacts(code: str, check: ItemCheck, checklist: Checklist) -> tuple[Contact, ...]:
    """The teams that the check names, or the one that has the duty."""
    named = [contact for team in check.teams if (contact := checklist.contact(team))]
    fallback = checklist.contact(checklist.duties[code.partition(".")[0]])
    return tuple(named) or ((fallback,) if fallback else ())
