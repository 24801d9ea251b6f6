"""A recovery's report says what is left to be billed, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reclaim.exposure.money_at_risk import Exposure, MoneyStatus, UnchargedMoney
from reclaim.local.outage import plan_outage
from reclaim.model.errors import StoreUnavailable
from reclaim.model.outcome import Cause
from tests.flows.world import Recovered, World, always, from_call


def amounts(exposure: Exposure | None, standing: MoneyStatus) -> dict[str, tuple[int, int]]:
    """Applications and amount by currency."""
    assert exposure is not None
    found = {currency: one.of(standing) for currency, one in exposure.items()}
    return {currency: (one.applications, one.amount_minor) for currency, one in found.items() if one.applications}


def staged(truth: dict[str, Any], name: str) -> dict[str, tuple[int, int]]:
    """The same of one class of the truth."""
    return {
        currency: (classes[name]["count"], classes[name]["amount_minor"])
        for currency, classes in truth["revenue"]["applications"].items()
        if name in classes
    }


def test_what_is_recovered_and_what_is_in_quarantine_is_what_was_staged(mixed: Recovered) -> None:
    exposure = mixed.report.exposure

    assert amounts(exposure, MoneyStatus.RECOVERED) == staged(mixed.truth, "unbilled_recovered")
    assert amounts(exposure, MoneyStatus.QUARANTINED) == staged(mixed.truth, "awaiting_quarantine")
    assert amounts(exposure, MoneyStatus.AT_RISK) == {}
    assert mixed.world.saved_report(mixed.report)["exposure"].keys() == (exposure or {}).keys()


def test_a_dry_run_foretells_what_will_be_left(world: World) -> None:
    world.stage(plan_outage(80, seed=5))

    dry = world.recover(dry_run=True)

    assert dry.exposure
    assert dry.exposure == world.recover().exposure


def test_what_was_deferred_is_at_risk_until_sqs_drops_it(world: World) -> None:
    world.send_events(20)
    day = datetime(2026, 11, 20, tzinfo=UTC)
    for number in range(20):
        values = {"client_id": f"cl_{number}", "currency": "USD", "amount_minor": 100, "applied_at": day}
        world.applications.put({"_id": f"app_{number}", **values})
    world.meddle("records.write", from_call(3, StoreUnavailable("MongoDB takes no writes.")))

    report = world.recover()

    assert report.exposure is not None
    usd, outlook = report.exposure["USD"], report.outlook
    assert (usd.recovered.records, usd.at_risk.records) == (report.counts.recovered, report.counts.deferred)
    assert usd.at_risk.causes.keys() == {Cause.STORE_UNAVAILABLE}
    assert usd.at_risk.amount_minor == 100 * report.counts.deferred > 0
    assert outlook is not None
    assert sum(due.messages for due in outlook.falls_due) == report.counts.deferred
    assert outlook.first_deadline is not None
    assert [due.money for due in outlook.falls_due] == [
        {"USD": UnchargedMoney(**usd.at_risk.model_dump(include=set(UnchargedMoney.model_fields)))}
    ]
    assert outlook.eta is not None
    assert not outlook.late


def test_a_report_is_given_without_money_if_mongodb_cannot_be_asked(world: World) -> None:
    world.send_events(3)
    world.meddle("applications.uncharged", always(StoreUnavailable("MongoDB does not answer.")))

    report = world.recover()

    assert report.counts.recovered == 3
    assert (report.exposure, report.outlook) == (None, None)
    assert any("unbilled" in sentence for sentence in report.attention.unfinished)
