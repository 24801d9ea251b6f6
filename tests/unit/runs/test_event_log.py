"""I11: the log tells every step of every message, and never a body."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from reclaim.model.outcome import Cause, Outcome
from reclaim.runs.event_log import FIELDS, EventLog
from tests.builders import NOW, RUN


def lines(log: EventLog) -> list[dict[str, str]]:
    return [json.loads(line) for line in log.path.read_text().splitlines()]


def test_a_line_says_when_which_run_which_step_and_which_message(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "made by the log" / "events.jsonl")

    log.write(
        RUN, "settled", NOW, [{"message_id": "m-1", "outcome": Outcome.QUARANTINED, "cause": Cause.MALFORMED_JSON}]
    )

    assert lines(log) == [
        {
            "at": "2026-11-20T08:15:30.123000+00:00",
            "run_id": RUN,
            "step": "settled",
            "message_id": "m-1",
            "outcome": "quarantined",
            "cause": "malformed_json",
        }
    ]


def test_what_is_no_field_of_the_log_stays_out_of_it(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")

    log.write(RUN, "recorded", NOW, [{"message_id": "m-1", "body": "s3cret", "detail": "s3cret", "name": "s3cret"}])

    assert "s3cret" not in log.path.read_text()
    assert set(lines(log)[0]) <= set(FIELDS)


def test_a_step_of_no_message_makes_no_file(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")

    log.write(RUN, "received", NOW, [])

    assert not log.path.exists()


def test_lines_of_many_threads_stay_whole(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    threads = [
        threading.Thread(
            target=log.write, args=(RUN, "decided", NOW, [{"message_id": f"m-{t}-{n}"} for n in range(50)])
        )
        for t in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({line["message_id"] for line in lines(log)}) == 400
