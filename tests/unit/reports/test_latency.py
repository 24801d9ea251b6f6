"""Latencies of single messages, from the ledger's times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reclaim.reports.html import render_html
from reclaim.reports.model import MessageLatency
from reclaim.reports.survey import INTERVALS, Latencies
from reclaim.reports.vocabulary import INTERVALS as WORDS
from reclaim.text.figures import elapsed
from tests.unit.reports.conftest import MakeReport

START = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)


def taking(milliseconds: float) -> dict[str, datetime | None]:
    return {"received": START, "settled": START + timedelta(milliseconds=milliseconds)}


def test_percentiles_are_latencies_that_messages_really_had() -> None:
    latencies = Latencies()
    for milliseconds in range(200, 0, -1):
        latencies.add(taking(milliseconds))

    assert latencies.result() == {
        "handled": MessageLatency(p50_ms=100, p95_ms=190, p99_ms=198, max_ms=200, messages=200)
    }


def test_one_message_is_all_percentiles() -> None:
    latencies = Latencies()
    latencies.add(taking(7))

    assert latencies.result()["handled"] == MessageLatency(p50_ms=7, p95_ms=7, p99_ms=7, max_ms=7, messages=1)


def test_each_step_is_an_interval_of_its_own() -> None:
    latencies = Latencies()
    steps = ("sent", "received", "recorded", "decided", "written", "settled")
    latencies.add({step: START + timedelta(milliseconds=10**number) for number, step in enumerate(steps)})

    assert {name: found.max_ms for name, found in latencies.result().items()} == {
        "waited": 9,
        "record": 90,
        "decide": 900,
        "write": 9000,
        "settle": 90000,
        "handled": 99990,
    }


def test_a_message_that_was_not_settled_counts_only_where_it_went() -> None:
    latencies = Latencies()
    latencies.add({"received": START, "recorded": START, "settled": None})

    assert set(latencies.result()) == {"record"}


def test_the_page_shows_every_interval_in_words(report: MakeReport) -> None:
    found = MessageLatency(p50_ms=4, p95_ms=1250, p99_ms=90_000, max_ms=190_000_000, messages=3)

    page = render_html(report(latency=dict.fromkeys(INTERVALS, found)))

    assert set(WORDS) == set(INTERVALS)
    for words in (*WORDS.values(), "4.0 ms", "1.25 s", "1 min 30 s", "2 d 4 h"):
        assert words in page


def test_long_latencies_are_shown_as_durations() -> None:
    assert [elapsed(value) for value in (0.4, 9_999, 10_000)] == ["0.4 ms", "10.00 s", "10 s"]
