"""The true classes of applications and charges, known when they are written, against the rules, applied here."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from reclaim.local.outage import Outage, truth_of
from reclaim.local.outage.client_created.revenue import StagedApplication, StagedCharge
from reclaim.model.outcome import Outcome
from reclaim.reconciliation.model import ApplicationClass, ChargeClass


@dataclass(frozen=True)
class Audit:
    """What an audit has at hand after one complete recovery."""

    outage: Outage
    applications: dict[str, StagedApplication]
    charges: dict[str, list[StagedCharge]]
    held: set[str]
    recovered: set[str]
    named: set[str]


@pytest.fixture(scope="module")
def audit(outage: Outage) -> Audit:
    charges = defaultdict(list)
    for charge in outage.charges:
        charges[charge.application_id].append(charge)
    recovered = {m.record_key for m in outage.messages if m.outcome is Outcome.RECOVERED and m.record_key}
    return Audit(
        outage=outage,
        applications={application.application_id: application for application in outage.applications},
        charges=charges,
        held={client["_id"] for client in outage.records} | recovered,
        recovered=recovered,
        named={m.record_key for m in outage.messages if m.outcome is Outcome.QUARANTINED and m.record_key},
    )


def test_every_application_is_in_the_first_class_that_fits(audit: Audit) -> None:
    for application in audit.outage.applications:
        assert application.truth == _class_of_application(application, audit), application


def test_every_charge_is_in_the_first_class_that_fits(audit: Audit) -> None:
    for charge in audit.outage.charges:
        assert charge.truth == _class_of_charge(charge, audit), charge


def test_orphan_charges_are_made_in_the_window(audit: Audit) -> None:
    orphans = [c for c in audit.outage.charges if c.application_id not in audit.applications]

    assert orphans
    assert all(audit.outage.window.opens_at <= c.charged_at < audit.outage.window.as_of for c in orphans)


def test_some_charges_in_the_window_are_for_applications_before_it(audit: Audit) -> None:
    opens_at = audit.outage.window.opens_at

    assert any(c.truth is None and c.charged_at >= opens_at for c in audit.outage.charges)


def test_every_class_occurs(outage: Outage) -> None:
    assert {a.truth for a in outage.applications} >= set(ApplicationClass)
    assert {c.truth for c in outage.charges} >= set(ChargeClass)


@pytest.mark.parametrize("name", ["applications", "charges"])
def test_the_classes_sum_to_all_that_is_in_the_window(outage: Outage, name: str) -> None:
    rows: Any = [row for row in getattr(outage, name) if row.truth is not None]
    counts: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for row in rows:
        counts[row.currency] += 1
        amounts[row.currency] += row.amount_minor

    classes = truth_of(outage)["revenue"][name]

    assert {currency: sum(c["count"] for c in by.values()) for currency, by in classes.items()} == counts
    assert {currency: sum(c["amount_minor"] for c in by.values()) for currency, by in classes.items()} == amounts


def test_the_drift_is_what_charges_of_wrong_amount_exceed_or_lack(audit: Audit) -> None:
    over: Counter[str] = Counter()
    under: Counter[str] = Counter()
    for charge in audit.outage.charges:
        application = audit.applications.get(charge.application_id)
        if charge.truth is ChargeClass.WRONG_AMOUNT and application and application.currency == charge.currency:
            drift = charge.amount_minor - application.amount_minor
            (over if drift > 0 else under)[charge.currency] += abs(drift)

    drift = truth_of(audit.outage)["revenue"]["drift"]

    assert {currency: sums["over_minor"] for currency, sums in drift.items() if sums["over_minor"]} == over
    assert {currency: sums["under_minor"] for currency, sums in drift.items() if sums["under_minor"]} == under


def test_some_prices_are_not_the_clients_rate_but_few(outage: Outage) -> None:
    rates = {client["_id"]: client["billing"]["rate_minor"] for client in outage.records}
    known = [a for a in outage.applications if a.client_id in rates]

    deviating = [a for a in known if a.amount_minor != rates[a.client_id]]

    assert 0 < len(deviating) < len(known) * 0.03


def test_nothing_hangs_on_the_audit_being_a_few_days_late(audit: Audit) -> None:
    for application in audit.outage.applications:
        assert application.truth == _class_of_application(application, audit, timedelta(days=4))


def _class_of_application(
    application: StagedApplication, audit: Audit, later: timedelta = timedelta(0)
) -> ApplicationClass | None:
    window, client = audit.outage.window, application.client_id
    if not window.opens_at <= application.applied_at < window.as_of:
        return None
    if charges := audit.charges.get(application.application_id):
        return _class_of_charged(application, charges)
    if client not in audit.held:
        return ApplicationClass.AWAITING_QUARANTINE if client in audit.named else ApplicationClass.UNATTRIBUTABLE
    if application.applied_at < window.as_of + later - timedelta(days=35):
        return ApplicationClass.LATE
    return ApplicationClass.UNBILLED_RECOVERED if client in audit.recovered else ApplicationClass.UNBILLED


def _class_of_charged(application: StagedApplication, charges: list[StagedCharge]) -> ApplicationClass:
    if sum(c.amount_minor for c in charges) == 0 and any(c.amount_minor < 0 for c in charges):
        return ApplicationClass.REFUNDED
    wanted = (application.client_id, application.amount_minor, application.currency)
    if [(c.client_id, c.amount_minor, c.currency) for c in charges] == [wanted]:
        return ApplicationClass.MATCHED
    return ApplicationClass.MISCHARGED


def _class_of_charge(charge: StagedCharge, audit: Audit) -> ChargeClass | None:
    application = audit.applications.get(charge.application_id)
    if application is None:
        return ChargeClass.WITHOUT_APPLICATION
    if application.applied_at < audit.outage.window.opens_at:
        return None
    if charge.client_id != application.client_id:
        return ChargeClass.WRONG_CLIENT
    if charge.amount_minor < 0:
        return ChargeClass.REFUND
    right = [c for c in audit.charges[charge.application_id] if c.client_id == charge.client_id and c.amount_minor > 0]
    if charge != min(right, key=lambda c: (c.charged_at, c.charge_id)):
        return ChargeClass.DUPLICATE
    same = (charge.amount_minor, charge.currency) == (application.amount_minor, application.currency)
    return ChargeClass.MATCHED if same else ChargeClass.WRONG_AMOUNT
