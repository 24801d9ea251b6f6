"""A quarantined entry as a message again: what goes through the pipeline when it is released.

Each released message is a new entry of the ledger, whose ID is that of the original with ``~1`` behind it (``~2`` for
one that is released again, and so on). Because the ID is always the same, releasing twice is releasing once; because
the original is resolved last, a release that was killed is finished by the next one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message, ReleasedFrom
from reclaim.quarantine.edits import DoesNotApply, Edit

_GENERATION: Final = re.compile(r"(?s)(.+)~([1-9][0-9]*)")

_MAX_BODY_BYTES: Final = 2**20
"""No message of SQS is larger."""


class ReleaseOrder:
    """What one run releases, and how it edits that. A plain class: the orchestrator may leave it alone.

    Attributes:
        queue: the queue that the messages once came from.
        message_ids: the originals.
        run_id, operator, reason: stand in their resolutions.
    """

    __slots__ = ("edit", "message_ids", "operator", "queue", "reason", "run_id")

    def __init__(
        self, *, queue: str, message_ids: tuple[str, ...], edit: Edit, run_id: str, operator: str, reason: str
    ) -> None:
        self.queue = queue
        self.message_ids = message_ids
        self.edit = edit
        self.run_id = run_id
        self.operator = operator
        self.reason = reason


def released_id(message_id: str) -> str:
    """The ID of the message that this one becomes when it is released: ``m`` → ``m~1`` → ``m~2``."""
    found = _GENERATION.fullmatch(message_id)
    return f"{found[1]}~{int(found[2]) + 1}" if found else f"{message_id}~1"


def released(entry: LedgerEntry, held: Mapping[str, LedgerEntry], edit: Edit, operator: str, now: datetime) -> Message:
    """The message that `entry` becomes.

    Args:
        entry: the original.
        held: what the ledger has under the new IDs. A release that was begun is finished as it was begun: what was
            written down first counts, whatever the edit is now.
        edit: makes the new body.
        operator: who releases it.
        now: when it is said to have been received, UTC.

    Raises:
        DoesNotApply: the edit does not fit this message.
    """
    new_id = released_id(entry.message_id)
    begun = held.get(new_id)
    label = edit.label
    return Message(
        message_id=new_id,
        receipt_handle=entry.message_id,
        body=begun.body if begun else _fitting(edit.body_of(entry)),
        sent_at=entry.steps.get("sent", now),
        received_at=now,
        attributes=entry.attributes,
        message_attributes=entry.message_attributes,
        released_from=begun.released_from
        if begun
        else ReleasedFrom(entry.message_id, operator, label.edit, label.sha256, label.rule, label.rule_version),
    )


def _fitting(body: str) -> str:
    try:
        size = len(body.encode())
    except UnicodeEncodeError as error:
        raise DoesNotApply("what comes of it is no valid Unicode text") from error
    if size > _MAX_BODY_BYTES:
        raise DoesNotApply(f"what comes of it is larger than {_MAX_BODY_BYTES:,} bytes")
    return body
