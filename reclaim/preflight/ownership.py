"""Who owns the event's fields: the items that would have failed before the outage."""

from __future__ import annotations

from dataclasses import dataclass

from reclaim.contracts.contract import Contract
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import Item, ItemCheck, failed, holds, passed, skipped
from reclaim.preflight.result import Severity


@dataclass(frozen=True, slots=True)
class OwnershipSeen:
    """The checklist as it was read.

    Attributes:
        path: where it is.
        checklist: None where it could not be read.
        problem: why not.
        missing_documents: what it points to that is not there; None where the project's documents are not at hand.
    """

    path: str
    checklist: Checklist | None
    problem: str = ""
    missing_documents: tuple[str, ...] | None = None


def ownership_items(contract: Contract) -> tuple[Item[OwnershipSeen], ...]:
    """That the checklist can be read, that each field of the contract has its owner, that what it names is there."""
    return (
        Item(
            "ownership.checklist",
            "The ownership checklist can be read",
            Severity.BLOCKING,
            "Correct the file; its last good version is in its history.",
            lambda seen: holds(seen.checklist, seen.path, seen.problem),
        ),
        *(_of_field(field) for field in contract.event_fields),
        Item(
            "ownership.documents",
            "Documents and runbooks that the checklist names are there",
            Severity.ADVISORY,
            "Write them, or correct where the checklist points.",
            _documents,
        ),
    )


def _of_field(field: str) -> Item[OwnershipSeen]:
    return Item(
        f"ownership.{field}",
        f"Exactly one team owns {field}, and it runs the producer",
        Severity.BLOCKING,
        f"Agree on one owner of {field} and write it into the checklist.",
        lambda seen: owned(seen.checklist, field) if seen.checklist else skipped("The checklist cannot be read."),
    )


def owned(checklist: Checklist, field: str) -> ItemCheck:
    """Whether exactly one known team owns `field`, and runs the service that produces it."""
    entries = checklist.entries(field)
    if len(entries) != 1:
        times = f"listed {len(entries)} times" if entries else "not listed"
        return failed(f"{field} is {times}, so its owner is not known.", *_involved(checklist, field))
    (entry,) = entries
    if len(entry.owner) != 1:
        owners = f"{len(entry.owner)} owners: {', '.join(entry.owner)}" if entry.owner else "no owner"
        return failed(f"{field}, produced by {entry.producer}, has {owners}.", *_involved(checklist, field))
    (owner,) = entry.owner
    if owner not in checklist.teams:
        return failed(f"{owner}, said to own {field}, is not one of the teams.", *checklist.runs(entry.producer))
    if owner not in checklist.runs(entry.producer):
        running = checklist.runs(entry.producer)
        return failed(f"{owner} owns {field} but does not run {entry.producer}, which produces it.", owner, *running)
    return passed(f"{owner}, for {entry.producer}")


def _involved(checklist: Checklist, field: str) -> tuple[str, ...]:
    """The teams that are named as owners; else those that run the producer."""
    entries = checklist.entries(field)
    owners = [owner for entry in entries for owner in entry.owner if owner in checklist.teams]
    running = [team for entry in entries for team in checklist.runs(entry.producer)]
    return tuple(dict.fromkeys(owners or running))


def _documents(seen: OwnershipSeen) -> ItemCheck:
    if seen.missing_documents is None:
        return skipped("The project's documents are not at hand.")
    missing = ", ".join(seen.missing_documents)
    return holds(not missing, "all there", f"not there: {missing}")
