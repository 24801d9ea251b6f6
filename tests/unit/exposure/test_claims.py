"""Every record once, whatever names it and in whatever order."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reclaim.exposure.claims import Claim, Claims
from reclaim.exposure.money_at_risk import MoneyStatus
from reclaim.model.ledger import Mention
from reclaim.model.outcome import Cause, Outcome
from tests.builders import at

MISSING = Claim(MoneyStatus.AT_RISK, Cause.MISSING_ID, at(10))

claim = st.builds(
    lambda status, cause, second: Claim(status, cause, at(second) if status is MoneyStatus.AT_RISK else None),
    st.sampled_from(MoneyStatus),
    st.sampled_from(Cause),
    st.integers(0, 100),
)


def claims(*entered: Claim) -> Claim:
    found = Claims()
    for one in entered:
        found.add("cl_1", one)
    assert len(found) == 1
    return found["cl_1"]


def test_recovered_goes_before_at_risk_and_at_risk_before_quarantined() -> None:
    recovered = Claim(MoneyStatus.RECOVERED, Cause.MISSING_ID)
    quarantined = Claim(MoneyStatus.QUARANTINED, Cause.RECORD_CONFLICT)

    assert claims(quarantined, MISSING) == MISSING
    assert claims(quarantined, MISSING, recovered) == recovered


def test_a_record_falls_due_with_the_first_of_its_messages() -> None:
    assert claims(MISSING, MISSING._replace(due=at(5)), MISSING._replace(due=at(7))).due == at(5)


def test_what_can_be_repaired_names_the_cause() -> None:
    rejected = Claim(MoneyStatus.AT_RISK, Cause.SCHEMA_VIOLATION, at(20))

    assert claims(rejected, MISSING) == MISSING


@given(st.lists(claim, min_size=1, max_size=6), st.randoms())
def test_the_order_of_messages_changes_nothing(entered: list[Claim], random: st.DataObject) -> None:
    shuffled = list(entered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert claims(*entered) == claims(*shuffled)


def test_the_ledgers_outcomes_give_the_status() -> None:
    found = Claims()
    found.add_mentions(
        [
            Mention("cl_recovered", Outcome.RECOVERED, Cause.CARRIED_ID, at(0)),
            Mention("cl_deferred", Outcome.DEFERRED, Cause.HALTED, at(0)),
            Mention("cl_quarantined", Outcome.QUARANTINED, Cause.RECORD_CONFLICT, at(0)),
            Mention(None, Outcome.QUARANTINED, Cause.MALFORMED_JSON, at(0)),
            Mention("cl_known", Outcome.DUPLICATE, Cause.ALREADY_RECOVERED, at(0)),
        ],
        lambda sent_at: sent_at + timedelta(seconds=30),
    )

    assert found.records() == ["cl_deferred", "cl_quarantined", "cl_recovered"]
    assert found["cl_deferred"] == Claim(MoneyStatus.AT_RISK, Cause.HALTED, at(30))
    assert found["cl_quarantined"].due is None
