"""What is proposed to be put right: one line for each client, application and currency that does not come out."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from reclaim.reports.revenue.adjustments import Matter, Proposal
from tests.unit.reconciliation.books import Books, ago
from tests.unit.reconciliation.test_matching import any_books
from tests.unit.reports.revenue.audits import audit_of, every_trouble


def proposed(books: Books) -> list[tuple[str, str, str, str, str, int]]:
    return [
        (
            each.account.application_id,
            each.matter.value,
            each.proposal.value,
            each.account.client_id,
            each.account.currency,
            each.amount_minor,
        )
        for each in audit_of(books).adjustments()
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
def test_what_was_given_back_already_is_not_proposed_again(client: str) -> None:
    books = Books()
    books.apply()
    books.charge("right")
    books.charge("wrong", client_id=client)
    books.charge("back", client_id=client, amount_minor=-100)

    assert proposed(books) == []


def test_a_duplicate_given_back_in_part_is_credited_for_the_rest() -> None:
    books = Books()
    books.apply()
    for name, amount_minor in (("c1", 100), ("c2", 100), ("c3", -30)):
        books.charge(name, amount_minor=amount_minor)

    assert proposed(books) == [("a", "duplicate_charge", "credit", "known", "USD", -70)]


def test_what_was_charged_to_one_client_and_given_back_to_another_is_open_on_both() -> None:
    books = Books()
    books.apply()
    books.charge("taken", client_id="recovered")
    books.charge("given", amount_minor=-100)

    assert proposed(books) == [
        ("a", "partly_refunded", "decide", "known", "USD", 100),
        ("a", "wrong_client", "credit", "recovered", "USD", -100),
    ]


def test_a_refund_of_nothing_is_for_a_person_to_decide() -> None:
    books = Books()
    books.charge("c", application_id="nowhere", amount_minor=-70)

    assert proposed(books) == [("nowhere", "charge_without_application", "decide", "known", "USD", 70)]


def test_what_the_biller_takes_by_itself_is_not_in_the_list() -> None:
    books = Books()
    books.apply("a")
    books.apply("b", client_id="recovered")
    books.apply("c", client_id="nobody")

    assert proposed(books) == []


def test_the_reason_is_in_words_with_the_amounts() -> None:
    why = {each.account.application_id: each.why for each in audit_of(every_trouble()).adjustments()}

    assert why["late"] == "Never charged and 42 days old; the biller goes back 35 days. The price is 1.00 USD."
    assert why["twice"] == "Charged 2 times, 2.00 USD in all. The price is 1.00 USD."
    assert why["partly"] == (
        "Charged 1.00 USD; given back 0.40 USD. The price is 1.00 USD. If that was meant, nothing is to be done."
    )
    assert why["nowhere"] == "Charged 0.70 USD. There is no such application."


def test_a_client_s_name_is_told_where_the_window_tells_it() -> None:
    names = {
        (each.account.application_id, each.account.client_id): each.client_name
        for each in audit_of(every_trouble()).adjustments()
    }

    assert names["stranger", "recovered"] == "recovered"
    assert names["late", "known"] == "known"


def test_amounts_that_need_more_than_64_bits_stay_exact() -> None:
    books = Books()
    books.apply(applied_at=ago(3), amount_minor=2**63 - 1)
    for name in ("c1", "c2", "c3"):
        books.charge(name, amount_minor=2**63 - 1)

    assert [each.amount_minor for each in audit_of(books).adjustments()] == [-2 * (2**63 - 1)]


@given(any_books())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_doing_all_that_is_proposed_leaves_nothing_to_propose(books: Books) -> None:
    """Then each late or mischarged application has been paid for by its client, and nobody else has paid anything."""
    for number, each in enumerate(audit_of(books).adjustments()):
        assert (each.amount_minor < 0) == (each.proposal is Proposal.CREDIT)
        if abs(each.amount_minor) >= 2**63:
            return  # no single charge can hold it
        changes = {"client_id": each.account.client_id, "currency": each.account.currency}
        changes |= {"amount_minor": each.amount_minor, "charged_at": ago(1)}
        books.charge(f"correction-{number}", application_id=each.account.application_id, **changes)

    assert audit_of(books).adjustments() == []
