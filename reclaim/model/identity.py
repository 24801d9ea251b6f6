"""The tracking ID of a client: deterministic, so a rerun anywhere is a no-op; keyed, so nobody can guess one.

``trk_`` + 26 lower-case Crockford base32 characters of the first 128 bits of
``HMAC-SHA256(key, "client:" + client_id)``. The 128 bits are read as one big-endian integer, left-padded
with two zero bits to 130 = 26 x 5. The alphabet is Douglas Crockford's (https://www.crockford.com/base32.html),
without i, l, o and u.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from itertools import product
from typing import Final

MIN_KEY_BYTES: Final = 32
"""A key shorter than the hash's output weakens HMAC-SHA256 (RFC 2104, section 3)."""

TRACKING_ID_PATTERN: Final = r"^trk_[0-9a-hjkmnp-tv-z]{26}$"

_TRACKING_ID = re.compile(r"trk_[0-9a-hjkmnp-tv-z]{26}")
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(a + b for a, b in product(_ALPHABET, repeat=2))
_SHIFTS: Final = tuple(range(120, -1, -10))


def derive_tracking_id(client_id: str, key: bytes) -> str:
    """The one tracking ID of `client_id` under `key` (at least `MIN_KEY_BYTES` long)."""
    digest = hmac.digest(key, b"client:" + client_id.encode(), hashlib.sha256)
    number = int.from_bytes(digest[:16], "big")
    return "trk_" + "".join([_PAIRS[(number >> shift) & 0x3FF] for shift in _SHIFTS])


def is_tracking_id(value: str) -> bool:
    """Whether `value` has the form of a tracking ID (not whether it belongs to anybody)."""
    return _TRACKING_ID.fullmatch(value) is not None
