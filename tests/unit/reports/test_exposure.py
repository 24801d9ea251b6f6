"""Money that is held up, as the page, the artifact and the terminal show it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rich.console import Console

from reclaim.exposure.money_at_risk import (
    CurrencyExposure,
    Exposure,
    MoneyAtRisk,
    MoneyStatus,
    RecordMoney,
    UnchargedMoney,
)
from reclaim.exposure.retention import Deadlines, ExpectedPace, Retention, RetentionOutlook
from reclaim.model.outcome import Cause
from reclaim.reports.amounts import (
    amounts,
    deadline_sentences,
    extent,
    late_warning,
    statuses_of,
    top_records,
    transposed,
)
from reclaim.reports.html import render_html
from reclaim.reports.markdown import summary_markdown
from reclaim.reports.model import RunReport
from reclaim.reports.terminal import final_balance
from tests.builders import CONTRACT
from tests.unit.reports.conftest import START

DAY = date(2026, 11, 20)


def held(amount_minor: int, records: int = 1, cause: Cause = Cause.MISSING_ID) -> MoneyAtRisk:
    money = {"records": records, "applications": 2 * records, "amount_minor": amount_minor}
    top = RecordMoney(record_key="cl_most", cause=cause, applications=2, amount_minor=amount_minor)
    return MoneyAtRisk(
        **money, causes={cause: UnchargedMoney(**money)}, days={DAY: UnchargedMoney(**money)}, top_records=(top,)
    )


EXPOSURE: Exposure = {
    "EUR": CurrencyExposure(recovered=held(700, records=3)),
    "USD": CurrencyExposure(recovered=held(123_456, records=402), quarantined=held(990, cause=Cause.RECORD_CONFLICT)),
}


def outlook(messages: int, queue: str = "dlq") -> RetentionOutlook:
    deadlines = Deadlines(Retention(queue, timedelta(days=4)))
    deadlines.add(START - timedelta(days=4) + timedelta(minutes=30))
    return deadlines.outlook(messages, ExpectedPace(messages_per_second=10, basis="this run"), START, {})


def on_terminal(report: RunReport) -> str:
    screen = io.StringIO()
    Console(file=screen, width=140, force_terminal=False).print(final_balance(report))
    return screen.getvalue()


@pytest.mark.parametrize("show", [render_html, summary_markdown, on_terminal])
def test_every_view_says_what_is_recovered_and_still_unbilled_and_what_is_in_quarantine(
    report: Callable[..., RunReport], show: Callable[[RunReport], str]
) -> None:
    text = show(report(exposure=EXPOSURE))

    assert "Recovered, still unbilled" in text
    assert "In quarantine" in text
    assert "1,234.56 USD" in text
    assert "9.90 USD" in text
    assert "At risk, in the queue" not in text


def test_the_page_takes_the_money_apart(report: Callable[..., RunReport]) -> None:
    text = render_html(report(exposure=EXPOSURE))

    for part in ("EUR by cause, day and client", "cl_most", "2026-11-20", "Client exists with other values"):
        assert part in text


@pytest.mark.parametrize("show", [render_html, summary_markdown, on_terminal])
def test_every_view_warns_of_a_drain_that_ends_too_late(
    report: Callable[..., RunReport], show: Callable[[RunReport], str]
) -> None:
    late, in_time = outlook(36_000), outlook(100)

    assert "30 min after SQS begins to drop messages" in show(report(outlook=late))
    assert "begins to drop" not in show(report(outlook=in_time))


@pytest.mark.parametrize("show", [render_html, summary_markdown, on_terminal])
def test_a_report_without_money_is_a_report(report: Callable[..., RunReport], show: Callable[[RunReport], str]) -> None:
    without: tuple[Exposure | None, ...] = (None, {})
    for exposure in without:
        assert "still unbilled" not in show(report(exposure=exposure))


def test_a_report_survives_being_written_and_read_with_its_money(report: Callable[..., RunReport]) -> None:
    before = report(exposure=EXPOSURE, outlook=outlook(100))

    assert RunReport.model_validate_json(before.to_json()) == before


def test_currencies_are_named_by_how_many_records_they_concern() -> None:
    money = {
        code: UnchargedMoney(records=n, applications=n, amount_minor=100)
        for n, code in enumerate(("EUR", "GBP", "JPY", "USD"))
    }

    assert amounts(money) == "1.00 USD, 100 JPY, 1.00 GBP"
    assert amounts(money, named=1) == "1.00 USD, 2 more currencies"
    assert amounts({}) == ""
    assert extent(money, CONTRACT.words) == "6 applications of 6 clients"


def test_only_statuses_with_money_are_shown_the_most_urgent_first() -> None:
    at_risk = {"USD": CurrencyExposure(at_risk=held(1), quarantined=held(1))}

    assert statuses_of(EXPOSURE) == [MoneyStatus.RECOVERED, MoneyStatus.QUARANTINED]
    assert statuses_of(at_risk) == [MoneyStatus.AT_RISK, MoneyStatus.QUARANTINED]


def test_parts_can_be_looked_at_across_currencies() -> None:
    recovered = {currency: one.recovered for currency, one in EXPOSURE.items()}

    by_day = transposed({currency: one.days for currency, one in recovered.items()})

    assert {day: list(money) for day, money in by_day.items()} == {DAY: ["EUR", "USD"]}
    assert [currency for currency, _ in top_records(recovered)] == ["USD", "EUR"]


def test_a_fifo_queue_gives_the_earliest_moment() -> None:
    assert next(deadline_sentences(outlook(1, "dlq.fifo"))).endswith("08:45 UTC at the earliest.")


def test_nothing_is_said_of_an_outlook_that_nobody_knows() -> None:
    assert late_warning(None) == ""
