"""What causes, outcomes and states mean, in words for somebody who did not write this program, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from reclaim.contracts.contract import Words
from reclaim.model.errors import ExitCode
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState
from reclaim.text.printable import capitalized


@dataclass(frozen=True, slots=True)
class CauseMeaning:
    """A cause explained.

    Attributes:
        title: a few words.
        sentence: what happened.
        next_step: what a person does about it; empty where nothing is to be done.
    """

    title: str
    sentence: str
    next_step: str = ""


@cache
def cause_meanings(words: Words) -> Mapping[Cause, CauseMeaning]:
    """Every cause explained, in the words of a contract."""
    return {
        cause: replace(
            meaning,
            title=_filled(meaning.title, words),
            sentence=_filled(meaning.sentence, words),
            next_step=_filled(meaning.next_step, words),
        )
        for cause, meaning in _CAUSES.items()
    }


@cache
def outcome_meanings(words: Words) -> Mapping[Outcome, str]:
    """Every outcome explained, in the words of a contract."""
    return {outcome: _filled(sentence, words) for outcome, sentence in _OUTCOMES.items()}


def _filled(text: str, words: Words) -> str:
    return text.format(
        record=words.record,
        records=words.records,
        identity=words.identity,
        identities=words.identities,
        Record=capitalized(words.record),
        Identity=capitalized(words.identity),
    )


_CAUSES: Final[dict[Cause, CauseMeaning]] = {
    Cause.MISSING_ID: CauseMeaning(
        "{Identity} was missing",
        "The event had no {identity}; it was regenerated and written.",
    ),
    Cause.CARRIED_ID: CauseMeaning(
        "{Identity} carried over",
        "The event had its {identity}; it was written as it was.",
    ),
    Cause.ALREADY_RECOVERED: CauseMeaning(
        "{Record} already had its {identity}",
        "MongoDB already held the same {record} with its {identity}; nothing was changed.",
    ),
    Cause.MALFORMED_JSON: CauseMeaning(
        "Body is not JSON",
        "The body cannot be read as JSON.",
        "Ask the producer for the event again, or correct the body and release the message.",
    ),
    Cause.SCHEMA_VIOLATION: CauseMeaning(
        "Event breaks the schema",
        "The event is JSON, but a required field is absent or of the wrong form.",
        "Correct the named field and release the message, or discard it.",
    ),
    Cause.UNSUPPORTED_EVENT_TYPE: CauseMeaning(
        "Event of another type",
        "The message is an event of another type and was never meant for this queue.",
        "Find out what routes it here; send it to the queue where it belongs.",
    ),
    Cause.UNSUPPORTED_SCHEMA_VERSION: CauseMeaning(
        "Unknown schema version",
        "The event has a schema version that the contract does not know.",
        "Have the contract extended, or ask the producer for the version it knows.",
    ),
    Cause.RECORD_CONFLICT: CauseMeaning(
        "{Record} exists with other values",
        "Another event of this {record} was written first, and the two differ in a field that must agree.",
        "Find out with the owner of the {records} which of the two is right; what was written first stands until then.",
    ),
    Cause.ID_CONFLICT: CauseMeaning(
        "{Identity} conflict",
        "The event's {identity} is not the one that its {record} has, or belongs to another {record}.",
        "Never overwrite the existing {identity}: ask the owner of the {records} which one is in use.",
    ),
    Cause.UNREADABLE_ENVELOPE: CauseMeaning(
        "Envelope cannot be opened",
        "The body came inside another service's message that could not be unwrapped.",
        "See the body in the ledger; correct the envelope or send the event again without it.",
    ),
    Cause.PAYLOAD_UNAVAILABLE: CauseMeaning(
        "Payload is elsewhere",
        "The message only points to its body in a bucket, which was not fetched.",
        "Fetch the object it points to and release the message with that as its body.",
    ),
    Cause.UNUSABLE_RECORD: CauseMeaning(
        "{Record} in MongoDB cannot be used",
        "MongoDB holds a document under this key that cannot be read as the contract says, or cannot take the write.",
        "Correct the document in MongoDB, then release the message.",
    ),
    Cause.STORE_UNAVAILABLE: CauseMeaning(
        "Store was unavailable",
        "MongoDB could not take the message at that moment; it is still in the queue.",
        "Once MongoDB answers again, run the recovery again.",
    ),
    Cause.HALTED: CauseMeaning(
        "Run was halted",
        "The run stopped before it handled the message; it is still in the queue.",
        "See why the run halted, then run the recovery again.",
    ),
}

_OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.RECOVERED: "Because of this run the {record} now has its {identity} in MongoDB. It was read back from a"
    " majority of the database before the message was deleted from the queue.",
    Outcome.DUPLICATE: "MongoDB already held the same {record} with its {identity}. Nothing was changed; the message"
    " was deleted.",
    Outcome.QUARANTINED: "The message can never succeed as it is. Its body is kept whole in the ledger; the message was"
    " deleted from the queue. A person decides what becomes of it.",
    Outcome.DEFERRED: "The message could not be handled now. It is still in the queue, and the next run receives it"
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
"""What each of `reclaim.reports.survey.INTERVALS` says of a message."""

KINDS: Final[dict[str, str]] = {"recover": "Recovery", "ingest": "Ingestion", "release": "Release"}
"""What a run's report calls the run."""
