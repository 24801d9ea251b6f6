"""Small revenue sides for audits: documents as MongoDB holds them, and a slow, obvious audit to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from reclaim.adapters.memory.revenue import MemoryRevenueReader
from reclaim.reconciliation.audit_data import AuditData, read_audit_data
from reclaim.reconciliation.matching import Matched, match
from reclaim.reconciliation.model import AuditWindow
from reclaim.reconciliation.totals import AuditTotals, totals_of
from tests.builders import CONTRACT

AS_OF = datetime(2026, 11, 21, 8, tzinfo=UTC)
WINDOW = AuditWindow(AS_OF - timedelta(days=60), AS_OF, AS_OF)

Document = dict[str, Any]


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


@dataclass
class RevenueSide:
    """Applications, charges and clients; which of these a run recovered, and who waits in quarantine."""

    applications: dict[str, Document] = field(default_factory=dict)
    charges: dict[str, Document] = field(default_factory=dict)
    known: set[str] = field(default_factory=lambda: {"known"})
    recovered: set[str] = field(default_factory=lambda: {"recovered"})
    awaiting: set[str] = field(default_factory=lambda: {"awaiting"})

    def apply(self, name: str = "a", **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": "known", "applied_at": ago(10), "amount_minor": 100, "currency": "USD"}
        self.applications[name] = {"_id": name, **values, **changes}

    def charge(self, name: str = "c", **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": "known", "charged_at": ago(9), "amount_minor": 100, "currency": "USD"}
        self.charges[name] = {"_id": name, "application_id": "a", **values, **changes}

    # --- the product's audit ---------------------------------------------------------------------------------

    def reader(self) -> MemoryRevenueReader:
        clients = {
            name: {"_id": name, "name": name, "recovery": {"run_id": "run-1"} if name in self.recovered else None}
            for name in self.known | self.recovered
        }
        return MemoryRevenueReader(CONTRACT, self.applications, self.charges, clients, self.awaiting)

    def audit_data(self, window: AuditWindow = WINDOW) -> AuditData:
        return read_audit_data(self.reader(), window, CONTRACT)

    def audited(self, window: AuditWindow = WINDOW) -> tuple[Matched, AuditTotals]:
        data = self.audit_data(window)
        matched = match(data, window)
        return matched, totals_of(matched, data.totals)

    def classes(self, window: AuditWindow = WINDOW) -> dict[str, str]:
        return classes_of(self.audited(window)[0])

    # --- the same, one row at a time -------------------------------------------------------------------------

    def expected(self, window: AuditWindow = WINDOW) -> dict[str, str]:
        """The class of each application and charge, by ID, read off the contract sentence by sentence."""
        ours = [one for one in self.applications.values() if window.opens <= one["applied_at"] < window.closes]
        classes = {one["_id"]: self._class_of_application(one, window) for one in ours}
        for charge in self.charges.values():
            application = self.applications.get(charge["application_id"])
            if application is None:
                if window.opens <= charge["charged_at"] < window.closes:
                    classes[charge["_id"]] = "charge_without_application"
            elif application["_id"] in classes:
                classes[charge["_id"]] = self._class_of_charge(charge, application)
        return classes

    def _charges_of(self, application: Document) -> list[Document]:
        return [one for one in self.charges.values() if one["application_id"] == application["_id"]]

    def _class_of_application(self, application: Document, window: AuditWindow) -> str:
        charges, client = self._charges_of(application), application["client_id"]
        net: Counter[str] = Counter()
        for charge in charges:
            net[charge["currency"]] += charge["amount_minor"]
        if charges and not any(net.values()) and any(charge["amount_minor"] < 0 for charge in charges):
            return "refunded"
        if len(charges) == 1 and all(charges[0][name] == application[name] for name in _COMPARED):
            return "matched"
        if charges:
            return "mischarged"
        if client not in self.known | self.recovered:
            return "awaiting_quarantine" if client in self.awaiting else "unattributable"
        if window.as_of - application["applied_at"] > window.backdating:
            return "late"
        return "unbilled_recovered" if client in self.recovered else "unbilled"

    def _class_of_charge(self, charge: Document, application: Document) -> str:
        if charge["client_id"] != application["client_id"]:
            return "wrong_client"
        if charge["amount_minor"] < 0:
            return "refund"
        positive = [
            one
            for one in self._charges_of(application)
            if one["client_id"] == application["client_id"] and one["amount_minor"] > 0
        ]
        positive.sort(key=lambda one: (one["charged_at"], one["_id"]))
        if charge in positive[1:]:
            return "duplicate_charge"
        if charge["amount_minor"] != application["amount_minor"] or charge["currency"] != application["currency"]:
            return "wrong_amount"
        return "matched"

    def expected_sums(self, window: AuditWindow = WINDOW) -> dict[str, Mapping[str, Any]]:
        """What `reconcile --json` must say of it: applications, charges and drift."""
        sums: dict[str, Any] = {"applications": {}, "charges": {}, "drift": {}}
        for name, found in self.expected(window).items():
            kind = "applications" if name in self.applications else "charges"
            document = (self.applications | self.charges)[name]
            held = sums[kind].setdefault(document["currency"], {}).setdefault(found, {"count": 0, "amount_minor": 0})
            held["count"] += 1
            held["amount_minor"] += document["amount_minor"]
            application = self.applications.get(document.get("application_id", ""))
            if found == "wrong_amount" and application and application["currency"] == document["currency"]:
                drift = document["amount_minor"] - application["amount_minor"]
                off = sums["drift"].setdefault(document["currency"], {"over_minor": 0, "under_minor": 0})
                off["over_minor" if drift > 0 else "under_minor"] += abs(drift)
        return sums


_COMPARED = ("client_id", "amount_minor", "currency")


def classes_of(matched: Matched) -> dict[str, str]:
    """The class of each application and charge, by ID."""
    return dict(zip(matched.applications["application_id"], matched.applications["class"], strict=True)) | dict(
        zip(matched.charges["charge_id"], matched.charges["class"], strict=True)
    )


def sums_of(found: AuditTotals) -> dict[str, Any]:
    """Applications, charges and drift as JSON has them."""
    dumped: dict[str, Any] = {
        "applications": {
            c: {one.value: line.model_dump() for one, line in classes.items()}
            for c, classes in found["applications"].items()
        },
        "charges": {
            c: {one.value: line.model_dump() for one, line in classes.items()}
            for c, classes in found["charges"].items()
        },
        "drift": {c: drift.model_dump() for c, drift in found["drift"].items()},
    }
    return dumped
