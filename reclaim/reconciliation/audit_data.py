"""Everything an audit reads, and how it is read: all of it at one moment, each row once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import pandas as pd

from reclaim.contracts.contract import Contract
from reclaim.model.batched import batched
from reclaim.reconciliation.model import AuditWindow, Line
from reclaim.reconciliation.ports import RevenueReader
from reclaim.reconciliation.tables import Document, application_columns, charge_columns, client_columns, table_of

T = TypeVar("T")

IDS_PER_QUERY: Final = 10_000
"""A query document holds 16 MB, and an ID of 128 characters takes 150 bytes of it."""

OnRead = Callable[[str, int], None]
"""Called with what is being read, and how much of it has been read so far."""


@dataclass(frozen=True, slots=True)
class StoreTotals:
    """What the store counts by itself, by currency, apart from any row that was read."""

    applications: Mapping[str, Line] = field(default_factory=dict)
    charges: Mapping[str, Line] = field(default_factory=dict)


class AuditData:
    """The tables of one window, with the columns of `tables`, and what goes with them.

    A plain class on purpose: the orchestrator looks into dataclasses, value by value, and may leave this alone.

    Attributes:
        applications: those of the window.
        charges: those of these applications, and those made in the window whose application does not exist.
        clients: those of these applications that exist.
        awaiting: the clients among the others that an open quarantined message names.
        consistent: all of it is of one moment.
    """

    __slots__ = ("applications", "awaiting", "charges", "clients", "consistent", "totals")

    def __init__(
        self,
        *,
        applications: pd.DataFrame,
        charges: pd.DataFrame,
        clients: pd.DataFrame,
        awaiting: frozenset[str] = frozenset(),
        totals: StoreTotals = StoreTotals(),
        consistent: bool = True,
    ) -> None:
        self.applications = applications
        self.charges = charges
        self.clients = clients
        self.awaiting = awaiting
        self.totals = totals
        self.consistent = consistent


def read_audit_data(
    reader: RevenueReader, window: AuditWindow, contract: Contract, on_read: OnRead = lambda _what, _rows: None
) -> AuditData:
    """Read everything the audit of `window` needs.

    Raises:
        Unauditable: a document's money, time or IDs cannot be read.
        UsageError: the contract has no revenue side.
        StoreUnavailable: MongoDB cannot be reached, or no longer has the snapshot that the reading began with.
    """
    revenue = contract.require_revenue()
    applications = table_of(
        _counted(reader.applications(window), "applications", on_read),
        application_columns(revenue),
        revenue.applications.name,
    )
    charges = table_of(
        _counted(_charges(reader, window, applications, revenue.charges.reference), "charges", on_read),
        charge_columns(revenue),
        revenue.charges.name,
    )
    named = sorted(set(applications["client_id"]))
    clients = table_of(
        _counted(_in_parts(named, reader.clients), "clients", on_read), client_columns(contract), contract.collection
    )
    unknown = sorted(set(named) - set(clients["client_id"]))
    awaiting = frozenset(_in_parts(unknown, reader.awaiting))
    on_read("totals", 0)
    return AuditData(
        applications=applications,
        charges=charges,
        clients=clients,
        awaiting=awaiting,
        totals=StoreTotals(reader.application_totals(window), reader.charge_totals(window)),
        consistent=reader.consistent,
    )


def _charges(
    reader: RevenueReader, window: AuditWindow, applications: pd.DataFrame, reference: str
) -> Iterator[Document]:
    """Those made in the window, unless their application is outside it; and those that its applications got later."""
    ours = set(applications["application_id"])
    of_others: list[tuple[str, Document]] = []
    for charge in reader.charges_made(window):
        # Empty where it holds no ID, of which the table then complains.
        named = charge.get(reference)
        application_id = named if isinstance(named, str) else ""
        if application_id in ours:
            yield charge
        else:
            of_others.append((application_id, charge))
    yield from _orphans(reader, of_others)
    yield from _in_parts(sorted(ours), lambda ids: reader.charges_made_outside(window, ids))


def _orphans(reader: RevenueReader, charges: list[tuple[str, Document]]) -> Iterator[Document]:
    """Those of `charges` whose application does not exist; the others belong to another window's audit."""
    named = sorted({application_id for application_id, _ in charges if application_id})
    existing = frozenset(_in_parts(named, reader.existing_applications))
    yield from (charge for application_id, charge in charges if application_id not in existing)


def _in_parts(ids: list[str], ask: Callable[[list[str]], Iterable[T]]) -> Iterator[T]:
    for part in batched(ids, IDS_PER_QUERY):
        yield from ask(part)


def _counted(documents: Iterable[Document], what: str, on_read: OnRead) -> Iterator[Document]:
    read = 0
    for read, document in enumerate(documents, start=1):
        if read % 10_000 == 0:
            on_read(what, read)
        yield document
    on_read(what, read)
