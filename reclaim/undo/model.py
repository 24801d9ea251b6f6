"""The values of an undo: what can be taken back, what cannot and why, and its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, computed_field

from reclaim.contracts.contract import Words
from reclaim.model.errors import ExitCode
from reclaim.model.ledger import LedgerEntry

Document = dict[str, Any]


class UndoEffect(StrEnum):
    """What an undo does; what is counted is named by these."""

    REMOVED = "removed"
    """The record that the message brought is removed, and the message sent again."""
    RESTORED = "restored"
    """The record that the message gave an identity is as it was before, and the message sent again."""
    RETURNED = "returned"
    """The message had changed no record; it is only sent again."""
    DETACHED = "detached"
    """An application that a backfill gave an identity has none again."""
    KEPT = "kept"
    """Something could not be taken back."""


class Obstacle(StrEnum):
    """Why something cannot be taken back. The codes are stable."""

    RECORD_CHANGED = "record_changed"
    RECORD_REMOVED = "record_removed"
    RECORD_REWRITTEN = "record_rewritten"
    ATTRIBUTED = "attributed"
    CHARGED = "charged"
    RELEASED = "released"
    DISCARDED = "discarded"
    BODY_DAMAGED = "body_damaged"
    REFUSED_BY_QUEUE = "refused_by_queue"
    RESOLVED_MEANWHILE = "resolved_meanwhile"
    ATTRIBUTION_CHANGED = "attribution_changed"


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """What depends on a record's identity by now.

    Attributes:
        applications: how many of its applications carry the identity.
        attributed_by: the runs that gave it to them.
        charges: how many charges it has had since its recovery.
    """

    applications: int = 0
    attributed_by: tuple[str, ...] = ()
    charges: int = 0


@dataclass(frozen=True, slots=True)
class Reversal:
    """One record to be taken back, on the condition that its document is still exactly `now`.

    Attributes:
        before: the document that it is to have; None for none.
    """

    record_key: str
    now: Document
    before: Document | None


@dataclass(frozen=True, slots=True)
class Undo:
    """A message that can be taken back.

    Attributes:
        reversal: what is to be done to its record; None where that is nothing, or done already.
        returns: whether the message has left its queue, and is to be sent there again.
    """

    message_id: str
    record_key: str | None
    effect: UndoEffect
    returns: bool
    reversal: Reversal | None = None


@dataclass(frozen=True, slots=True)
class AttributedApplication:
    """An application that a backfill gave an identity, as it is now.

    Attributes:
        identity: what it carries; None for nothing.
        owned_id: its record's identity, which is what the backfill gave; None where the record is gone or has none.
        charges: how many charges it has had since.
    """

    application_id: str
    record_key: str | None
    identity: str | None
    owned_id: str | None
    charges: int = 0


@dataclass(frozen=True, slots=True)
class KeptItem:
    """Something that cannot be taken back.

    Attributes:
        id: the message, or the application.
        detail: a sentence for people, without any of the values themselves.
    """

    id: str
    record_key: str | None
    reason: Obstacle
    detail: str

    @classmethod
    def of(cls, entry: LedgerEntry, reason: Obstacle, detail: str) -> KeptItem:
        """A message that cannot be taken back."""
        return cls(entry.message_id, entry.record_key, reason, detail)


class UndoTotals:
    """The counts of an undo while it runs, and what could not be taken back."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(UndoEffect, 0)
        self._kept: list[KeptItem] = []

    @property
    def kept(self) -> tuple[KeptItem, ...]:
        """What could not be taken back, in the order of IDs."""
        return tuple(sorted(self._kept, key=lambda item: item.id))

    def add_undone(self, undos: Iterable[Undo], kept: Iterable[KeptItem] = ()) -> None:
        """Messages were taken back, except for those that are in `kept` as well."""
        not_these = {one.id: one for one in kept}
        for undo in undos:
            if undo.message_id not in not_these:
                self.counts[undo.effect] += 1
        self.add_kept(not_these.values())

    def add_detached(self, applications: int) -> None:
        """So many applications lost their identity."""
        self.counts[UndoEffect.DETACHED] += applications

    def add_kept(self, kept: Iterable[KeptItem]) -> None:
        """These stay as they are."""
        self._kept += kept
        self.counts[UndoEffect.KEPT] = len(self._kept)


class UndoReport(BaseModel):
    """An undo, or what one would do. The table on the terminal and the summary in Prefect are views of it.

    Attributes:
        run_id: of the undo; empty where nothing was written, because it was a dry run or there was nothing to do.
        undone_run: the run that is taken back.
        undone_by: the undo that has taken it back before, if one has.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str = ""
    undone_run: str
    undone_kind: str
    undone_by: str | None = None
    dry_run: bool = False
    queue: str
    operator: str
    reason: str = ""
    started_at: datetime
    finished_at: datetime
    counts: dict[UndoEffect, int]
    kept: tuple[KeptItem, ...] = ()

    @property
    def undone(self) -> int:
        """How many messages and applications were, or would be, taken back."""
        return sum(count for what, count in self.counts.items() if what is not UndoEffect.KEPT)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return ExitCode.NEEDS_A_PERSON if self.kept else ExitCode.DONE

    @property
    def headline(self) -> str:
        """The result in one sentence."""
        run, left = self.undone_run, self.counts[UndoEffect.KEPT]
        rest = f", except for {left:,} that cannot be" if left else ""
        if self.dry_run:
            return f"Of run {run}, {self.undone:,} would be undone{rest}."
        if self.undone:
            return f"Run {run} is undone{rest}."
        if self.undone_by:
            return f"Run {run} was undone by {self.undone_by} already{rest}. Nothing was changed."
        return f"Run {run} left nothing that could be undone. Nothing was changed."

    def to_json(self) -> str:
        """The report as its file and `--json` hold it."""
        return self.model_dump_json(indent=2) + "\n"


def effect_meanings(words: Words) -> Mapping[UndoEffect, str]:
    """What each count says, in the words of a contract."""
    return {
        UndoEffect.REMOVED: f"{words.records} removed that the run had created, their messages put back",
        UndoEffect.RESTORED: f"{words.records} as they were before, their messages put back",
        UndoEffect.RETURNED: f"messages put back that had changed no {words.record}",
        UndoEffect.DETACHED: f"applications without {words.identity} again",
        UndoEffect.KEPT: "could not be undone",
    }
