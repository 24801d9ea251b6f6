"""What the messages of a queue add up to."""

from __future__ import annotations

import io
from datetime import timedelta

from rich.console import Console

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.cli.inspection_view import show
from reclaim.exposure.assessment import assess
from reclaim.exposure.claims import Claim
from reclaim.exposure.inspection import Inspection, Inspector
from reclaim.exposure.money_at_risk import MoneyStatus, RecordAmounts
from reclaim.exposure.retention import ExpectedPace, Retention, hour_of
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Cause
from tests.builders import CONTRACT, NOW, a_body, a_message, at

FOUR_DAYS = timedelta(days=4)
PACE = ExpectedPace(messages_per_second=10, basis="a test")
BODIES = (a_body("cl_1"), a_body("cl_1", second=5), a_body("cl_2", country="nowhere"), "{")


def inspector(*bodies: str) -> Inspector:
    found = Inspector(CONTRACT, Retention("dlq", FOUR_DAYS))
    found.add(a_message(body) for body in bodies)
    return found


def inspected(*bodies: str, asked: bool = True) -> Inspection:
    applications, found = MemoryApplications(CONTRACT), inspector(*bodies)
    for number, record_key in enumerate(("cl_1", "cl_1", "cl_2", "cl_3")):
        values = {"client_id": record_key, "currency": "USD", "amount_minor": 1250, "applied_at": NOW}
        applications.put({"_id": f"app_{number}", **values})
    if not asked:
        return found.result("dlq", NOW, QueueDepth(len(bodies), 0, 0), PACE, unasked="MongoDB does not answer.")
    assessment = assess(found.claims, MemoryRecords(CONTRACT, MemoryLedger()), applications)
    return found.result("dlq", NOW, QueueDepth(len(bodies), 0, 0), PACE, assessment)


def test_bodies_say_causes_and_amounts() -> None:
    found = inspected(*BODIES, asked=False)

    assert found.causes == {Cause.MISSING_ID: 2, Cause.SCHEMA_VIOLATION: 1, Cause.MALFORMED_JSON: 1}
    assert (found.seen, found.repairable) == (4, 2)
    assert found.money == {"USD": RecordAmounts(records=1, messages=2, rate_minor_total=1250)}
    assert found.first_deadline == at(-3600) + FOUR_DAYS


def test_a_record_that_several_messages_name_is_at_risk_once() -> None:
    found = inspected(*BODIES)

    assert found.exposure is not None
    money = found.exposure["USD"].at_risk
    assert (money.records, money.applications, money.amount_minor) == (2, 3, 3750)
    assert {cause: one.amount_minor for cause, one in money.causes.items()} == {
        Cause.MISSING_ID: 2500,
        Cause.SCHEMA_VIOLATION: 1250,
    }


def test_money_and_messages_fall_due_together() -> None:
    outlook = inspected(*BODIES).outlook

    assert outlook is not None
    (due,) = outlook.falls_due
    assert (due.hour, due.messages, due.money["USD"].amount_minor) == (hour_of(at(-3600) + FOUR_DAYS), 4, 3750)


def test_an_event_claims_for_its_record_and_a_body_that_names_none_for_no_record() -> None:
    found = inspector(*BODIES)

    assert found.claims.records() == ["cl_1", "cl_2"]
    assert found.claims["cl_1"] == Claim(MoneyStatus.AT_RISK, Cause.MISSING_ID, at(-3600) + FOUR_DAYS)


def test_without_mongodb_only_the_bodies_count() -> None:
    found = inspected(*BODIES, asked=False)

    assert (found.exposure, found.unasked) == (None, "MongoDB does not answer.")
    assert found.outlook is not None
    assert [due.messages for due in found.outlook.falls_due] == [4]


def test_people_see_causes_money_records_days_and_hours() -> None:
    screen = io.StringIO()

    show(inspected(*BODIES), CONTRACT.words, Console(file=screen, width=120))

    for part in ("schema_violation", "12.50 USD", "37.50 USD", "cl_1", "2026-11-20", "2026-11-24 07:00 UTC", "at 10/s"):
        assert part in screen.getvalue()


def test_an_empty_queue_is_one_line() -> None:
    screen = io.StringIO()

    show(inspected(asked=False), CONTRACT.words, Console(file=screen, width=120))

    assert screen.getvalue().splitlines() == ["dlq  0 visible, 0 in flight, 0 delayed; 0 read, 0 repairable"]


def test_without_uncharged_applications_nothing_is_said_of_money() -> None:
    screen = io.StringIO()
    applications, found = MemoryApplications(CONTRACT), inspector(*BODIES)
    assessment = assess(found.claims, MemoryRecords(CONTRACT, MemoryLedger()), applications)

    show(
        found.result("dlq", NOW, QueueDepth(len(BODIES), 0, 0), PACE, assessment),
        CONTRACT.words,
        Console(file=screen, width=120),
    )

    assert "malformed_json" in screen.getvalue()
    for word in ("Unbilled", "At risk", "Most at risk"):
        assert word not in screen.getvalue()
