"""What a release would do: which messages, which new bodies, and what the pipeline would decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.model.errors import UsageError
from reclaim.model.ledger import Delivery, LedgerEntry
from reclaim.model.message import Message, released_id
from reclaim.ports import Ledger, RecordStore, Resolutions
from reclaim.quarantine.edits import DoesNotApply, Edit
from reclaim.quarantine.releasing import released_message
from reclaim.quarantine.requests import ReleaseRequest
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import MessageFilter, select
from reclaim.recovery.decisions import Decision
from reclaim.recovery.steps import Batch, decide
from reclaim.settings import Settings


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """One message to be released.

    Attributes:
        entry: the original.
        message: what it becomes.
        begun: the entry that an earlier release has written of that message; it is finished as it was begun.
    """

    entry: LedgerEntry
    message: Message
    begun: LedgerEntry | None = None


class ReleasePlan:
    """A release before it happens. A plain class, which the orchestrator does not look into.

    Attributes:
        planned: what would be released.
        left: messages that the repair rule does not fit, and why; they stay as they are.
        dealt_with: messages that were asked for and have a resolution already.
        more: whether there are more than one release takes.
    """

    def __init__(
        self,
        edit: Edit,
        planned: Sequence[PlannedRelease],
        left: Sequence[tuple[LedgerEntry, str]],
        dealt_with: Sequence[LedgerEntry],
        *,
        more: bool,
    ) -> None:
        self.edit = edit
        self.planned = tuple(planned)
        self.left = tuple(left)
        self.dealt_with = tuple(dealt_with)
        self.more = more

    @property
    def queue(self) -> str:
        """Where the messages came from; empty where there are none."""
        return self.planned[0].entry.queue if self.planned else ""

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The originals."""
        return tuple(one.entry.message_id for one in self.planned)

    def parameters(self) -> dict[str, Any]:
        """What the registry keeps of it: IDs and the edit's name, never a body. A repair rule is kept whole."""
        label = self.edit.label
        kept: dict[str, Any] = {"messages": list(self.message_ids), "edit": label.edit, "edit_sha256": label.sha256}
        if isinstance(self.edit, RepairRule):
            kept["rule"] = self.edit.canonical()
        return kept


def plan_release(
    wanted: MessageFilter,
    edit: Edit,
    contract: Contract,
    *,
    ledger: Ledger,
    resolutions: Resolutions,
    operator: str,
    clock: Clock,
) -> ReleasePlan:
    """Choose the messages and edit them; writes nothing.

    A repair rule skips what it does not fit. Any other edit is meant for every message that was named.

    Raises:
        UsageError: unknown messages, or an edit that does not apply to one of them.
    """
    selection = select(wanted, contract, ledger, resolutions)
    held = ledger.find([released_id(entry.message_id) for entry in selection.open])
    planned: list[PlannedRelease] = []
    left: list[tuple[LedgerEntry, str]] = []
    for entry in selection.open:
        try:
            message = released_message(entry, held, edit, operator, contract, clock.now())
        except DoesNotApply as error:
            if not isinstance(edit, RepairRule):
                raise UsageError(
                    f"The edit does not apply to message {entry.message_id}: {error}.", "Nothing was changed."
                ) from error
            left.append((entry, str(error)))
        else:
            planned.append(PlannedRelease(entry, message, held.get(message.message_id)))
    return ReleasePlan(edit, planned, left, selection.dealt_with, more=selection.more)


def plan_requested(
    request: ReleaseRequest,
    settings: Settings,
    contract: Contract,
    *,
    ledger: Ledger,
    resolutions: Resolutions,
    clock: Clock,
) -> ReleasePlan:
    """The plan of a request; what it leaves empty comes from the settings.

    Raises:
        UsageError: as `plan_release`, and for an edit that is not usable.
        SettingsError: a rule is named, and there is no file of rules.
    """
    edit = request.edit(settings.repair_rules)
    return plan_release(
        request.wanted(edit),
        edit,
        contract,
        ledger=ledger,
        resolutions=resolutions,
        operator=request.operator or settings.operator,
        clock=clock,
    )


def preview_decisions(
    messages: Sequence[Message], records: RecordStore, contract: Contract, key: bytes, clock: Clock
) -> dict[str, Decision]:
    """What the pipeline would decide about these messages now, by message ID; writes nothing."""
    batch = Batch(Delivery("a preview", "a preview", "", clock.now(), contract.name), messages)
    return {decision.message_id: decision for decision in decide(records, batch, contract, key, clock).decisions}
