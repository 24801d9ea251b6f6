"""Above which size a recovery needs somebody else, and who does not count as somebody else."""

from __future__ import annotations

import pytest

from reclaim.model.errors import ExitCode, UsageError
from reclaim.runs.approval import ApprovalPolicy, check_approval, same_person

POLICY = ApprovalPolicy(messages=100, money={"EUR": 100_000, "JPY": 5000})
WHY = "A recovery of 101 messages needs an approver."


@pytest.mark.parametrize(
    ("messages", "money"),
    [(0, {}), (100, {"EUR": 100_000}), (100, {"USD": 10**30}), (5, {"EUR": 1, "JPY": 5000})],
)
def test_up_to_its_limits_a_recovery_is_routine(messages: int, money: dict[str, int]) -> None:
    assert POLICY.needed(messages, money) is None


@pytest.mark.parametrize(
    ("messages", "money", "sentence"),
    [
        (101, {}, "A recovery of 101 messages needs an approver: the limit without one is 100"),
        (1, {"EUR": 100_001}, "A recovery worth 1,000.01 EUR needs an approver: the limit without one is 1,000.00 EUR"),
        (1, {"JPY": 5001}, "A recovery worth 5,001 JPY needs an approver: the limit without one is 5,000 JPY"),
    ],
)
def test_above_them_it_needs_an_approver_and_says_why(messages: int, money: dict[str, int], sentence: str) -> None:
    assert (POLICY.needed(messages, money) or "").startswith(sentence)


def test_currencies_are_never_added_up() -> None:
    assert POLICY.needed(1, {"EUR": 99_999, "JPY": 4999}) is None


def test_without_limits_nothing_needs_an_approver() -> None:
    assert ApprovalPolicy().needed(10**9, {"EUR": 10**18}) is None


def test_a_limit_of_nothing_asks_for_every_message() -> None:
    assert ApprovalPolicy(messages=0).needed(0, {}) is None
    assert ApprovalPolicy(messages=0).needed(1, {})


@pytest.mark.parametrize(
    ("operator", "approver"),
    [("maria", "maria"), ("maria", " Maria "), ("Maria  Jones", "maria jones"), ("straße", "STRASSE"), ("ﬁn", "FIN")],
)
def test_an_operator_cannot_approve_under_another_spelling(operator: str, approver: str) -> None:
    assert same_person(operator, approver)
    for needed in (None, WHY):
        with pytest.raises(UsageError, match="cannot approve it as well; nothing was touched"):
            check_approval(needed, operator, approver, "INC-1")


@pytest.mark.parametrize(
    ("approver", "reason", "sentence"),
    [
        ("", "INC-1", "Nothing was touched. Name who agreed with --approver"),
        ("  ", "INC-1", "Nothing was touched. Name who agreed with --approver"),
        ("ann", " ", "It needs a reason too; nothing was touched"),
    ],
)
def test_what_is_missing_is_one_sentence(approver: str, reason: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as caught:
        check_approval(WHY, "maria", approver, reason)

    assert caught.value.exit_code is ExitCode.USAGE
    assert str(caught.value).startswith(WHY)


def test_two_people_and_a_reason_will_do() -> None:
    accepted = [
        check_approval(WHY, "maria", "ann", "INC-1"),  # type: ignore[func-returns-value]
        check_approval(None, "maria", "", ""),  # type: ignore[func-returns-value]
    ]

    assert accepted == [None, None]
