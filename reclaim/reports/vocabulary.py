"""What each cause means, in words for somebody who did not write this program, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reclaim.model.errors import ExitCode
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState


@dataclass(frozen=True, slots=True)
class Meaning:
    """A cause explained.

    Attributes:
        outcome: what a message with this cause becomes.
        title: a few words.
        sentence: what is the matter.
        next_step: what a person does about it; empty where nothing is to be done.
    """

    outcome: Outcome
    title: str
    sentence: str
    next_step: str = ""


CAUSES: Final[dict[Cause, Meaning]] = {
    Cause.MISSING_ID: Meaning(
        Outcome.RECOVERED,
        "Tracking ID was missing",
        "The event had no tracking ID; it was regenerated and written.",
    ),
    Cause.CARRIED_ID: Meaning(
        Outcome.RECOVERED,
        "Tracking ID carried over",
        "The event had a tracking ID all along; it was written as it was.",
    ),
    Cause.ALREADY_RECOVERED: Meaning(
        Outcome.DUPLICATE,
        "Client already had its ID",
        "MongoDB already held the same client with a tracking ID; nothing was changed.",
    ),
    Cause.MALFORMED_JSON: Meaning(
        Outcome.QUARANTINED,
        "Body is not JSON",
        "The body cannot be read as JSON.",
        "Ask the producer for the event again, or mend the body and release it.",
    ),
    Cause.SCHEMA_VIOLATION: Meaning(
        Outcome.QUARANTINED,
        "Event breaks the schema",
        "The event is JSON, but a required field is absent or of the wrong form.",
        "Mend the named field and release the message, or write it off.",
    ),
    Cause.UNSUPPORTED_EVENT_TYPE: Meaning(
        Outcome.QUARANTINED,
        "Not a client.created event",
        "The message is an event of another type and was never meant for this queue.",
        "Find out who routes it here; resubmit it where it belongs.",
    ),
    Cause.UNSUPPORTED_SCHEMA_VERSION: Meaning(
        Outcome.QUARANTINED,
        "Unknown schema version",
        "The event has a schema version that this program does not know.",
        "Upgrade Reclaim, or ask the producer for the version it knows.",
    ),
    Cause.RECORD_CONFLICT: Meaning(
        Outcome.QUARANTINED,
        "Client exists with other terms",
        "A client with this ID already exists with another name or other billing.",
        "Find out with the client's owner which is right; money depends on it.",
    ),
    Cause.ID_CONFLICT: Meaning(
        Outcome.QUARANTINED,
        "Tracking ID conflict",
        "The event's tracking ID is not the one its client has, or belongs to another client.",
        "Never overwrite the existing ID: ask the owner of the client data which one is in use.",
    ),
    Cause.UNREADABLE_ENVELOPE: Meaning(
        Outcome.QUARANTINED,
        "Envelope cannot be opened",
        "The body came inside another service's message that could not be unwrapped.",
        "Look at the kept body; mend the envelope or resubmit the event without it.",
    ),
    Cause.PAYLOAD_UNAVAILABLE: Meaning(
        Outcome.QUARANTINED,
        "Payload is elsewhere",
        "The message only points to its body in a bucket, which was not fetched.",
        "Fetch the object it points to and resubmit it as the body.",
    ),
    Cause.STORE_UNAVAILABLE: Meaning(
        Outcome.DEFERRED,
        "Store was unavailable",
        "MongoDB could not take the message at that moment; it is still in the queue.",
        "Nothing by hand: once MongoDB is well, run the recovery again.",
    ),
    Cause.HALTED: Meaning(
        Outcome.DEFERRED,
        "Run was halted",
        "The run stopped before it came to the message; it is still in the queue.",
        "See why the run halted, then run the recovery again.",
    ),
}

OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.RECOVERED: "Because of this run the client now has its tracking ID in MongoDB. It was read back from a"
    " majority of the database before the message was deleted from the queue.",
    Outcome.DUPLICATE: "MongoDB already held the same client with a tracking ID. Nothing was changed; the message was"
    " deleted.",
    Outcome.QUARANTINED: "The message can never succeed as it is. Its body is kept whole in the ledger; the message was"
    " deleted from the queue. A person decides what becomes of it.",
    Outcome.DEFERRED: "The message could not be handled now. It is still in the queue and the next run will meet it"
    " again.",
}

STATES: Final[dict[RunState, str]] = {
    RunState.RUNNING: "Running",
    RunState.COMPLETED: "Completed",
    RunState.HALTED: "Halted",
    RunState.FAILED: "Failed",
    RunState.INTERRUPTED: "Interrupted",
}

EXIT_CODES: Final[dict[ExitCode, str]] = {
    ExitCode.DONE: "done",
    ExitCode.BUG: "a bug",
    ExitCode.NEEDS_A_PERSON: "done, but something needs a person",
    ExitCode.HALTED: "halted by the breaker or an operator",
    ExitCode.UNREACHABLE: "a dependency could not be reached",
    ExitCode.USAGE: "wrong usage or settings",
}

INTERVALS: Final[dict[str, str]] = {
    "waited": "from its first send until it was received",
    "record": "received until recorded",
    "decide": "recorded until decided",
    "write": "decided until written and read back",
    "settle": "written until settled",
    "handled": "received until settled",
}
"""What each of `reclaim.reports.latency.INTERVALS` says of a message."""

KINDS: Final[dict[str, str]] = {"recover": "Recovery", "ingest": "Ingestion", "release": "Release"}
"""What a run's report calls the run."""
