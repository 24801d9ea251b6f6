"""The page that finance reads."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.reconciliation.model import ApplicationClass, BalanceCheck, ChargeClass, Line
from reclaim.reports.revenue.adjustments import MATTERS, Matter
from reclaim.reports.revenue.meanings import APPLICATIONS, CHARGES, ApplicationMeaning, ChargeMeaning
from reclaim.reports.revenue.writer import write_revenue
from tests.unit.reconciliation.revenue_side import RevenueSide, ago
from tests.unit.reports.revenue.audits import VALID, audit_of, every_trouble
from tests.unit.reports.test_html import HOSTILE, Page


def words_of(page: str) -> str:
    """What is read on the page, cell by cell."""
    return " ".join(" ".join(Page(page).words).replace("\u00a0", " ").split())


def text_of(revenue: RevenueSide, **changes: object) -> str:
    return words_of(audit_of(revenue, **changes).page())


def settled() -> RevenueSide:
    revenue = RevenueSide()
    for name in ("a", "b"):
        revenue.apply(name)
        revenue.charge(f"charge of {name}", application_id=name)
    return revenue


def broken(severity: str) -> ValidationResult:
    rows = ExpectationResult(
        expectation="Every price is right.", column="x", severity=severity, success=False, checked=9, unexpected=1
    )
    sound = severity != "critical"
    return ValidationResult(success=sound, suites=(SuiteResult(suite="s", success=sound, expectations=(rows,)),))


def test_the_headline_the_equation_and_the_key_figures_are_there() -> None:
    text = text_of(every_trouble())

    assert "2 of 14 applications can be billed now; 2 are at risk, 10 manual adjustments to make." in text
    assert "14 applications = 2 settled + 2 billable now + 2 at risk + 1 manual adjustment + 7 mischarged" in text
    assert "Balanced." in text
    assert (
        "14.00 USD all applications = 2.00 settled + 2.00 billable now + 2.00 at risk + 1.00 manual adjustment" in text
    )
    assert "Bill 2 applications" in text
    assert "Have 2 applications attributed" in text
    assert "1 application waits for messages in quarantine" in text
    assert "1 application is of clients that no message names" in text


def test_leakage_is_told_by_what_happened() -> None:
    text = text_of(every_trouble())

    assert "Charged too much 0.30 USD Charged too little 0.40 USD Charged again 2.00 USD" in text
    assert "Charged to the wrong client 1.00 USD Charged for no application 0.70 USD" in text
    assert "All leakage, 6 charges 4.40 USD" in text
    assert "Charged in the wrong currency 1.00 EUR" in text


def test_what_is_proposed_is_added_up_by_currency() -> None:
    text = text_of(every_trouble())

    assert (
        "Manual adjustments: charge 3.40 USD in 4 lines, credit 3.00 USD in 4 lines, decide on 0.40 USD in 1 line"
        in text
    )
    assert "Manual adjustments: credit 1.00 EUR in 1 line." in text


def test_currencies_stand_side_by_side_and_are_never_added() -> None:
    revenue = RevenueSide()
    revenue.apply("a", currency="USD", amount_minor=700)
    revenue.apply("b", currency="EUR", amount_minor=700)
    text = text_of(revenue)

    assert "7.00 USD" in text
    assert "7.00 EUR" in text
    assert "14.00" not in text


@pytest.mark.parametrize(
    ("currency", "shown"), [("JPY", "123,456 JPY"), ("USD", "1,234.56 USD"), ("KWD", "123.456 KWD")]
)
def test_money_has_its_currency_s_own_decimals(currency: str, shown: str) -> None:
    revenue = RevenueSide()
    revenue.apply(currency=currency, amount_minor=123_456)

    assert f"Billable now {shown}" in text_of(revenue)


def test_sums_that_need_more_than_64_bits_are_exact() -> None:
    revenue = RevenueSide()
    for number in range(3):
        revenue.apply(f"a{number}", amount_minor=2**63 - 1, currency="JPY")

    assert f"{3 * (2**63 - 1):,} JPY" in text_of(revenue)


def test_an_empty_window_reads_right() -> None:
    page = Page(audit_of(RevenueSide()).page())

    assert "There is no application in this window; nothing needs a person." in page.text
    assert "What to do Nothing." in page.text
    assert page.open == []


@pytest.mark.parametrize(
    ("revenue", "changes", "said", "tone"),
    [
        (settled(), {}, "All 2 applications charged as agreed; nothing needs a person.", "good"),
        (settled(), {"validation": broken("warning")}, "charged as agreed; 1 expectation not met.", "attention"),
        (settled(), {"validation": broken("info")}, "charged as agreed; nothing needs a person.", "good"),
        (settled(), {"validation": broken("critical")}, "Critical expectations are not met: do not bill", "bad"),
        (every_trouble(), {}, "manual adjustments to make.", "attention"),
    ],
)
def test_the_tone_follows_what_is_to_be_done(
    revenue: RevenueSide, changes: dict[str, object], said: str, tone: str
) -> None:
    text = audit_of(revenue, **changes).page()

    assert said in Page(text).text
    assert f'<body class="tone-{tone}">' in text


def test_only_what_is_billable_needs_nobody() -> None:
    revenue = RevenueSide()
    revenue.apply("a")
    audit = audit_of(revenue)

    assert audit.reconciliation.exit_code is ExitCode.DONE
    assert "1 of 1 application can be billed now; nothing needs a person." in Page(audit.page()).text


def test_what_was_corrected_already_is_said_to_be() -> None:
    revenue = RevenueSide()
    revenue.apply()
    for name, amount_minor in (("c1", 100), ("c2", 100), ("c3", -100)):
        revenue.charge(name, amount_minor=amount_minor)

    assert "Nothing to bill in 1 application; all that was mischarged is corrected already." in text_of(revenue)


def test_an_audit_that_does_not_balance_is_not_written_as_an_equation() -> None:
    check = BalanceCheck(
        of="applications",
        currency="USD",
        classes=Line(count=2, amount_minor=200),
        total=Line(count=3, amount_minor=300),
    )
    audit = audit_of(settled(), balanced=False, checks=(check,))
    text = words_of(audit.page())

    assert audit.reconciliation.state is RunState.FAILED
    assert "The audit does not balance: do not bill from these figures." in text
    assert "2 applications ≠ 2 settled" in text
    assert "applications in USD 2.00 USD 2 3.00 USD 3" in text
    assert "Do not bill yet" in text


def test_nobody_is_told_to_bill_on_figures_that_are_in_doubt() -> None:
    text = text_of(every_trouble(), validation=broken("critical"))

    assert "Do not bill yet" in text
    assert "Bill 2 applications" not in text


def test_every_class_is_explained_and_every_matter_has_words() -> None:
    text = text_of(every_trouble())

    assert set(APPLICATIONS) == set(ApplicationClass)
    assert set(CHARGES) == set(ChargeClass)
    assert set(MATTERS) == set(Matter)
    meanings: list[ApplicationMeaning | ChargeMeaning] = [*APPLICATIONS.values(), *CHARGES.values()]
    for meaning in meanings:
        assert meaning.title in text
        assert meaning.sentence in text


def test_nothing_from_the_data_becomes_markup() -> None:
    revenue = RevenueSide(known={HOSTILE})
    revenue.apply(HOSTILE, client_id=HOSTILE, currency=HOSTILE)
    revenue.apply("late", client_id=HOSTILE, currency=HOSTILE, applied_at=ago(50))
    revenue.charge(HOSTILE, application_id=HOSTILE, client_id="x", currency=HOSTILE)
    validation = broken("warning").model_copy(update={"docs": HOSTILE})
    audit = audit_of(
        revenue,
        run_id=HOSTILE,
        operator=HOSTILE,
        reason=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        version=HOSTILE,
        validation=validation,
    )
    page = Page(audit.page())

    assert not {"script", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "<script>alert(2)</script>" in page.text
    assert "49" not in page.text
    assert page.open == []


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = audit_of(every_trouble(), validation=VALID.model_copy(update={"docs": "validation/index.html"})).page()
    page = Page(text)

    targets = {value for name, value in page.attributes if name in {"src", "href", "data", "action"}}
    assert targets == {"data:,", "revenue.csv", "adjustments.csv", "validation/index.html"}
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert "default-src 'none'" in text
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_each_chart_says_in_words_what_it_shows() -> None:
    drawn = re.findall(r"<svg[^>]*>", audit_of(every_trouble()).page())

    assert len(drawn) > 10
    assert all("aria-label=" in tag or 'aria-hidden="true"' in tag for tag in drawn)
    assert any("14.00 USD: 2.00 USD settled, 2.00 USD billable now" in tag for tag in drawn)


def test_the_page_names_the_fingerprints_of_the_lists_beside_it(tmp_path: Path) -> None:
    audit = audit_of(every_trouble())
    found = write_revenue(audit.reconciliation, audit.applications, audit.charges, tmp_path)
    page = Page((tmp_path / "reconciliation.html").read_text())

    assert sorted(found) == ["adjustments.csv", "charges.csv", "reconciliation.html", "revenue.csv"]
    for name, digest in found.items():
        assert digest == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert name == "reconciliation.html" or f"SHA-256 {digest}" in page.text


def test_the_evidence_says_who_when_and_what() -> None:
    text = text_of(every_trouble(), consistent=False)

    assert "maria" in text
    assert "quarter end" in text
    assert "run-7" in text
    assert "22 September 2026, 08:00:00 UTC to just before 21 November 2026, 08:00:00 UTC" in text
    assert "the biller goes back 35 days" in text
    assert "not at one moment" in text
