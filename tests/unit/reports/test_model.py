import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from reclaim.exposure.money_at_risk import RecordAmounts
from reclaim.model.errors import UsageError
from reclaim.model.outcome import Counts
from reclaim.reports.model import CurrencyMoney, RunReport, StepLatency, Throughput
from reclaim.reports.writer import load_report

REQUIRED = {
    "run_id",
    "contract",
    "words",
    "state",
    "queue",
    "started_at",
    "finished_at",
    "counts",
    "causes",
    "balanced",
    "validation",
    "money",
    "throughput",
    "peak_rss_mb",
}


def test_report_json_carries_every_required_key(report: Callable[..., RunReport]) -> None:
    dumped = json.loads(report().to_json())

    assert dumped.keys() >= REQUIRED
    assert dumped["counts"] == {
        "received": 5000,
        "recovered": 4812,
        "duplicate": 91,
        "quarantined": 97,
        "deferred": 0,
    }
    assert dumped["causes"]["malformed_json"] == 97
    assert dumped["validation"].keys() >= {"success", "suites"}
    assert dumped["throughput"] == {"messages_per_second": 100.0, "seconds": 50.0}
    assert dumped["money"]["USD"]["recovered"] == {
        "records": 4812,
        "messages": 4812,
        "rate_minor_total": 601_500,
    }
    assert dumped["state"] == "completed"
    assert dumped["started_at"] == "2026-11-20T08:15:30Z"
    assert dumped["queue_before"] == {"visible": 5000, "in_flight": 0, "delayed": 0}
    assert dumped["steps"]["receive"].keys() == {"p50_ms", "p95_ms", "max_ms", "batches"}
    assert dumped["timeline"][3]["settled"] == {"recovered": 300}


def test_a_report_survives_being_written_and_read(report: Callable[..., RunReport], tmp_path: Path) -> None:
    before = report()
    (tmp_path / "report.json").write_bytes(before.to_json())

    assert load_report(tmp_path) == before
    assert load_report(tmp_path / "report.json") == before


def test_money_beyond_64_bits_stays_exact(report: Callable[..., RunReport]) -> None:
    huge = CurrencyMoney(recovered=RecordAmounts(records=3, rate_minor_total=3 * (2**63 - 1)))

    text = report(money={"USD": huge}).to_json()

    assert RunReport.model_validate_json(text).money["USD"].recovered.rate_minor_total == 3 * (2**63 - 1)


def test_a_mistyped_field_is_refused(report: Callable[..., RunReport]) -> None:
    with pytest.raises(ValidationError):
        report(opertor="maria")


def test_a_report_cannot_be_changed(report: Callable[..., RunReport]) -> None:
    with pytest.raises(ValidationError):
        setattr(report(), "counts", Counts())  # noqa: B010 (a type checker refuses the plain form)


def test_text_that_no_file_could_hold_does_not_stop_the_report(report: Callable[..., RunReport]) -> None:
    made = report(reason="a lone \ud800 surrogate, a \x1b[31m terminal code and a \u202e turn")

    assert "\x1b" not in made.reason
    assert made.to_json()


def test_parameters_of_any_type_are_written(report: Callable[..., RunReport], tmp_path: Path) -> None:
    assert json.loads(report(parameters={"folder": tmp_path}).to_json())["parameters"] == {"folder": str(tmp_path)}


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"run_id": 3}', b"\xff\xfe"], ids=["empty", "bare", "list", "wrong", "binary"]
)
def test_loading_what_is_not_a_report_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.json").write_bytes(content)

    with pytest.raises(UsageError, match="not a report"):
        load_report(tmp_path)


def test_loading_from_where_nothing_is_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no report"):
        load_report(tmp_path / "elsewhere")


def test_latencies_are_percentiles_of_all_batches() -> None:
    latency = StepLatency.of([float(n) for n in range(1, 102)])

    assert (latency.p50_ms, latency.p95_ms, latency.max_ms, latency.batches) == (51, 96, 101, 101)


def test_a_single_batch_is_its_own_percentile() -> None:
    latency = StepLatency.of([7.0])

    assert (latency.p50_ms, latency.p95_ms, latency.max_ms, latency.batches) == (7, 7, 7, 1)


def test_a_step_that_never_ran_has_no_latency() -> None:
    with pytest.raises(ValueError, match="at least one"):
        StepLatency.of([])


def test_no_time_is_no_throughput() -> None:
    assert Throughput.of(0, 0).messages_per_second == 0
