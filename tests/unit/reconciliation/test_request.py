"""What may be asked of an audit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from reclaim.cli.reconcile import reconcile
from reclaim.local.environment import CONFIGURED_BY
from reclaim.model.errors import ExitCode, UsageError
from reclaim.reconciliation.request import ReconcileRequest, read_request


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 3, 31, 23, 59, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_without_a_window_it_is_the_last_whole_month(now: datetime, opens: datetime, closes: datetime) -> None:
    window = ReconcileRequest().window(now)

    assert (window.opens, window.closes, window.as_of) == (opens, closes, now)


def test_moments_without_an_offset_are_utc() -> None:
    request = read_request(from_="2026-09-21", to="2026-11-21T02:00+02:00")

    assert request.window(datetime(2026, 12, 1, tzinfo=UTC)).opens == datetime(2026, 9, 21, tzinfo=UTC)
    assert request.to == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"from_": "2026-11-21", "to": "2026-11-20"}, "before or when it begins"),
        ({"from_": "2026-11-21", "to": "2026-11-21"}, "before or when it begins"),
        ({"from_": "2026-11-21"}, "a window has two ends"),
        ({"to": "2026-11-21"}, "a window has two ends"),
        ({"from_": "yesterday", "to": "2026-11-21"}, "--from is not an ISO 8601"),
        ({"from_": "2026-11-20", "to": "2026-11-21", "backdating_days": -1}, "--backdating-days"),
        ({"from_": "2026-11-20", "to": "2026-11-21", "as_of": "soon"}, "--as-of is not an ISO 8601"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(asked: dict[str, object], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        read_request(**asked)


def test_a_contract_without_a_revenue_side_is_refused_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example = Path(__file__).parents[3] / "examples" / "order_created" / "contract.py"
    monkeypatch.setenv("RECLAIM_CONTRACT", f"{example}:contract")
    for name in CONFIGURED_BY:  # nothing is configured, and that is not even asked
        monkeypatch.delenv(name, raising=False)

    result = CliRunner().invoke(reconcile, ["--from", "2026-11-20", "--to", "2026-11-21"])

    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code is ExitCode.USAGE
    assert result.exception.what == (
        "The contract order_created has no revenue side, so there is nothing to reconcile; nothing was touched."
    )
