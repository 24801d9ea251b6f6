from __future__ import annotations

import logging
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from expectations.frames import ledger_frame, records_frame
from reclaim.model.outcome import Counts
from reclaim.model.validation import MAX_NAMED_ROWS
from tests.builders import CONTRACT
from tests.unit.expectations.conftest import validate_run

Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]


def test_importing_the_package_does_not_import_great_expectations() -> None:
    script = (
        "import sys, expectations, expectations.frames, expectations.validation;"
        "sys.exit('great_expectations' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_run_that_left_everything_in_order_passes(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    result = validate_run(records, ledger, counts)

    assert result.success
    assert result.failures == ()
    assert result.docs is None
    assert [suite.suite for suite in result.suites] == ["records", "ledger"]
    assert result.suites[0].expectations[0].checked == len(records)
    assert result.suites[1].expectations[0].checked == len(ledger)


def test_a_run_that_received_nothing_passes() -> None:
    result = validate_run(records_frame([], CONTRACT, None), ledger_frame([], {}), Counts())

    assert result.success
    assert result.failures == ()


def test_what_cannot_be_checked_is_a_failure_and_the_rest_is_checked_all_the_same(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    result = validate_run(records.drop(columns="billing.currency"), ledger, counts)

    assert not result.success
    assert [(e.expectation.partition(" (")[0], e.checked) for _, e in result.failures] == [
        ("Every client's billing.currency is there.", 0),
        ("Every client's billing.currency is an ISO 4217 code.", 0),
    ]
    assert all('"billing.currency" in BatchData does not exist' in e.expectation for _, e in result.failures)


def test_a_suite_that_cannot_run_fails_without_taking_the_other_with_it(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    result = validate_run(records, ledger.drop(columns="message_id"), counts)

    assert [suite.success for suite in result.suites] == [True, False]
    assert "message_id" in result.failures[0][1].expectation


def test_of_many_broken_rows_the_first_are_named_and_all_are_counted(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, tamper: Tamper
) -> None:
    many = pd.concat([records] * 100, ignore_index=True)
    many["record_key"] = pd.Series([f"cl_{n}" for n in range(300)], dtype="str")
    tamper(many, "country", dict.fromkeys(range(300), "usa"))

    failures = {e.expectation: e for _, e in validate_run(many, ledger, counts).failures}

    misspelt = failures["Every client's country is a two-letter code in capitals."]
    assert misspelt.unexpected == 300
    assert misspelt.unexpected_ids == tuple(f"cl_{n}" for n in range(MAX_NAMED_ROWS))


def test_rows_are_named_whatever_index_the_frame_comes_with(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, tamper: Tamper
) -> None:
    tamper(records, "name", {2: None})

    result = validate_run(records.iloc[::-1], ledger, counts)

    assert [e.unexpected_ids for _, e in result.failures] == [("cl_2",)]


def test_what_only_a_person_should_look_at_does_not_fail_the_run(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, tamper: Tamper
) -> None:
    tamper(records, "country", {0: "usa"})
    tamper(records, "billing.rate_minor", {1: 0})

    result = validate_run(records, ledger, counts)

    assert {e.severity for _, e in result.failures} == {"warning", "info"}
    assert result.success


def test_a_wrong_tracking_id_fails_the_run(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, tamper: Tamper
) -> None:
    tamper(records, "identity", {1: "trk_" + "0" * 26})

    result = validate_run(records, ledger, counts)

    assert not result.success
    assert [suite.success for suite in result.suites] == [False, True]


def test_the_frames_are_left_as_they_were(records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts) -> None:
    before = records.copy(), ledger.copy()

    validate_run(records, ledger, counts)

    pd.testing.assert_frame_equal(records, before[0])
    pd.testing.assert_frame_equal(ledger, before[1])


def test_two_runs_validated_at_once_do_not_disturb_each_other(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    def validate(counted: Counts) -> bool:
        return validate_run(records, ledger, counted).success

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(validate, [counts, Counts(), counts])) == [True, False, True]


def test_nothing_is_sent_and_nothing_is_said(
    records: pd.DataFrame,
    ledger: pd.DataFrame,
    counts: Counts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("somebody is being called")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    with caplog.at_level(logging.WARNING), warnings.catch_warnings(record=True) as warned:
        result = validate_run(records, ledger, counts, tmp_path / "validation")

    assert result.docs == "validation/index.html"
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []
    assert warned == []
