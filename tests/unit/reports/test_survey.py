from collections.abc import Callable, Iterable

from reclaim.exposure.money_at_risk import RecordAmounts
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.recovery.decisions import LATER_STANDS
from reclaim.reports.model import MAX_EXAMPLES
from reclaim.reports.survey import Survey, Surveyor, broken_expectations, passed_through


def survey(entries: Iterable[LedgerEntry]) -> Survey:
    surveyor = Surveyor()
    for entry in entries:
        surveyor.add(entry)
    return surveyor.survey()


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
    assert found.counted == {(Outcome.RECOVERED, Cause.MISSING_ID): 1, (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED): 1}
    assert found.envelopes == {"raw": 1, "sns": 1}


def test_causes_are_in_order_and_those_of_messages_that_left_the_queue_can_be_had_alone(
    entry: Callable[..., LedgerEntry],
) -> None:
    deferred = {"outcome": Outcome.DEFERRED, "cause": Cause.HALTED}
    found = survey([entry("a"), entry("b", **deferred), entry("c", **deferred)])

    assert list(found.causes.items()) == [(Cause.HALTED, 2), (Cause.MISSING_ID, 1)]
    assert found.final_causes == {Cause.MISSING_ID: 1}


def test_one_read_of_the_ledger_serves_every_collector_and_goes_on(entry: Callable[..., LedgerEntry]) -> None:
    one, other = Surveyor(), Surveyor()

    passed = list(passed_through(iter([entry("a"), entry("b")]), one, other))

    assert [each.message_id for each in passed] == ["a", "b"]
    assert one.survey() == other.survey() == survey(passed)


def test_money_is_kept_apart_by_currency(entry: Callable[..., LedgerEntry]) -> None:
    found = survey([entry("a"), entry("b", record_key="cl_2", currency="JPY", rate_minor=900)])

    assert found.money["USD"].recovered == RecordAmounts(records=1, messages=1, rate_minor_total=1250)
    assert found.money["JPY"].recovered == RecordAmounts(records=1, messages=1, rate_minor_total=900)


def test_the_amount_of_a_record_quarantined_twice_counts_once(entry: Callable[..., LedgerEntry]) -> None:
    quarantined = {"outcome": Outcome.QUARANTINED, "cause": Cause.RECORD_CONFLICT}
    found = survey([entry("a", **quarantined), entry("b", **quarantined)])

    assert found.money["USD"].quarantined == RecordAmounts(records=1, messages=2, rate_minor_total=1250)


def test_a_duplicate_adds_no_money(entry: Callable[..., LedgerEntry]) -> None:
    assert survey([entry(outcome=Outcome.DUPLICATE, cause=Cause.ALREADY_RECOVERED)]).money == {}


def test_a_message_without_a_price_adds_no_money(entry: Callable[..., LedgerEntry]) -> None:
    assert survey([entry(rate_minor=None, currency=None)]).money == {}


def test_quarantine_is_grouped_by_cause_record_conflicts_first_with_a_few_examples(
    entry: Callable[..., LedgerEntry],
) -> None:
    broken = [
        entry(f"m-{n}", outcome=Outcome.QUARANTINED, cause=Cause.MALFORMED_JSON, detail=f"at {n}")
        for n in range(MAX_EXAMPLES + 5)
    ]
    conflict = entry("c", outcome=Outcome.QUARANTINED, cause=Cause.RECORD_CONFLICT)
    other = entry("o", outcome=Outcome.QUARANTINED, cause=Cause.SCHEMA_VIOLATION)

    conflicts, first, last = survey([other, conflict, *broken]).quarantined

    assert (first.cause, first.count, len(first.examples)) == (
        Cause.MALFORMED_JSON,
        MAX_EXAMPLES + 5,
        MAX_EXAMPLES,
    )
    assert (first.examples[0].message_id, first.examples[0].detail) == ("m-0", "at 0")
    assert (conflicts.cause, conflicts.count) == (Cause.RECORD_CONFLICT, 1)
    assert (last.cause, last.count) == (Cause.SCHEMA_VIOLATION, 1)


def test_a_conflict_in_which_the_later_event_stands_is_marked(entry: Callable[..., LedgerEntry]) -> None:
    conflict = {"outcome": Outcome.QUARANTINED, "cause": Cause.RECORD_CONFLICT}
    later, earlier = f"They differ in name. {LATER_STANDS}", f"event {LATER_STANDS} differs in name"

    (group,) = survey([entry("a", **conflict, detail=later), entry("b", **conflict, detail=earlier)]).quarantined

    assert [example.later_stands for example in group.examples] == [True, False]


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
