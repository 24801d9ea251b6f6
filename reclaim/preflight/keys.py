"""The keys: that they are set, and cannot be guessed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log2
from typing import Final, Self

from reclaim.model.identity import MIN_KEY_BYTES
from reclaim.preflight.items import Item, ItemCheck, holds, passed, skipped
from reclaim.preflight.result import Severity

MIN_ENTROPY_BITS: Final = 80.0
"""What the bytes of a key must at least hold, by their own frequencies. 32 random hexadecimal digits have some 115."""


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """What is known of the keys, without showing them.

    Attributes:
        tracking, evidence: None where the key is not set; else why it could be guessed, empty where nothing says so.
        evidence_in_kms: whether AWS KMS signs the evidence, with a key that nobody can read.
    """

    tracking: str | None
    evidence: str | None
    evidence_in_kms: bool = False

    @classmethod
    def of(cls, tracking: bytes, evidence: bytes, *, evidence_in_kms: bool) -> Self:
        """What is known of these keys; empty ones are not set."""
        found = weakness(evidence) if evidence else None
        if evidence and evidence == tracking:
            found = "is the tracking key: a service that may derive IDs could sign evidence"
        return cls(weakness(tracking) if tracking else None, found, evidence_in_kms)


def key_items() -> tuple[Item[KeysSeen], ...]:
    """That the tracking key and the key that signs evidence are there, and strong."""
    return (
        Item(
            "keys.tracking_present",
            "The tracking key is set",
            Severity.BLOCKING,
            "Set RECLAIM_TRACKING_KEY to the key of the service that creates identities.",
            lambda seen: holds(seen.tracking is not None, "set", "RECLAIM_TRACKING_KEY is not set"),
        ),
        Item(
            "keys.tracking_strong",
            "The tracking key is strong",
            Severity.BLOCKING,
            f"Use {MIN_KEY_BYTES} random bytes or more: `openssl rand -hex 32`.",
            lambda seen: _strong("RECLAIM_TRACKING_KEY", seen.tracking),
        ),
        Item(
            "keys.evidence_present",
            "A key signs the evidence",
            Severity.ADVISORY,
            "Set RECLAIM_EVIDENCE_KEY, or RECLAIM_EVIDENCE_KMS_KEY_ID.",
            _signed,
        ),
        Item(
            "keys.evidence_strong",
            "The evidence key is strong, and no other key",
            Severity.ADVISORY,
            f"Use {MIN_KEY_BYTES} random bytes of its own: `openssl rand -hex 32`.",
            lambda seen: (
                skipped("AWS KMS holds it.") if seen.evidence_in_kms else _strong("RECLAIM_EVIDENCE_KEY", seen.evidence)
            ),
        ),
    )


def _signed(seen: KeysSeen) -> ItemCheck:
    if seen.evidence_in_kms:
        return passed("AWS KMS signs")
    return holds(seen.evidence is not None, "set", "no key is set, so evidence is not signed")


def _strong(name: str, weak: str | None) -> ItemCheck:
    if weak is None:
        return skipped("There is no key.")
    return holds(not weak, "long and varied enough", f"{name} {weak}")


def weakness(key: bytes) -> str:
    """Why `key` could be guessed; empty if nothing speaks for that."""
    if len(key) < MIN_KEY_BYTES:
        return f"is only {len(key)} bytes long, {MIN_KEY_BYTES} are needed"
    if _repeats(key):
        return "repeats itself"
    if _entropy_bits(key) < MIN_ENTROPY_BITS:
        return "is made of too few different bytes"
    return ""


def _repeats(key: bytes) -> bool:
    """Whether it is one text, at most half as long, over and over, the last time perhaps cut off."""
    return any(key[period:] == key[:-period] for period in range(1, len(key) // 2 + 1))


def _entropy_bits(key: bytes) -> float:
    counts = Counter(key).values()
    return -sum(count * log2(count / len(key)) for count in counts)
