"""Observations and what they say: samples, keys, clocks."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from reclaim.model.clock import ManualClock
from reclaim.model.errors import ExitCode, UsageError
from reclaim.preflight.checking import run_preflight
from reclaim.preflight.items import skew_seconds
from reclaim.preflight.keys import KeysSeen, weakness
from reclaim.preflight.result import Preflight, Status
from reclaim.preflight.samples import inspect_samples, read_events
from reclaim.preflight.views import headline, markdown, rows, table_rows
from reclaim.requests import PreflightRequest
from reclaim.settings import read_settings
from tests.builders import CONTRACT, KEY, a_body, an_event, at, derived
from tests.unit.preflight.checklists import OURS, a_checklist, checklist_data


def good(record_key: str = "cl_1") -> str:
    return a_body(record_key, tracking_id=derived(record_key))


def offline(events: Path | None, checklist: Path = OURS) -> Preflight:
    request = PreflightRequest(checklist=str(checklist), events=str(events) if events else None, offline=True)
    return run_preflight(request, read_settings(), CONTRACT, ManualClock(), None)


# --- samples -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_are_absent(nothing: str | None) -> None:
    seen = inspect_samples("here", [good(), a_body(tracking_id=nothing)], a_checklist(), CONTRACT)

    assert +seen.absent == {"client.tracking_id": 1}
    assert not +seen.malformed


def test_a_field_is_absent_with_everything_around_it() -> None:
    event = an_event()
    del event["client"]
    seen = inspect_samples("here", [json.dumps(event)], a_checklist(), CONTRACT)

    assert set(+seen.absent) == {field for field in seen.absent if field.startswith("client.")}


def test_events_are_found_in_their_envelopes_and_what_is_no_event_is_passed_over() -> None:
    wrapped = json.dumps({"Type": "Notification", "TopicArn": "arn", "Message": good()})
    other = json.dumps({"event_type": "client.deleted", "client": {}})
    seen = inspect_samples("here", [wrapped, other, "{", "[]", '"text"'], a_checklist(), CONTRACT)

    assert seen.events == 1
    assert not +seen.absent


def test_an_event_that_lost_its_type_still_counts() -> None:
    event = an_event(tracking_id=derived())
    del event["event_type"]

    assert +inspect_samples("here", [json.dumps(event)], a_checklist(), CONTRACT).absent == {"event_type": 1}


def test_samples_come_from_a_file_or_all_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(good("cl_1") + "\n\n" + good("cl_2") + "\n")
    (tmp_path / "b.json").write_text(good("cl_3"))
    (tmp_path / "notes.txt").write_text("no event")

    assert len(read_events(str(tmp_path))) == 3
    assert len(read_events(str(tmp_path / "a.jsonl"))) == 2


def test_samples_that_cannot_be_read_are_a_matter_of_usage() -> None:
    with pytest.raises(UsageError, match="/no/such/file cannot be read: No such file"):
        read_events("/no/such/file")


@pytest.mark.parametrize("text", ["", "\n\n", "{\n", '{"event_type": "client.deleted"}'])
def test_samples_without_any_event_do_not_pass_for_good_ones(text: str, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"holds no client\.created event"):
        offline(file)


# --- offline: a step of the producer's CI --------------------------------------------------------------------


def test_offline_with_good_samples_passes(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(good())
    found = offline(file)

    assert found.exit_code == ExitCode.DONE
    assert found.counts["pass"] == 24
    assert {one.family for one in found.having(Status.SKIP)} == {"keys", "queue", "store", "alarms", "orchestrator"}


def test_a_release_that_drops_the_tracking_id_fails_and_names_owner_and_contact(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(good() + "\n" + a_body("cl_2"))
    (finding,) = offline(file).failed

    assert finding.code == "events.client.tracking_id"
    assert finding.seen.startswith("client.tracking_id is absent in 1 of 2 events")
    assert "client-platform owns it" in finding.seen
    assert [contact.call for contact in finding.call] == [checklist_data()["teams"]["client-platform"]["call"]]


def test_no_value_of_an_event_is_ever_shown(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(a_body(name=7, country="SECRET-COUNTRY", tracking_id="SECRET-ID"))
    found = offline(file)

    assert len(found.failed) == 3
    assert "SECRET" not in found.model_dump_json() + markdown(found) + str(table_rows(found))


# --- keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (b"x" * 31, "31 bytes"),
        (b"x" * 32, "repeats itself"),
        (b"0123456789abcdef" * 4, "repeats itself"),
        (b"password" * 4 + b"pass", "repeats itself"),
        (b"a" * 40 + b"bc", "too few different bytes"),
    ],
)
def test_a_key_that_could_be_guessed_is_weak(key: bytes, said: str) -> None:
    assert said in weakness(key)


@pytest.mark.parametrize("key", [bytes(range(32)), b"8f3c2a9d7e41b6055c1d0fa9e2b74836", KEY])
def test_a_key_of_varied_bytes_is_strong(key: bytes) -> None:
    assert weakness(key) == ""


def test_one_key_for_two_purposes_is_weak() -> None:
    seen = KeysSeen.of(KEY, KEY, evidence_in_kms=False)

    assert seen.tracking == ""
    assert "is the tracking key" in str(seen.evidence)
    assert KEY.decode() not in str(seen)


# --- clocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "resolution", "skew"),
    [
        (1, 0, 0),  # between question and answer
        (9, 0, 7),
        (-6, 0, -6),
        (-0.5, 1, 0),  # cut to seconds: it may be half a second later
        (-6, 1, -5),
    ],
)
def test_a_clock_is_off_by_what_asking_leaves_no_doubt_about(theirs: float, resolution: int, skew: float) -> None:
    assert skew_seconds(at(0), at(2), at(theirs), timedelta(seconds=resolution)) == skew


# --- views ---------------------------------------------------------------------------------------------------


def test_what_came_out_alike_is_one_row_and_what_failed_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(a_body(country="us"))
    shown = [code for code, _ in rows(offline(file))]

    assert "ownership.* (11)" in shown
    assert {"events.client.country", "events.client.tracking_id"} <= set(shown)


def test_the_result_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(a_body())

    assert headline(offline(file)) == "Of 47 items 1 fails, 0 of them blocking."
    assert headline(offline(None)) == "All 13 items pass, 34 skipped."
    assert "pager client-platform" in markdown(offline(file))
