"""Derives identities: deterministic, so that a rerun anywhere is a no-op; keyed, so that they cannot be guessed.

The prefix + 26 lower-case Crockford base32 characters of the first 128 bits of ``HMAC-SHA256(key, context + record
key)``. The 128 bits are read as one big-endian integer, left-padded with two zero bits to 130 = 26 x 5. The alphabet is
Douglas Crockford's (https://www.crockford.com/base32.html), without i, l, o and u.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

MIN_KEY_BYTES: Final = 32
"""A key shorter than the hash's output weakens HMAC-SHA256 (RFC 2104, section 3)."""

_CHARACTERS: Final = "[0-9a-hjkmnp-tv-z]{26}"
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(a + b for a, b in product(_ALPHABET, repeat=2))
_SHIFTS: Final = tuple(range(120, -1, -10))


@dataclass(frozen=True, slots=True)
class IdentityScheme:
    """How an identity is derived from a record's key, and what form an existing one has.

    Attributes:
        prefix: what every identity begins with, such as ``ot_``.
        hmac_context: comes before the record key in what is hashed, such as ``order:``, so that records of different
            contracts with the same key never share an identity.
    """

    prefix: str
    hmac_context: str

    @property
    def pattern(self) -> str:
        """The form as a regular expression, anchored at both ends."""
        return f"^{re.escape(self.prefix)}{_CHARACTERS}$"

    @property
    def form(self) -> str:
        """The form in words."""
        return f"{self.prefix} and 26 base32 characters"

    def derive(self, record_key: str, key: bytes) -> str:
        """The one identity of the record under `key` (at least `MIN_KEY_BYTES` long)."""
        digest = hmac.digest(key, (self.hmac_context + record_key).encode(), hashlib.sha256)
        number = int.from_bytes(digest[:16], "big")
        return self.prefix + "".join([_PAIRS[(number >> shift) & 0x3FF] for shift in _SHIFTS])

    def is_identity(self, value: object) -> bool:
        """Whether `value` has the form of an identity (not whether any record has it)."""
        return isinstance(value, str) and _compiled(self.prefix).fullmatch(value) is not None


@cache
def _compiled(prefix: str) -> re.Pattern[str]:
    return re.compile(re.escape(prefix) + _CHARACTERS)
