"""Writes the messages of an outage, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from reclaim.contracts.client_created import SCHEMA_VERSION
from reclaim.local.outage.drafts import ABSENT, Desk, Draft, render
from reclaim.local.outage.malformations import malformed
from reclaim.local.outage.mix import Kind
from reclaim.local.outage.planned import PlannedMessage, Standing, message_attributes
from reclaim.local.outage.profiles import Profile
from reclaim.local.outage.violations import violation
from reclaim.local.outage.wrappings import (
    in_eventbridge,
    in_lambda_destination,
    in_sns,
    s3_pointer,
    unreadable,
)

_WRAP: Final = MappingProxyType(
    {Kind.SNS: in_sns, Kind.EVENTBRIDGE: in_eventbridge, Kind.LAMBDA_DESTINATION: in_lambda_destination}
)


class MessageWriter:
    """Writes messages and keeps the books of the clients they are about.

    Args:
        desk: drafts the events.
        veterans: clients that MongoDB holds with their issued IDs.

    Attributes:
        messages: what was written so far, kind by kind.
        standings: where a recovery leaves each client that a message is about.
        known: those that MongoDB is to hold beforehand, with the `tracking_id` each has there or lacks.
    """

    def __init__(self, desk: Desk, veterans: Sequence[Profile]) -> None:
        self._desk = desk
        self._rng = desk.rng
        self._veterans = veterans
        self._brought: list[Draft] = []
        self.messages: list[PlannedMessage] = []
        self.standings: dict[Profile, Standing] = {}
        self.known: dict[Profile, str | None] = {}

    def write(self, counts: Mapping[Kind, int]) -> None:
        """Write so many of each kind.

        Raises:
            ValueError: fewer messages that bring a client than messages that follow up on one.
        """
        for kind in sorted(counts, key=_FOLLOW_UPS.__contains__):
            for turn in range(counts[kind]):
                _WRITERS[kind](self, kind, turn)

    def _client(self, standing: Standing) -> Profile:
        profile = self._desk.profiles.draw()
        self.standings[profile] = standing
        return profile

    def _draft(self, standing: Standing) -> Draft:
        return self._desk.draft(self._client(standing), None)

    def _add(self, kind: Kind, body: str, client_id: str | None) -> None:
        self.messages.append(PlannedMessage(kind, body, client_id, message_attributes(self._rng)))

    def _add_draft(self, kind: Kind, draft: Draft) -> None:
        self._add(kind, render(draft.payload()), draft.profile.client_id)

    def missing(self, kind: Kind, _turn: int) -> None:
        """An event that only lacks its tracking ID, in one of the three ways."""
        lacking = {Kind.MISSING_NULL: None, Kind.MISSING_ABSENT: ABSENT, Kind.MISSING_EMPTY: ""}[kind]
        self._brought.append(self._desk.draft(self._client(Standing.RECOVERED), lacking))
        self._add_draft(kind, self._brought[-1])

    def carried(self, kind: Kind, _turn: int) -> None:
        """An event with an ID of its own."""
        profile = self._client(Standing.RECOVERED)
        self._brought.append(self._desk.draft(profile, profile.issued_id))
        self._add_draft(kind, self._brought[-1])

    def wrapped(self, kind: Kind, _turn: int) -> None:
        """A repairable event in an envelope."""
        draft = self._draft(Standing.RECOVERED)
        self._add(kind, _WRAP[kind](draft, self._rng), draft.profile.client_id)

    def known_without_id(self, kind: Kind, turn: int) -> None:
        """The event of a client that somebody created by hand, without an ID in one of the three ways."""
        draft = self._draft(Standing.RECOVERED)
        self.known[draft.profile] = (None, ABSENT, "")[turn % 3]
        self._add_draft(kind, draft)

    def known_with_id(self, kind: Kind, turn: int) -> None:
        """The event of a client that is all right; every other one carries the ID that it has."""
        profile = self._known_client()
        self._add_draft(kind, self._desk.draft(profile, profile.issued_id if turn % 2 else None))

    def agreeing(self, kind: Kind, _turn: int) -> None:
        """A later event that says the same, down to the ID: another would let the first to arrive decide."""
        self._add_draft(kind, self._later())

    def conflicting(self, kind: Kind, turn: int) -> None:
        """A later event with another rate or name, or one with another rate than MongoDB holds."""
        against_store = turn % 3 == 2  # noqa: PLR2004
        draft = self._desk.draft(self._known_client(), None) if against_store else self._later()
        payload = draft.payload()
        if turn % 3 == 1:
            payload["client"]["name"] = f"{draft.profile.name[:1000]} Worldwide"
        else:
            payload["client"]["billing"]["rate_minor"] += self._rng.randint(1, 900)
        self._add(kind, render(payload), draft.profile.client_id)

    def other_tracking_id(self, kind: Kind, turn: int) -> None:
        """An event with another ID than its client has, or with one that is a veteran's."""
        if turn % 2:
            profile = self._client(Standing.AWAITING)
            tracking_id = self._rng.choice(self._veterans).issued_id
        else:
            profile = self._known_client()
            tracking_id = profile.other_id
        self._add_draft(kind, self._desk.draft(profile, tracking_id))

    def malformed(self, kind: Kind, turn: int) -> None:
        """A body that is no JSON; nobody can say whose it is."""
        self._add(kind, malformed(self._draft(Standing.UNKNOWN), self._rng, turn), None)

    def violating(self, kind: Kind, turn: int) -> None:
        """A body that breaks the schema."""
        draft = self._draft(Standing.UNKNOWN)
        payload, names_client = violation(draft, turn)
        if names_client:
            self.standings[draft.profile] = Standing.AWAITING
        self._add(kind, render(payload), draft.profile.client_id if names_client else None)

    def unsupported(self, kind: Kind, turn: int) -> None:
        """Another event, or one of a version to come."""
        draft = self._draft(Standing.AWAITING)
        change: dict[str, Any] = {"schema_version": SCHEMA_VERSION + 1 + turn}
        if kind is Kind.UNSUPPORTED_TYPE:
            change = {"event_type": ("client.updated", "client.deleted", "job.created")[turn % 3]}
        self._add(kind, render(draft.payload() | change), draft.profile.client_id)

    def unreadable(self, kind: Kind, turn: int) -> None:
        """An envelope with nothing readable inside."""
        self._add(kind, unreadable(self._draft(Standing.UNKNOWN), self._rng, turn), None)

    def pointer(self, kind: Kind, _turn: int) -> None:
        """A pointer to S3."""
        self._add(kind, s3_pointer(self._draft(Standing.UNKNOWN), self._rng), None)

    def _known_client(self) -> Profile:
        profile = self._client(Standing.KNOWN)
        self.known[profile] = profile.issued_id
        return profile

    def _later(self) -> Draft:
        """Another, later event of a client that one message brings; no client is followed up twice."""
        if not self._brought:
            raise ValueError("a mix needs a message that brings a client for each that follows up on one")
        position = self._rng.randrange(len(self._brought))
        self._brought[position], self._brought[-1] = self._brought[-1], self._brought[position]
        first = self._brought.pop()
        return self._desk.draft(first.profile, first.tracking_id, after=first.occurred_at)


