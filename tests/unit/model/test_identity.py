"""Derived identities, compared with an independent reading of their definition and with fixed vectors."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.contracts.client_created import TRACKING_ID
from reclaim.model.identity import IdentityScheme
from tests.builders import CONTRACT

KEY = b"0123456789abcdef0123456789abcdef"
OTHER_KEY = b"0123456789abcdef0123456789abcdeF"

VECTORS = [
    ("cl_1", "trk_14e7m152rjm099r60snhrk6f2x"),
    ("cl_0000000042", "trk_7f0gvpncgtm299hrw4egpzhkg8"),
    ("A.b:C-d_9", "trk_4q879e0edektvpbwh0w22xr2m4"),
]


def by_definition(record_key: str, key: bytes) -> str:
    """The definition, bit by bit: 128 bits of the HMAC after two zero bits, five bits a character."""
    digest = hmac.new(key, ("client:" + record_key).encode("utf-8"), hashlib.sha256).digest()
    bits = "00" + "".join(f"{byte:08b}" for byte in digest[:16])
    groups = [bits[start : start + 5] for start in range(0, 130, 5)]
    crockford = [c for c in "0123456789abcdefghijklmnopqrstuvwxyz" if c not in "ilou"]
    return "trk_" + "".join(crockford[int(group, 2)] for group in groups)


@pytest.mark.parametrize(("record_key", "identity"), VECTORS)
def test_the_fixed_vectors_come_out(record_key: str, identity: str) -> None:
    assert TRACKING_ID.derive(record_key, KEY) == identity


@given(st.from_regex(CONTRACT.key_kind.pattern, fullmatch=True), st.binary(min_size=32, max_size=80))
@settings(max_examples=200, deadline=None)
def test_every_id_is_what_the_definition_says(record_key: str, key: bytes) -> None:
    derived = TRACKING_ID.derive(record_key, key)

    assert derived == by_definition(record_key, key)
    assert TRACKING_ID.is_identity(derived)
    assert re.match(TRACKING_ID.pattern, derived)
    assert derived[4] in "01234567"  # two zero bits lead


def test_another_key_or_another_record_has_another_identity() -> None:
    ids = {TRACKING_ID.derive(c, k) for c in ("cl_1", "cl_2", "CL_1") for k in (KEY, OTHER_KEY)}

    assert len(ids) == 6


@pytest.mark.parametrize(
    "value",
    [
        "",
        "trk_",
        "TRK_" + "0" * 26,
        "trk_" + "0" * 25,
        "trk_" + "0" * 27,
        "trk_" + "i" * 26,
        "trk_" + "0" * 26 + "\n",
        "x" + "trk_" + "0" * 26,
    ],
)
def test_what_is_not_of_the_form_is_no_identity(value: str) -> None:
    assert not TRACKING_ID.is_identity(value)


def test_two_schemes_never_share_an_identity_and_a_prefix_is_taken_as_it_is() -> None:
    other = IdentityScheme(prefix="o.t_", hmac_context="order:")

    assert other.derive("cl_1", KEY)[4:] != TRACKING_ID.derive("cl_1", KEY)[4:]
    assert other.is_identity(other.derive("cl_1", KEY))
    assert not other.is_identity("oxt_" + "0" * 26)
    assert re.match(other.pattern, "o.t_" + "0" * 26)
    assert not re.match(other.pattern, "oxt_" + "0" * 26)
