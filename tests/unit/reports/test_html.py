import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from reclaim.contracts.contract import Words
from reclaim.exposure.money_at_risk import RecordAmounts
from reclaim.model.outcome import Cause, Counts
from reclaim.model.run import RunState
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.reports.html import docs_link, render_html, trace_command
from reclaim.reports.model import (
    Attention,
    BrokenExpectation,
    CauseGroup,
    CurrencyMoney,
    Example,
    RunReport,
    Section,
    Table,
)
from reclaim.reports.vocabulary import cause_meanings
from tests.builders import CONTRACT
from tests.unit.reports.test_exposure import outlook

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\' onload=x {{ 7*7 }} =HYPERLINK("http://evil")'
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """What a browser would make of the page: its elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).replace("\u00a0", " ").split())


def hostile_everywhere(report: Callable[..., RunReport]) -> RunReport:
    example = Example(message_id=HOSTILE, detail=HOSTILE, record_key=HOSTILE)
    broken = BrokenExpectation(
        suite=HOSTILE, expectation=HOSTILE, severity=HOSTILE, unexpected=1, unexpected_ids=(HOSTILE,)
    )
    failed = ExpectationResult(
        expectation=HOSTILE,
        column=HOSTILE,
        severity=HOSTILE,
        success=False,
        checked=1,
        unexpected=1,
        unexpected_ids=(HOSTILE,),
    )
    return report(
        run_id=HOSTILE,
        queue=HOSTILE,
        operator=HOSTILE,
        reason=HOSTILE,
        explanation=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        envelopes={HOSTILE: 1},
        versions={HOSTILE: HOSTILE},
        interrupted_runs=(HOSTILE,),
        money={HOSTILE: CurrencyMoney(recovered=RecordAmounts(records=1, rate_minor_total=5))},
        validation=ValidationResult(
            success=False,
            docs=HOSTILE,
            suites=(SuiteResult(suite=HOSTILE, success=False, expectations=(failed,)),),
        ),
        attention=Attention(
            quarantined=(CauseGroup(cause=Cause.MALFORMED_JSON, count=1, examples=(example,) * 9),),
            expectations=(broken,),
            unfinished=(HOSTILE,),
        ),
        sections=(
            Section(
                title=HOSTILE,
                paragraphs=(HOSTILE,),
                tables=(Table(columns=(HOSTILE,), rows=((HOSTILE,),), numeric=frozenset({0})),),
            ),
        ),
    )


def test_nothing_from_a_message_becomes_markup(report: Callable[..., RunReport]) -> None:
    page = Page(render_html(hostile_everywhere(report)))

    assert not {"script", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [value for _, value in page.attributes if value and "javascript:" in value]
    assert "49" not in page.text
    assert "<script>alert(2)</script>" in page.text


def test_the_page_is_well_formed(report: Callable[..., RunReport]) -> None:
    page = Page(render_html(report()))

    assert page.open == []
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_the_page_needs_nothing_from_elsewhere(report: Callable[..., RunReport]) -> None:
    text = render_html(report())
    page = Page(text)

    targets = [value for name, value in page.attributes if name in {"src", "href", "data", "action"}]
    assert set(targets) == {
        "data:,",
        "validation/index.html",
        "messages.csv",
        "messages.parquet",
        "manifest.json",
        "report.json",
    }
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("docs", ["//evil/x", "/etc/passwd", "../up.html", "javascript:alert(1)", "http://x", "", None])
def test_the_validation_link_never_leaves_the_folder(docs: str | None) -> None:
    assert docs_link(ValidationResult(success=True, docs=docs)) is None


def test_a_traced_id_cannot_run_a_command() -> None:
    assert trace_command("x; rm -rf /") == "reclaim trace 'x; rm -rf /'"


def test_the_headline_the_balance_and_the_key_figures_are_there(report: Callable[..., RunReport]) -> None:
    text = Page(render_html(report())).text

    assert "4,812 of 5,000 messages recovered; 97 need a person." in text
    assert "Balanced." in text
    assert "6,015.00 USD" in text
    assert "100 /s" in text or "100/s" in text
    assert "reclaim trace m-9" in text
    assert "line 1 column 7: no value" in text
    assert "Every client has a tracking ID" in text
    assert "maria" in text


@pytest.mark.parametrize(
    ("currency", "shown"), [("JPY", "123,456 JPY"), ("USD", "1,234.56 USD"), ("KWD", "123.456 KWD")]
)
def test_money_has_its_currency_s_own_decimals(report: Callable[..., RunReport], currency: str, shown: str) -> None:
    money = {currency: CurrencyMoney(recovered=RecordAmounts(records=1, messages=1, rate_minor_total=123_456))}

    assert shown in Page(render_html(report(money=money))).text


def test_currencies_stand_side_by_side_and_are_never_added(report: Callable[..., RunReport]) -> None:
    amounts = CurrencyMoney(recovered=RecordAmounts(records=1, messages=1, rate_minor_total=100))
    text = Page(render_html(report(money={"USD": amounts, "EUR": amounts}))).text

    assert "1.00 USD" in text
    assert "1.00 EUR" in text
    assert "2.00" not in text


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_has_a_page(report: Callable[..., RunReport], state: RunState) -> None:
    text = Page(render_html(report(state=state, explanation="It is explained."))).text

    assert state.value.capitalize() in text
    assert "It is explained." in text


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_is_explained(report: Callable[..., RunReport], cause: Cause) -> None:
    attention = Attention(quarantined=(CauseGroup(cause=cause, count=1),))

    assert (
        cause_meanings(CONTRACT.words)[cause].sentence
        in Page(render_html(report(causes={cause: 1}, attention=attention))).text
    )


def test_an_empty_run_reads_right(report: Callable[..., RunReport]) -> None:
    empty = report(
        counts=Counts(),
        causes={},
        envelopes={},
        money={},
        steps={},
        timeline=(),
        attention=Attention(),
        throughput={},
        queue_before=None,
        queue_after=None,
        validation=ValidationResult(success=True, skipped="Nothing was recovered."),
    )
    text = Page(render_html(empty)).text

    assert "The queue was empty" in text
    assert "Not validated. Nothing was recovered." in text
    assert "What needs a person Nothing." in text


def test_a_dry_run_says_that_nothing_was_changed(report: Callable[..., RunReport]) -> None:
    text = Page(render_html(report(dry_run=True))).text

    assert "Dry run, nothing was changed." in text
    assert "Would be recovered" in text


def test_counts_that_do_not_balance_are_not_written_as_an_equation(report: Callable[..., RunReport]) -> None:
    text = Page(render_html(report(state=RunState.FAILED, balanced=False, counts=Counts(5000, 4812)))).text

    assert "≠" in text
    assert "Not balanced." in text


def test_each_chart_says_in_words_what_it_shows(report: Callable[..., RunReport]) -> None:
    drawn = re.findall(r"<svg[^>]*>", render_html(report()))
    charts = [tag for tag in drawn if "viewBox" not in tag]

    assert len(charts) >= 4
    assert all("aria-label=" in tag or 'aria-hidden="true"' in tag for tag in charts)


def test_many_examples_are_folded_but_none_is_lost(report: Callable[..., RunReport]) -> None:
    examples = tuple(Example(message_id=f"id-{n}") for n in range(20))
    group = CauseGroup(cause=Cause.MALFORMED_JSON, count=50, examples=examples)
    page = Page(render_html(report(attention=Attention(quarantined=(group,)))))

    assert "details" in page.tags
    assert all(f"reclaim trace id-{n}" in page.text for n in range(20))
    assert "all 50 are in messages.csv" in page.text


def test_the_page_speaks_in_the_words_of_the_contract(report: Callable[..., RunReport]) -> None:
    words = Words(record="order", records="orders", identity="order token", identities="order tokens")
    made = report(
        contract="order_created",
        words=words,
        queue="orders-dlq",
        attention=Attention(quarantined=(CauseGroup(cause=Cause.RECORD_CONFLICT, count=1),)),
        validation=ValidationResult(success=True, skipped="None here."),
    )
    text = Page(render_html(made)).text

    assert "Order exists with other values" in text
    assert "Order token was missing" in text
    assert "the order now has its order token in MongoDB" in text
    assert "lient" not in text
    assert "racking ID" not in text


def test_a_conflict_in_which_the_later_event_stands_is_marked(report: Callable[..., RunReport]) -> None:
    marked = "The later event stands."
    for later_stands in (True, False):
        example = Example(message_id="m-1", detail="they differ", later_stands=later_stands)
        group = CauseGroup(cause=Cause.RECORD_CONFLICT, count=1, examples=(example,))
        text = Page(render_html(report(attention=Attention(quarantined=(group,))))).text

        assert (marked in text) is later_stands


def test_a_contract_without_money_has_no_word_of_it(report: Callable[..., RunReport]) -> None:
    text = Page(render_html(report(money={}, exposure={}, outlook=outlook(100)))).text

    assert "What is left in the queue" in text
    for word in ("Amounts", "Money", "Unbilled"):
        assert word not in text
