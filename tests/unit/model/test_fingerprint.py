from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.fingerprint import text_sha256
from tests.builders import a_message


@given(st.text(st.characters(codec="utf-8")))
def test_a_texts_fingerprint_is_that_of_its_utf_8_bytes(text: str) -> None:
    assert text_sha256(text) == hashlib.sha256(text.encode()).hexdigest()


def test_a_lone_surrogate_has_a_fingerprint_too() -> None:
    assert a_message("\ud800").body_sha256 == text_sha256("\ud800") != text_sha256("\ud801")
