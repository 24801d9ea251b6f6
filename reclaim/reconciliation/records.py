"""Everything an audit reads, and how it is read: all of it at one moment, each row once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import pandas as pd

from reclaim.model.batched import batched
from reclaim.reconciliation.model import Line
from reclaim.reconciliation.ports import RevenueReader
from reclaim.reconciliation.tables import APPLICATIONS, CHARGES, CLIENTS, Document, table_of
from reclaim.reconciliation.window import Window

T = TypeVar("T")

ASKED_AT_ONCE: Final = 10_000
"""IDs in one query: a query document holds 16 MB, and an ID of 128 characters takes 150 bytes of it."""

OnRead = Callable[[str, int], None]
"""Told what is being read, and how much of it has been read so far."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the store counts by itself, by currency, apart from any row that was read."""

    applications: Mapping[str, Line] = field(default_factory=dict)
    charges: Mapping[str, Line] = field(default_factory=dict)


class Records:
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
        totals: Totals = Totals(),
        consistent: bool = True,
    ) -> None:
        self.applications = applications
        self.charges = charges
        self.clients = clients
        self.awaiting = awaiting
        self.totals = totals
        self.consistent = consistent


def read_records(reader: RevenueReader, window: Window, on_read: OnRead = lambda _what, _rows: None) -> Records:
    """Read everything the audit of `window` needs.

    Raises:
        Unauditable: a document's money, time or IDs cannot be read.
        StoreUnavailable: MongoDB cannot be reached, or no longer has the snapshot that the reading began with.
    """
    applications = table_of(_told(reader.applications(window), "applications", on_read), APPLICATIONS, "applications")
    charges = table_of(_told(_charges(reader, window, applications), "charges", on_read), CHARGES, "charges")
    named = sorted(set(applications["client_id"]))
    clients = table_of(_told(_in_parts(named, reader.clients), "clients", on_read), CLIENTS, "clients")
    unknown = sorted(set(named) - set(clients["client_id"]))
    awaiting = frozenset(_in_parts(unknown, reader.awaiting))
    on_read("totals", 0)
    return Records(
        applications=applications,
        charges=charges,
        clients=clients,
        awaiting=awaiting,
        totals=Totals(reader.application_totals(window), reader.charge_totals(window)),
        consistent=reader.consistent,
    )


def _charges(reader: RevenueReader, window: Window, applications: pd.DataFrame) -> Iterator[Document]:
    """Those made in the window, unless their application is outside it; and those that its applications got later."""
    ours = set(applications["application_id"])
    strays: list[Document] = []
    for charge in reader.charges_made(window):
        if _application_of(charge) in ours:
            yield charge
        else:
            strays.append(charge)
    yield from _orphans(reader, strays)
    yield from _in_parts(sorted(ours), lambda ids: reader.charges_made_outside(window, ids))


def _orphans(reader: RevenueReader, strays: list[Document]) -> Iterator[Document]:
    """Those of `strays` whose application does not exist; the others belong to another window's audit."""
    named = sorted({one for charge in strays if (one := _application_of(charge))})
    existing = frozenset(_in_parts(named, reader.existing_applications))
    yield from (charge for charge in strays if _application_of(charge) not in existing)


def _application_of(charge: Document) -> str:
    """The application that the charge names; empty where it holds no ID, of which the table then complains."""
    named = charge.get("application_id")
    return named if isinstance(named, str) else ""


def _in_parts(ids: list[str], ask: Callable[[list[str]], Iterable[T]]) -> Iterator[T]:
    for part in batched(ids, ASKED_AT_ONCE):
        yield from ask(part)


def _told(documents: Iterable[Document], what: str, on_read: OnRead) -> Iterator[Document]:
    read = 0
    for read, document in enumerate(documents, start=1):
        if read % 10_000 == 0:
            on_read(what, read)
        yield document
    on_read(what, read)
