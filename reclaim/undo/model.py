"""What came of an undo, as data. The table on the terminal and the summary in Prefect are views of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, computed_field

from reclaim.model.errors import ExitCode
from reclaim.undo.values import Effect, Kept, Obstacle, Undo


class Counted(StrEnum):
    """What is counted."""

    REMOVED = Effect.REMOVED.value
    RESTORED = Effect.RESTORED.value
    RETURNED = Effect.RETURNED.value
    DETACHED = "detached"
    KEPT = "kept"


MEANINGS = {
    Counted.REMOVED: "clients removed that the run had created, their messages put back",
    Counted.RESTORED: "clients as they were before, their messages put back",
    Counted.RETURNED: "messages put back that had changed no client",
    Counted.DETACHED: "applications without a tracking ID again",
    Counted.KEPT: "could not be undone",
}


class KeptItem(BaseModel):
    """Something that could not be undone.

    Attributes:
        id: the message, or the application.
        reason: a stable code.
        detail: a sentence for people.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    record_key: str | None
    reason: Obstacle
    detail: str


class UndoReport(BaseModel):
    """An undo, or what one would do.

    Attributes:
        run_id: of the undo; empty where nothing was written, because it was a dry run or there was nothing to do.
        undone_run: the run that is taken back.
        undone_by: the undo that has taken it back before, if one has.
        counts: by `Counted`, all of them.
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
    counts: dict[Counted, int]
    kept: tuple[KeptItem, ...] = ()

    @property
    def undone(self) -> int:
        """How many messages and applications were, or would be, taken back."""
        return sum(count for what, count in self.counts.items() if what is not Counted.KEPT)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exit_code(self) -> int:
        """What the shell is told."""
        return ExitCode.NEEDS_A_PERSON if self.kept else ExitCode.DONE

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        run, left = self.undone_run, self.counts[Counted.KEPT]
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


class Tally:
    """The counts of an undo, as they grow."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(Counted, 0)
        self.kept: list[Kept] = []

    def took_back(self, undos: Iterable[Undo], kept: Iterable[Kept] = ()) -> None:
        """Messages went back, except for those that are in `kept` as well."""
        not_these = {one.subject: one for one in kept}
        for undo in undos:
            if undo.message_id not in not_these:
                self.counts[Counted(undo.effect.value)] += 1
        self.keep(not_these.values())

    def detached(self, applications: int) -> None:
        """So many applications lost their tracking ID."""
        self.counts[Counted.DETACHED] += applications

    def keep(self, kept: Iterable[Kept]) -> None:
        """These stay as they are."""
        self.kept += kept
        self.counts[Counted.KEPT] = len(self.kept)


def kept_items(kept: Iterable[Kept]) -> tuple[KeptItem, ...]:
    """In the order of their IDs."""
    items = [KeptItem(id=k.subject, record_key=k.record_key, reason=k.obstacle, detail=k.detail) for k in kept]
    return tuple(sorted(items, key=lambda item: item.id))