_FOLLOW_UPS: Final = frozenset({Kind.AGREEING_DUPLICATE, Kind.RECORD_CONFLICT})

_WRITERS: Final[Mapping[Kind, Callable[[MessageWriter, Kind, int], None]]] = MappingProxyType(
    {
        Kind.MISSING_NULL: MessageWriter.missing,
        Kind.MISSING_ABSENT: MessageWriter.missing,
        Kind.MISSING_EMPTY: MessageWriter.missing,
        Kind.CARRIED: MessageWriter.carried,
        Kind.SNS: MessageWriter.wrapped,
        Kind.EVENTBRIDGE: MessageWriter.wrapped,
        Kind.LAMBDA_DESTINATION: MessageWriter.wrapped,
        Kind.KNOWN_WITHOUT_ID: MessageWriter.known_without_id,
        Kind.AGREEING_DUPLICATE: MessageWriter.agreeing,
        Kind.KNOWN_WITH_ID: MessageWriter.known_with_id,
        Kind.RECORD_CONFLICT: MessageWriter.conflicting,
        Kind.ID_CONFLICT: MessageWriter.other_tracking_id,
        Kind.MALFORMED: MessageWriter.malformed,
        Kind.SCHEMA_VIOLATION: MessageWriter.violating,
        Kind.UNSUPPORTED_TYPE: MessageWriter.unsupported,
        Kind.UNSUPPORTED_VERSION: MessageWriter.unsupported,
        Kind.UNREADABLE_ENVELOPE: MessageWriter.unreadable,
        Kind.S3_POINTER: MessageWriter.pointer,
    }
)
