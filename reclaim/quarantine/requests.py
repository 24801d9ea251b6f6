"""The parameters of a release: the form of the Prefect UI and the options of the command line."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from reclaim.model.errors import UsageError
from reclaim.model.message import queue_name
from reclaim.model.outcome import Cause
from reclaim.quarantine.edits import AsIs, Edit, NewBody, read_patch
from reclaim.quarantine.rule_file import rule_called
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import MAX_MESSAGES, MessageFilter
from reclaim.requests import RequestForm

MessageId = Annotated[str, Field(min_length=1, max_length=200)]


class ReleaseRequest(RequestForm):
    """The parameters of a release."""

    message_ids: tuple[MessageId, ...] = Field(
        (), max_length=MAX_MESSAGES, title="Messages", description="Message IDs. Empty: all open ones of the cause."
    )
    cause: Cause | None = Field(
        None, title="Cause", description="All open messages of this cause. Empty: the rule's, or the messages named."
    )
    queue: str | None = Field(
        None, title="Queue", description="With a cause: only what came from this queue. Empty: from any."
    )
    rule: str | None = Field(
        None, max_length=64, title="Repair rule", description="The name of a rule in RECLAIM_REPAIR_RULES."
    )
    patch: str | None = Field(
        None,
        max_length=200_000,
        title="Patch",
        description="JSON text: an object is a JSON Merge Patch, an array a JSON Patch of the event. Prefect keeps it.",
    )
    dry_run: bool = Field(
        False, title="Dry run", description="Go the whole way and report, but write nothing to records or quarantine."
    )
    operator: str | None = Field(
        None, max_length=200, title="Operator", description="Who runs this. Empty: the configured one."
    )
    reason: str = Field("", max_length=2000, title="Reason", description="Why; kept with the run and the messages.")
    rules_file: SkipJsonSchema[str | None] = None
    # Secret, so that Prefect does not store it, and not a field of its form.
    body: SkipJsonSchema[SecretStr | None] = None

    def edit(self, rules_file: str | None) -> Edit:
        """The edit that is asked for, with the rules of `rules_file` unless the request names another.

        Raises:
            UsageError: it is not usable, or there are several.
            SettingsError: a rule is named, and there is no file of rules.
        """
        if sum(one is not None for one in (self.rule, self.patch, self.body)) > 1:
            raise UsageError("Give one of a rule, a patch and a body.", "Nothing was changed.")
        if self.rule is not None:
            return rule_called(self.rule, self.rules_file or rules_file)
        if self.patch is not None:
            return read_patch(self.patch)
        if self.body is not None:
            if len(self.message_ids) != 1:
                raise UsageError("A whole body belongs to one message.", "Name it by its ID; nothing was changed.")
            return NewBody(self.body.get_secret_value())
        return AsIs()

    def wanted(self, edit: Edit) -> MessageFilter:
        """The messages that are asked for; a rule alone asks for its own cause."""
        cause = self.cause
        if isinstance(edit, RepairRule) and not self.message_ids and cause is None:
            cause = edit.match.cause
        return MessageFilter(self.message_ids, cause, queue_name(self.queue) if self.queue else None)
