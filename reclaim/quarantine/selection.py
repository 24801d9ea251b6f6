"""Chooses quarantined messages: by ID, or all that are open for one cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.ports import Ledger, Resolutions

MAX_MESSAGES: Final = 5000
"""Messages that are dealt with at once: their IDs are kept with the run."""

_MAX_CHARACTERS: Final = 100 * 2**20
"""Of their bodies together: they are in memory at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: message IDs, or a cause.

    Attributes:
        queue: only messages from this queue (its name); None for any. Message IDs need none.
    """

    message_ids: tuple[str, ...] = ()
    cause: Cause | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is there of it.

    Attributes:
        open: nobody has dealt with them yet.
        dealt_with: of the messages asked for by ID, those that somebody has.
        more: whether there are more than can be dealt with at once.
    """

    open: tuple[LedgerEntry, ...]
    dealt_with: tuple[LedgerEntry, ...] = ()
    more: bool = False


def select(wanted: Wanted, ledger: Ledger, resolutions: Resolutions) -> Selection:
    """Find what is wanted.

    Raises:
        UsageError: it says neither or both of IDs and cause, names a message that was never quarantined, or the
            messages come from several queues.
    """
    if bool(wanted.message_ids) == bool(wanted.cause):
        raise UsageError("Give either message IDs or a cause.", "Nothing was changed.")
    if wanted.cause:
        found = resolutions.open_quarantine(queue=wanted.queue, cause=wanted.cause)
        selection = _as_much_as_fits(found)
    else:
        selection = _by_id(wanted.message_ids, ledger)
    _from_one_queue(selection.open)
    return selection


def _as_much_as_fits(found: Iterable[LedgerEntry]) -> Selection:
    chosen: list[LedgerEntry] = []
    characters = 0
    for entry in found:
        characters += len(entry.body)
        if len(chosen) == MAX_MESSAGES or (chosen and characters > _MAX_CHARACTERS):
            return Selection(tuple(chosen), more=True)
        chosen.append(entry)
    return Selection(tuple(chosen))


def _by_id(message_ids: Sequence[str], ledger: Ledger) -> Selection:
    found = ledger.find(set(message_ids))
    entries = [_quarantined(one, found.get(one)) for one in dict.fromkeys(message_ids)]
    return Selection(
        tuple(entry for entry in entries if entry.is_open), tuple(entry for entry in entries if not entry.is_open)
    )


def _quarantined(message_id: str, entry: LedgerEntry | None) -> LedgerEntry:
    if entry is None:
        raise UsageError(
            f"The ledger has no message {message_id}.", "See `reclaim quarantine list`; nothing was changed."
        )
    if entry.outcome is not Outcome.QUARANTINED:
        state = entry.outcome.value if entry.outcome else "not settled yet"
        raise UsageError(f"Message {message_id} is not in quarantine: it is {state}.", "Nothing was changed.")
    return entry


def _from_one_queue(entries: Iterable[LedgerEntry]) -> None:
    queues = sorted({entry.queue for entry in entries})
    if len(queues) > 1:
        raise UsageError(
            f"These messages come from several queues: {', '.join(queues)}.",
            "Choose one with --queue; nothing was changed.",
        )
