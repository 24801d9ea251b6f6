"""What the claims are worth: sums that can be checked against the rows they are of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.exposure.assessment import Assessment, assess
from reclaim.exposure.claims import Claim, Claims, Standing
from reclaim.exposure.money_at_risk import TOP_RECORDS, Money, RecordMoney
from reclaim.exposure.retention import hour_of
from reclaim.model.outcome import Cause
from tests.builders import NOW, a_record, at

RECOVERED = Claim(Standing.RECOVERED, Cause.MISSING_ID)
QUARANTINED = Claim(Standing.QUARANTINED, Cause.RECORD_CONFLICT)
AT_RISK = Claim(Standing.AT_RISK, Cause.MISSING_ID, at(0))
DAY = date(2026, 11, 20)


def assessed(claims: dict[str, Claim], applications: list[dict[str, Any]], known: tuple[str, ...] = ()) -> Assessment:
    twin, held, records = MemoryApplications(), Claims(), MemoryRecords(MemoryLedger())
    for number, one in enumerate(applications):
        twin.put({"_id": f"app_{number}", "applied_at": datetime(2026, 11, 20, 9, tzinfo=UTC), "currency": "USD"} | one)
    for record_key, claim in claims.items():
        held.enter(record_key, claim)
    for record_key in known:
        records.put(a_record(record_key))
    return assess(held, records, twin)


def applied(record_key: str, amount_minor: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"client_id": record_key, "amount_minor": amount_minor, **changes}


def test_money_stands_where_its_client_stands() -> None:
    found = assessed(
        {"cl_r": RECOVERED, "cl_q": QUARANTINED, "cl_w": AT_RISK},
        [applied("cl_r", 1), applied("cl_q", 2), applied("cl_w", 4), applied("cl_nobody_named", 8)],
    ).exposure["USD"]

    assert [found.of(standing).amount_minor for standing in Standing] == [1, 4, 2]


def test_a_client_that_has_its_id_from_elsewhere_holds_nothing_up() -> None:
    found = assessed(
        {"cl_q": QUARANTINED, "cl_w": AT_RISK, "cl_r": RECOVERED},
        [applied("cl_q", 2), applied("cl_w", 4), applied("cl_r", 1)],
        known=("cl_q", "cl_w", "cl_r"),
    )

    assert found.exposure["USD"].recovered.amount_minor == 1
    assert found.exposure["USD"].quarantined.records == found.exposure["USD"].at_risk.records == 0
    assert found.due == {}


def test_a_client_with_several_currencies_is_in_each_with_its_own_money() -> None:
    found = assessed({"cl_1": RECOVERED}, [applied("cl_1", 5), applied("cl_1", 7, currency="JPY")]).exposure

    assert list(found) == ["JPY", "USD"]
    assert (found["JPY"].recovered.amount_minor, found["USD"].recovered.amount_minor) == (7, 5)


def test_causes_and_days_take_the_money_apart() -> None:
    carried = RECOVERED._replace(cause=Cause.CARRIED_ID)
    later = datetime(2026, 11, 21, 1, tzinfo=UTC)
    stake = (
        assessed(
            {"cl_1": RECOVERED, "cl_2": carried},
            [applied("cl_1", 5), applied("cl_1", 3, applied_at=later), applied("cl_2", 9)],
        )
        .exposure["USD"]
        .recovered
    )

    assert stake.causes == {
        Cause.CARRIED_ID: Money(records=1, applications=1, amount_minor=9),
        Cause.MISSING_ID: Money(records=1, applications=2, amount_minor=8),
    }
    assert stake.days == {
        DAY: Money(records=2, applications=2, amount_minor=14),
        later.date(): Money(records=1, applications=1, amount_minor=3),
    }


def test_the_top_clients_are_those_with_the_most_money_however_many_there_are() -> None:
    records = {f"cl_{number:04d}": RECOVERED for number in range(1200)}
    stake = assessed(records, [applied(one, int(one[3:]) // 2) for one in records]).exposure["USD"].recovered

    assert len(stake.top_records) == TOP_RECORDS
    first, second = stake.top_records[:2]
    assert first == RecordMoney(record_key="cl_1198", cause=Cause.MISSING_ID, applications=1, amount_minor=599)
    assert second.record_key == "cl_1199"


def test_money_at_risk_falls_due_in_the_hour_of_the_clients_first_message() -> None:
    found = assessed(
        {"cl_1": AT_RISK, "cl_2": AT_RISK._replace(due=at(3600)), "cl_3": RECOVERED},
        [applied("cl_1", 5), applied("cl_2", 6), applied("cl_3", 100)],
    )

    one = {"clients": 1, "applications": 1}
    assert found.due == {
        hour_of(NOW): {"USD": Money(**one, amount_minor=5)},
        hour_of(at(3600)): {"USD": Money(**one, amount_minor=6)},
    }


def test_nobody_named_is_nothing_at_stake() -> None:
    assert assessed({}, [applied("cl_1", 5)]) == Assessment({}, {})


standings = st.dictionaries(
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


@given(standings, rows)
def test_every_way_to_add_up_comes_to_the_same(claims: dict[str, Claim], applications: list[dict[str, Any]]) -> None:
    found = assessed(claims, applications)

    mine = [one for one in applications if one["client_id"] in claims]
    assert sum(
        exposure.of(standing).amount_minor for exposure in found.exposure.values() for standing in Standing
    ) == sum(one["amount_minor"] for one in mine)
    for currency, exposure in found.exposure.items():
        for standing in Standing:
            stake = exposure.of(standing)
            of_stake = [
                one for one in mine if one["currency"] == currency and claims[one["client_id"]].standing is standing
            ]
            whole = (
                len({one["client_id"] for one in of_stake}),
                len(of_stake),
                sum(o["amount_minor"] for o in of_stake),
            )
            assert (stake.records, stake.applications, stake.amount_minor) == whole
            for parts in (stake.causes, stake.days):
                assert sum(part.amount_minor for part in parts.values()) == stake.amount_minor
                assert sum(part.applications for part in parts.values()) == stake.applications
            assert sum(top.amount_minor for top in stake.top_records) == stake.amount_minor
        due = sum(by[currency].amount_minor for by in found.due.values() if currency in by)
        assert due == exposure.at_risk.amount_minor
