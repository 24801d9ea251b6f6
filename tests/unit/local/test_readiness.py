from __future__ import annotations

import json
from pathlib import Path

import pytest

from reclaim.local.ports import LOOPBACK
from reclaim.local.readiness import answers, last_words


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "service.log"


def test_the_last_line_of_a_log_is_quoted(log: Path) -> None:
    log.write_text("one\nthe last\n\n  \n")

    assert last_words(log) == "the last"


def test_in_a_log_of_json_lines_the_last_error_says_more_than_the_last_line(log: Path) -> None:
    entries = [
        {"s": "I", "msg": "Starting"},
        {"s": "E", "msg": "Failed to set up listener", "attr": {"error": "Address already in use"}},
        {"s": "I", "msg": "Now exiting"},
    ]
    log.write_text("\n".join(json.dumps(entry) for entry in entries))

    assert last_words(log) == "Failed to set up listener Address already in use"


def test_a_log_of_json_lines_without_an_error_is_quoted_by_its_message(log: Path) -> None:
    log.write_text(json.dumps({"s": "I", "msg": "Now exiting"}))

    assert last_words(log) == "Now exiting"


def test_only_the_end_of_a_long_log_is_read(log: Path) -> None:
    log.write_text("x" * 10_000_000 + "\nthe end")

    assert last_words(log) == "the end"


def test_an_empty_or_absent_log_says_nothing(log: Path) -> None:
    assert last_words(log) == ""
    log.touch()
    assert last_words(log) == ""


def test_where_nobody_listens_nothing_answers() -> None:
    assert not answers(f"http://{LOOPBACK}:9/")
