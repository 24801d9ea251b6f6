"""Chooses quarantined messages: by ID, or all that are open for one cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.ports import Ledger, Resolutions

MAX_MESSAGES: Final = 5000
"""Messages that one run releases or discards: their IDs are kept with the run."""

_MAX_CHARACTERS: Final = 100 * 2**20
"""Of their bodies together, which are in memory at once."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which quarantined messages are asked for: message IDs, or a cause.

    Attributes:
        queue: only messages from this queue (its name); None for any. Message IDs need none.
    """

    message_ids: tuple[str, ...] = ()
    cause: Cause | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The messages that were found.

    Attributes:
        open: those without a resolution.
        dealt_with: of the messages asked for by ID, those that have one.
        more: whether there are more than one run takes.
    """

    open: tuple[LedgerEntry, ...]
    dealt_with: tuple[LedgerEntry, ...] = ()
    more: bool = False


def select(wanted: MessageFilter, contract: Contract, ledger: Ledger, resolutions: Resolutions) -> Selection:
    """Find the messages of `contract` that are wanted.

    Raises:
        UsageError: it says neither or both of IDs and cause, names a message that was never quarantined or is of
            another contract, or the messages come from several queues.
    """
    if bool(wanted.message_ids) == bool(wanted.cause):
        raise UsageError("Give either message IDs or a cause.", "Nothing was changed.")
    if wanted.cause:
        found = resolutions.open_quarantine(contract.name, queue=wanted.queue, cause=wanted.cause)
        selection = _as_many_as_fit(found)
    else:
        selection = _by_id(wanted.message_ids, contract, ledger)
    _require_one_queue(selection.open)
    return selection


def known(message_id: str, entry: LedgerEntry | None, contract: Contract) -> LedgerEntry:
    """`entry`, which is what the ledger holds of the message.

    Raises:
        UsageError: it is None, or of another contract.
    """
    if entry is None:
        raise UsageError(f"The ledger has no message {message_id}.", "See `reclaim quarantine list`.")
    if entry.contract != contract.name:
        raise UsageError(
            f"Message {message_id} belongs to contract {entry.contract}, not to {contract.name}.",
            "Set RECLAIM_CONTRACT to that contract.",
        )
    return entry


def _as_many_as_fit(found: Iterable[LedgerEntry]) -> Selection:
    chosen: list[LedgerEntry] = []
    characters = 0
    for entry in found:
        characters += len(entry.body)
        if len(chosen) == MAX_MESSAGES or (chosen and characters > _MAX_CHARACTERS):
            return Selection(tuple(chosen), more=True)
        chosen.append(entry)
    return Selection(tuple(chosen))


def _by_id(message_ids: Sequence[str], contract: Contract, ledger: Ledger) -> Selection:
    found = ledger.find(set(message_ids))
    entries = [_quarantined(known(one, found.get(one), contract)) for one in dict.fromkeys(message_ids)]
    return Selection(
        tuple(entry for entry in entries if entry.is_open), tuple(entry for entry in entries if not entry.is_open)
    )


def _quarantined(entry: LedgerEntry) -> LedgerEntry:
    if entry.outcome is not Outcome.QUARANTINED:
        state = entry.outcome.value if entry.outcome else "not settled yet"
        raise UsageError(f"Message {entry.message_id} is not in quarantine: it is {state}.", "Nothing was changed.")
    return entry


def _require_one_queue(entries: Iterable[LedgerEntry]) -> None:
    queues = sorted({entry.queue for entry in entries})
    if len(queues) > 1:
        raise UsageError(
            f"These messages come from several queues: {', '.join(queues)}.",
            "Choose one with --queue; nothing was changed.",
        )
