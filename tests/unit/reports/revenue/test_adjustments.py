"""What is proposed: one line for each client, application and currency whose balance is open."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from reclaim.reports.revenue.adjustments import Matter, Proposal
from tests.unit.reconciliation.revenue_side import RevenueSide, ago
from tests.unit.reconciliation.test_matching import any_revenue_side
from tests.unit.reports.revenue.audits import audit_of, every_trouble


def proposed(revenue: RevenueSide) -> list[tuple[str, str, str, str, str, int]]:
    return [
        (
            each.balance.application_id,
            each.matter.value,
            each.proposal.value,
            each.balance.client_id,
            each.balance.currency,
            each.amount_minor,
        )
        for each in audit_of(revenue).adjustments()
    ]


def test_every_way_to_charge_wrongly_has_its_own_proposal() -> None:
    assert sorted(proposed(every_trouble())) == [
        ("cheap", "undercharged", "charge", "known", "USD", 40),
        ("dear", "overcharged", "credit", "known", "USD", -30),
        ("foreign", "not_charged", "charge", "known", "USD", 100),
        ("foreign", "wrong_currency", "credit", "known", "EUR", -100),
        ("late", "late", "charge", "known", "USD", 100),
        ("nowhere", "charge_without_application", "credit", "known", "USD", -70),
        ("partly", "partly_refunded", "decide", "known", "USD", 40),
        ("stranger", "not_charged", "charge", "known", "USD", 100),
        ("stranger", "wrong_client", "credit", "recovered", "USD", -100),
        ("twice", "duplicate_charge", "credit", "known", "USD", -100),
    ]
    assert {each.matter for each in audit_of(every_trouble()).adjustments()} == set(Matter)


@pytest.mark.parametrize("client", ["known", "recovered"])
def test_what_was_refunded_already_is_not_proposed_again(client: str) -> None:
    revenue = RevenueSide()
    revenue.apply()
    revenue.charge("right")
    revenue.charge("wrong", client_id=client)
    revenue.charge("back", client_id=client, amount_minor=-100)

    assert proposed(revenue) == []


def test_a_duplicate_refunded_in_part_is_credited_for_the_rest() -> None:
    revenue = RevenueSide()
    revenue.apply()
    for name, amount_minor in (("c1", 100), ("c2", 100), ("c3", -30)):
        revenue.charge(name, amount_minor=amount_minor)

    assert proposed(revenue) == [("a", "duplicate_charge", "credit", "known", "USD", -70)]


def test_what_was_charged_to_one_client_and_refunded_to_another_is_open_on_both() -> None:
    revenue = RevenueSide()
    revenue.apply()
    revenue.charge("taken", client_id="recovered")
    revenue.charge("given", amount_minor=-100)

    assert proposed(revenue) == [
        ("a", "partly_refunded", "decide", "known", "USD", 100),
        ("a", "wrong_client", "credit", "recovered", "USD", -100),
    ]


def test_a_refund_of_nothing_is_for_a_person_to_decide() -> None:
    revenue = RevenueSide()
    revenue.charge("c", application_id="nowhere", amount_minor=-70)

    assert proposed(revenue) == [("nowhere", "charge_without_application", "decide", "known", "USD", 70)]


def test_what_the_biller_takes_by_itself_is_not_in_the_list() -> None:
    revenue = RevenueSide()
    revenue.apply("a")
    revenue.apply("b", client_id="recovered")
    revenue.apply("c", client_id="nobody")

    assert proposed(revenue) == []


def test_the_reason_is_in_words_with_the_amounts() -> None:
    why = {each.balance.application_id: each.why for each in audit_of(every_trouble()).adjustments()}

    assert why["late"] == "Never charged and 42 days old; the biller goes back 35 days. The price is 1.00 USD."
    assert why["twice"] == "Charged 2 times, 2.00 USD in all. The price is 1.00 USD."
    assert why["partly"] == (
        "Charged 1.00 USD; refunded 0.40 USD. The price is 1.00 USD. If that was intended, nothing is to be done."
    )
    assert why["nowhere"] == "Charged 0.70 USD. There is no such application."


def test_a_client_s_name_is_told_where_the_window_tells_it() -> None:
    names = {
        (each.balance.application_id, each.balance.client_id): each.client_name
        for each in audit_of(every_trouble()).adjustments()
    }

    assert names["stranger", "recovered"] == "recovered"
    assert names["late", "known"] == "known"


def test_amounts_that_need_more_than_64_bits_stay_exact() -> None:
    revenue = RevenueSide()
    revenue.apply(applied_at=ago(3), amount_minor=2**63 - 1)
    for name in ("c1", "c2", "c3"):
        revenue.charge(name, amount_minor=2**63 - 1)

    assert [each.amount_minor for each in audit_of(revenue).adjustments()] == [-2 * (2**63 - 1)]


@given(any_revenue_side())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_doing_all_that_is_proposed_leaves_nothing_to_propose(revenue: RevenueSide) -> None:
    """Then each late or mischarged application has been paid for by its client, and nobody else has paid anything."""
    for number, each in enumerate(audit_of(revenue).adjustments()):
        assert (each.amount_minor < 0) == (each.proposal is Proposal.CREDIT)
        if abs(each.amount_minor) >= 2**63:
            return  # no single charge can hold it
        revenue.charge(
            f"correction-{number}",
            application_id=each.balance.application_id,
            client_id=each.balance.client_id,
            currency=each.balance.currency,
            amount_minor=each.amount_minor,
            charged_at=ago(1),
        )

    assert audit_of(revenue).adjustments() == []
