"""What the claims come to: sums that can be checked against the rows they are of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.exposure.assessment import Assessment, assess
from reclaim.exposure.claims import Claim, Claims
from reclaim.exposure.money_at_risk import TOP_RECORDS, MoneyStatus, RecordMoney, UnchargedMoney
from reclaim.exposure.retention import hour_of
from reclaim.model.outcome import Cause
from tests.builders import CONTRACT, NOW, a_record, at

RECOVERED = Claim(MoneyStatus.RECOVERED, Cause.MISSING_ID)
QUARANTINED = Claim(MoneyStatus.QUARANTINED, Cause.RECORD_CONFLICT)
AT_RISK = Claim(MoneyStatus.AT_RISK, Cause.MISSING_ID, at(0))
DAY = date(2026, 11, 20)


def assessed(claims: dict[str, Claim], applications: list[dict[str, Any]], known: tuple[str, ...] = ()) -> Assessment:
    stored, held, records = MemoryApplications(CONTRACT), Claims(), MemoryRecords(CONTRACT, MemoryLedger())
    for number, one in enumerate(applications):
        stored.put(
            {"_id": f"app_{number}", "applied_at": datetime(2026, 11, 20, 9, tzinfo=UTC), "currency": "USD"} | one
        )
    for record_key, claim in claims.items():
        held.add(record_key, claim)
    for record_key in known:
        records.put(a_record(record_key))
    return assess(held, records, stored)


def applied(record_key: str, amount_minor: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"client_id": record_key, "amount_minor": amount_minor, **changes}


def test_money_has_the_status_of_its_record() -> None:
    found = assessed(
        {"cl_r": RECOVERED, "cl_q": QUARANTINED, "cl_w": AT_RISK},
        [applied("cl_r", 1), applied("cl_q", 2), applied("cl_w", 4), applied("cl_nobody_named", 8)],
    ).exposure["USD"]

    assert [found.of(status).amount_minor for status in MoneyStatus] == [1, 4, 2]


def test_a_record_that_has_its_identity_from_elsewhere_is_not_counted() -> None:
    found = assessed(
        {"cl_q": QUARANTINED, "cl_w": AT_RISK, "cl_r": RECOVERED},
        [applied("cl_q", 2), applied("cl_w", 4), applied("cl_r", 1)],
        known=("cl_q", "cl_w", "cl_r"),
    )

    assert found.exposure["USD"].recovered.amount_minor == 1
    assert found.exposure["USD"].quarantined.records == found.exposure["USD"].at_risk.records == 0
    assert found.due == {}


def test_a_record_with_several_currencies_is_in_each_with_its_own_money() -> None:
    found = assessed({"cl_1": RECOVERED}, [applied("cl_1", 5), applied("cl_1", 7, currency="JPY")]).exposure

    assert list(found) == ["JPY", "USD"]
    assert (found["JPY"].recovered.amount_minor, found["USD"].recovered.amount_minor) == (7, 5)


def test_the_money_is_broken_down_by_causes_and_days() -> None:
    carried = RECOVERED._replace(cause=Cause.CARRIED_ID)
    later = datetime(2026, 11, 21, 1, tzinfo=UTC)
    money = (
        assessed(
            {"cl_1": RECOVERED, "cl_2": carried},
            [applied("cl_1", 5), applied("cl_1", 3, applied_at=later), applied("cl_2", 9)],
        )
        .exposure["USD"]
        .recovered
    )

    assert money.causes == {
        Cause.CARRIED_ID: UnchargedMoney(records=1, applications=1, amount_minor=9),
        Cause.MISSING_ID: UnchargedMoney(records=1, applications=2, amount_minor=8),
    }
    assert money.days == {
        DAY: UnchargedMoney(records=2, applications=2, amount_minor=14),
        later.date(): UnchargedMoney(records=1, applications=1, amount_minor=3),
    }


def test_the_top_records_are_those_with_the_most_money_however_many_there_are() -> None:
    records = {f"cl_{number:04d}": RECOVERED for number in range(1200)}
    money = assessed(records, [applied(one, int(one[3:]) // 2) for one in records]).exposure["USD"].recovered

    assert len(money.top_records) == TOP_RECORDS
    first, second = money.top_records[:2]
    assert first == RecordMoney(record_key="cl_1198", cause=Cause.MISSING_ID, applications=1, amount_minor=599)
    assert second.record_key == "cl_1199"


def test_money_at_risk_falls_due_in_the_hour_of_the_records_first_message() -> None:
    found = assessed(
        {"cl_1": AT_RISK, "cl_2": AT_RISK._replace(due=at(3600)), "cl_3": RECOVERED},
        [applied("cl_1", 5), applied("cl_2", 6), applied("cl_3", 100)],
    )

    one = {"records": 1, "applications": 1}
    assert found.due == {
        hour_of(NOW): {"USD": UnchargedMoney(**one, amount_minor=5)},
        hour_of(at(3600)): {"USD": UnchargedMoney(**one, amount_minor=6)},
    }


def test_without_claims_there_is_no_money_at_risk() -> None:
    assert assessed({}, [applied("cl_1", 5)]) == Assessment({}, {})


claims_by_key = st.dictionaries(
    st.sampled_from([f"cl_{number}" for number in range(6)]), st.sampled_from([RECOVERED, QUARANTINED, AT_RISK])
)
rows = st.lists(
    st.builds(
        lambda record, amount, currency, hour: applied(
            f"cl_{record}",
            amount,
            currency=currency,
            applied_at=datetime(2026, 11, 20 + hour // 24, hour % 24, tzinfo=UTC),
        ),
        st.integers(0, 8),
        st.integers(0, 2**63 - 1),
        st.sampled_from(["EUR", "JPY", "USD"]),
        st.integers(0, 71),
    ),
    max_size=30,
)


@given(claims_by_key, rows)
def test_every_way_to_add_up_comes_to_the_same(claims: dict[str, Claim], applications: list[dict[str, Any]]) -> None:
    found = assessed(claims, applications)

    mine = [one for one in applications if one["client_id"] in claims]
    assert sum(
        exposure.of(status).amount_minor for exposure in found.exposure.values() for status in MoneyStatus
    ) == sum(one["amount_minor"] for one in mine)
    for currency, exposure in found.exposure.items():
        for status in MoneyStatus:
            money = exposure.of(status)
            of_status = [
                one for one in mine if one["currency"] == currency and claims[one["client_id"]].status is status
            ]
            whole = (
                len({one["client_id"] for one in of_status}),
                len(of_status),
                sum(o["amount_minor"] for o in of_status),
            )
            assert (money.records, money.applications, money.amount_minor) == whole
            for parts in (money.causes, money.days):
                assert sum(part.amount_minor for part in parts.values()) == money.amount_minor
                assert sum(part.applications for part in parts.values()) == money.applications
            assert sum(top.amount_minor for top in money.top_records) == money.amount_minor
        due = sum(by[currency].amount_minor for by in found.due.values() if currency in by)
        assert due == exposure.at_risk.amount_minor
