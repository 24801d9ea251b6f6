from collections.abc import Callable

from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.reports.model import MAX_EXAMPLES, Worth
from reclaim.reports.survey import broken_expectations, survey


def test_messages_are_counted_by_outcome_cause_and_envelope(entry: Callable[..., LedgerEntry]) -> None:
    found = survey(
        [
            entry("a"),
            entry("b", outcome=Outcome.DUPLICATE, cause=Cause.ALREADY_RECOVERED, envelope="sns"),
            entry("c", outcome=None, cause=None, envelope=None),
        ]
    )

    assert found.outcomes == {Outcome.RECOVERED: 1, Outcome.DUPLICATE: 1}
    assert found.causes == {Cause.MISSING_ID: 1, Cause.ALREADY_RECOVERED: 1}
    assert found.envelopes == {"raw": 1, "sns": 1}


def test_money_is_kept_apart_by_currency(entry: Callable[..., LedgerEntry]) -> None:
    found = survey([entry("a"), entry("b", record_key="cl_2", currency="JPY", rate_minor=900)])

    assert found.money["USD"].recovered == Worth(records=1, messages=1, rate_minor_total=1250)
    assert found.money["JPY"].recovered == Worth(records=1, messages=1, rate_minor_total=900)


def test_a_client_quarantined_twice_is_worth_its_rate_once(entry: Callable[..., LedgerEntry]) -> None:
    quarantined = {"outcome": Outcome.QUARANTINED, "cause": Cause.RECORD_CONFLICT}
    found = survey([entry("a", **quarantined), entry("b", **quarantined)])

    assert found.money["USD"].quarantined == Worth(records=1, messages=2, rate_minor_total=1250)


def test_a_duplicate_adds_no_money(entry: Callable[..., LedgerEntry]) -> None:
    assert survey([entry(outcome=Outcome.DUPLICATE, cause=Cause.ALREADY_RECOVERED)]).money == {}


def test_a_message_without_a_price_adds_no_money(entry: Callable[..., LedgerEntry]) -> None:
    assert survey([entry(rate_minor=None, currency=None)]).money == {}


def test_quarantine_is_grouped_by_cause_most_frequent_first_with_a_few_examples(
    entry: Callable[..., LedgerEntry],
) -> None:
    broken = [
        entry(f"m-{n}", outcome=Outcome.QUARANTINED, cause=Cause.MALFORMED_JSON, detail=f"at {n}")
        for n in range(MAX_EXAMPLES + 5)
    ]
    conflict = entry("c", outcome=Outcome.QUARANTINED, cause=Cause.RECORD_CONFLICT)

    first, second = survey([conflict, *broken]).quarantined

    assert (first.cause, first.count, len(first.examples)) == (
        Cause.MALFORMED_JSON,
        MAX_EXAMPLES + 5,
        MAX_EXAMPLES,
    )
    assert (first.examples[0].message_id, first.examples[0].detail) == ("m-0", "at 0")
    assert (second.cause, second.count) == (Cause.RECORD_CONFLICT, 1)


def test_deferred_messages_are_their_own_group(entry: Callable[..., LedgerEntry]) -> None:
    found = survey([entry(outcome=Outcome.DEFERRED, cause=Cause.HALTED)])

    assert [group.cause for group in found.deferred] == [Cause.HALTED]
    assert found.quarantined == ()


def test_broken_expectations_name_the_critical_first() -> None:
    def result(severity: str) -> ExpectationResult:
        return ExpectationResult(
            expectation=f"a {severity} one",
            column="c",
            severity=severity,
            success=False,
            checked=9,
            unexpected=2,
            unexpected_ids=("x", "y"),
        )

    suite = SuiteResult(suite="s", success=False, expectations=(result("warning"), result("critical")))

    found = broken_expectations(ValidationResult(success=False, suites=(suite,)))

    assert [broken.severity for broken in found] == ["critical", "warning"]
    assert found[0].unexpected_ids == ("x", "y")
