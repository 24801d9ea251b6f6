"""One message of an outage, with what must become of it, and where a recovery leaves the clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from reclaim.local.outage.mix import EXPECTED, Kind
from reclaim.model.fingerprint import text_sha256
from reclaim.model.outcome import Cause, Outcome


class Standing(Enum):
    """Where one complete recovery leaves a client."""

    RECOVERED = auto()
    """In MongoDB, because of the recovery."""
    KNOWN = auto()
    """In MongoDB all along, with its ID."""
    AWAITING = auto()
    """Not in MongoDB, but a quarantined message names it."""
    UNKNOWN = auto()
    """Not in MongoDB, and no message names it."""


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message to be sent.

    Attributes:
        client_id: the client that the body names to a reader; None where it names none.
        attributes: the sender's message attributes; bytes are sent as binary.
    """

    kind: Kind
    body: str
    client_id: str | None
    attributes: Mapping[str, str | bytes]

    @property
    def outcome(self) -> Outcome:
        """What one complete recovery makes of it."""
        return EXPECTED[self.kind][0]

    @property
    def cause(self) -> Cause:
        """Why."""
        return EXPECTED[self.kind][1]

    @property
    def body_sha256(self) -> str:
        """The fingerprint of the body's UTF-8 bytes, in hexadecimal; no other message of the outage has it."""
        return text_sha256(self.body)


def message_attributes(rng: Random) -> dict[str, str | bytes]:
    """What a producer attaches: nearly always a W3C trace context, now and then a binary checksum."""
    attributes: dict[str, str | bytes] = {"producer": "client-service"}
    draw = rng.random()
    if draw < 0.95:  # noqa: PLR2004
        attributes["traceparent"] = f"00-{rng.getrandbits(128):032x}-{rng.getrandbits(64):016x}-01"
    if draw < 0.02:  # noqa: PLR2004
        attributes["checksum"] = rng.randbytes(16)
    return attributes
