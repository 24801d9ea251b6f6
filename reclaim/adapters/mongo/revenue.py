"""The collections of the revenue side in MongoDB, as an audit reads and corrects them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from bson.codec_options import DatetimeConversion
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import ConfigurationError, OperationFailure

from reclaim.adapters.mongo.applications import with_exact_decimals
from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.contracts.contract import Contract, RevenueCollection
from reclaim.model.batched import batched
from reclaim.model.errors import ExitCode, ReclaimError
from reclaim.model.outcome import Outcome
from reclaim.reconciliation.model import AuditWindow, Backfill, Line
from reclaim.reconciliation.tables import (
    TableColumns,
    Unauditable,
    application_columns,
    charge_columns,
    client_columns,
)

_BATCH: Final = 5_000
"""Documents per answer: none may take so long that the socket's timeout passes."""

_CHUNK: Final = 1_000

_SHORTEST: Final = timedelta(seconds=1)

_COUNTED_AT_ONCE: Final = 20_000
"""An aggregation answers only when it is done; likewise."""

_NO_SNAPSHOTS: Final = {72, 123}
"""InvalidOptions, NotAReplicaSet: how a server says that it has none (mongo/src/mongo/base/error_codes.yml)."""

_LAST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1)

_TOO_OLD: Final = 239
"""SnapshotTooOld."""

_NOTHING: Final = [None, ""]
"""What an application without an identity holds in its place, where it holds anything."""


class SnapshotExpired(ReclaimError):
    """The audit read for longer than MongoDB keeps a moment's data."""

    exit_code = ExitCode.UNREACHABLE


class MongoRevenue:
    """Reads the revenue side of a contract; see `reclaim.reconciliation.ports.RevenueStore`.

    Args:
        counted_at_once: how many documents MongoDB may count before it has to answer.

    Raises:
        UsageError: the contract has no revenue side.
    """

    def __init__(
        self, database: Database[Document], contract: Contract, counted_at_once: int = _COUNTED_AT_ONCE
    ) -> None:
        # A date may lie outside of Python's years; it then comes as what it is, and is not read as a time.
        self._database = with_exact_decimals(database, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
        self._contract = contract
        self._names = contract.require_revenue().applications
        self._counted_at_once = counted_at_once

    @contextmanager
    def reading(self) -> Iterator[MongoRevenueReader]:
        """A session that reads at one moment, where the server can; else each read sees what a majority then holds.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
            SnapshotExpired: the block took longer than MongoDB keeps that moment.
        """
        with translated(), _unexpired(), self._database.client.start_session(snapshot=True) as session:
            supported = self._fix_moment(session)
            yield MongoRevenueReader(
                self._database, self._contract, session if supported else None, self._counted_at_once
            )

    def attribute(self, window: AuditWindow, run_id: str, at: datetime) -> Backfill:
        """One update per application, on the condition that it still has no ID."""
        names = self._names
        applications = self._database[names.name]
        with translated():
            wanted = {**_within(names.at, window), names.reference: {"$in": _NOTHING}}
            lacking = applications.find(wanted, {names.record_key: 1})
            for chunk in batched(lacking.batch_size(_BATCH), _CHUNK):
                bulk_write(applications, list(self._attributions(chunk, run_id, at)))
            mine = {**_within(names.at, window), "attribution.run_id": run_id}
            by_client = {"$group": {"_id": f"${names.record_key}", "n": {"$sum": 1}}}
            counts = [group["n"] for group in applications.aggregate([{"$match": mine}, by_client])]
        return Backfill(applications=sum(counts), clients=len(counts))

    def _attributions(self, lacking: list[Document], run_id: str, at: datetime) -> Iterator[UpdateOne]:
        key, field = self._names.record_key, self._contract.identity_field
        lacking = [application for application in lacking if isinstance(application.get(key), str)]
        named = list({application[key] for application in lacking})
        recovered = {"_id": {"$in": named}, "recovery.run_id": {"$gt": ""}, field: {"$gt": ""}}
        records = self._database[self._contract.collection].find(recovered, {field: 1})
        identities = {record["_id"]: record[field] for record in records}
        for application in lacking:
            if identity := identities.get(application[key]):
                yield _attribution(application, self._names, identity, run_id, at)

    def _fix_moment(self, session: ClientSession) -> bool:
        """Have the session choose its moment; whether the server knows how to."""
        try:
            self._database[self._names.name].find_one({}, {"_id": 1}, session=session)
        except ConfigurationError:
            return False
        except OperationFailure as error:
            if error.code not in _NO_SNAPSHOTS:
                raise
            return False
        return True


class MongoRevenueReader:
    """See `reclaim.reconciliation.ports.RevenueReader`.

    Args:
        session: reads at one moment; None to read what a majority holds at each moment.
    """

    def __init__(
        self, database: Database[Document], contract: Contract, session: ClientSession | None, counted_at_once: int
    ) -> None:
        self._database = database
        self._contract = contract
        self._revenue = contract.require_revenue()
        self._session = session
        self._counted_at_once = counted_at_once

    @property
    def consistent(self) -> bool:
        """Whether there is a snapshot."""
        return self._session is not None

    def applications(self, window: AuditWindow) -> Iterator[Document]:
        """By index on their time."""
        names = self._revenue.applications
        return self._find(names.name, _within(names.at, window), _fields(application_columns(self._revenue)))

    def charges_made(self, window: AuditWindow) -> Iterator[Document]:
        """By index on their time."""
        return self._charges(_within(self._revenue.charges.at, window))

    def charges_made_outside(self, window: AuditWindow, application_ids: Collection[str]) -> Iterator[Document]:
        """By index on their application."""
        names = self._revenue.charges
        return self._charges({names.reference: {"$in": list(application_ids)}, "$nor": [_within(names.at, window)]})

    def existing_applications(self, application_ids: Collection[str]) -> Iterator[str]:
        """From the index alone."""
        found = self._find(self._revenue.applications.name, {"_id": {"$in": list(application_ids)}}, {"_id": 1})
        return (document["_id"] for document in found)

    def clients(self, client_ids: Collection[str]) -> Iterator[Document]:
        """By `_id`."""
        wanted = {"_id": {"$in": list(client_ids)}}
        return self._find(self._contract.collection, wanted, _fields(client_columns(self._contract)))

    def awaiting(self, client_ids: Collection[str]) -> Iterator[str]:
        """By index on `record_key`."""
        named = {
            "record_key": {"$in": list(client_ids)},
            "contract": self._contract.name,
            "outcome": Outcome.QUARANTINED.value,
            "resolution": None,
        }
        return (document["record_key"] for document in self._find("dead_letters", named, {"record_key": 1}))

    def application_totals(self, window: AuditWindow) -> dict[str, Line]:
        """Added up in MongoDB."""
        names = self._revenue.applications
        return self._totals(names, window, [], names)

    def charge_totals(self, window: AuditWindow) -> dict[str, Line]:
        """Joined and added up in MongoDB."""
        applications, charges = self._revenue.applications, self._revenue.charges
        charge = {"from": charges.name, "localField": "_id", "foreignField": charges.reference, "as": "charge"}
        application = {"from": applications.name, "localField": charges.reference, "foreignField": "_id", "as": "of"}
        of_applications = self._totals(
            applications,
            window,
            [
                {"$lookup": charge},
                # Keeps $lookup and $unwind apart: together they take MongoDB 6 three times as long.
                {"$match": {"charge": {"$ne": []}}},
                {"$unwind": "$charge"},
                {"$replaceRoot": {"newRoot": "$charge"}},
            ],
            charges,
        )
        without = self._totals(charges, window, [{"$lookup": application}, {"$match": {"of": []}}], charges)
        return _added([of_applications, without])

    def _charges(self, query: Document) -> Iterator[Document]:
        return self._find(self._revenue.charges.name, query, _fields(charge_columns(self._revenue)))

    def _find(self, collection: str, query: Document, fields: Mapping[str, int]) -> Iterator[Document]:
        return iter(self._database[collection].find(query, fields, session=self._session, batch_size=_BATCH))

    def _totals(
        self, source: RevenueCollection, window: AuditWindow, stages: list[Document], added: RevenueCollection
    ) -> dict[str, Line]:
        """A line per currency of the documents of `added` that `stages` make of those of `source` in the window.

        As Decimal128, whose 34 digits hold any sum: MongoDB turns a sum of 64-bit numbers that grows too large into
        a float.
        """
        # What is no number is not added, and the audit then does not balance; reading the row has named it before.
        amount = {"$convert": {"input": f"${added.amount}", "to": "decimal", "onError": None, "onNull": None}}
        group = {"$group": {"_id": f"${added.currency}", "count": {"$sum": 1}, "amount": {"$sum": amount}}}

        def of(part: AuditWindow) -> dict[str, Line]:
            pipeline = [{"$match": _within(source.at, part)}, *stages, group]
            found = self._database[source.name].aggregate(pipeline, session=self._session)
            return {d["_id"]: self._line(d["_id"], d["count"], Decimal(d["amount"]), added.name) for d in found}

        return _added(map(of, self._parts(source.name, source.at, window)))

    def _line(self, currency: str, count: int, amount: Decimal, collection: str) -> Line:
        try:
            return Line(count=count, amount_minor=self._revenue.unit.minor_units(amount, currency))
        except ValueError as error:
            raise Unauditable(f"{collection} in {currency} cannot be added up: a sum {error}.") from error

    def _parts(self, collection: str, field: str, window: AuditWindow) -> Iterator[AuditWindow]:
        """The window in parts that are not too full, as far as time divides them."""
        held = self._database[collection].count_documents(_within(field, window), session=self._session)
        middle = window.opens + (window.closes - window.opens) / 2
        if held <= self._counted_at_once or window.closes - window.opens < _SHORTEST:
            yield window
            return
        yield from self._parts(collection, field, replace(window, closes=middle))
        yield from self._parts(collection, field, replace(window, opens=middle))


def _added(totals: Iterable[Mapping[str, Line]]) -> dict[str, Line]:
    together: defaultdict[str, Line] = defaultdict(Line)
    for one in totals:
        for currency, line in one.items():
            together[currency] += line
    return dict(together)


@contextmanager
def _unexpired() -> Iterator[None]:
    try:
        yield
    except OperationFailure as error:
        if error.code != _TOO_OLD:
            raise
        raise SnapshotExpired(
            "The window takes longer to read than MongoDB keeps the data of one moment.",
            "Audit a shorter one, or raise MongoDB's minSnapshotHistoryWindowInSeconds (300 by default).",
        ) from error


def _within(field: str, window: AuditWindow) -> Document:
    return {field: {"$gte": _ceiling(window.opens), "$lt": _ceiling(window.closes)}}


def _ceiling(moment: datetime) -> datetime:
    """The first whole millisecond from `moment` on: what MongoDB holds has no finer times, and cuts what is sent."""
    rest = moment.microsecond % 1000
    if not rest or moment > _LAST:
        return moment
    return moment + timedelta(microseconds=1000 - rest)


def _fields(columns: TableColumns) -> dict[str, int]:
    return {column.path: 1 for column in columns.values() if column.path}


def _attribution(
    application: Document, names: RevenueCollection, identity: str, run_id: str, at: datetime
) -> UpdateOne:
    """The ID, and beside it who wrote it and what was there before: null, the empty text, or nothing (then no key)."""
    note = {"run_id": {"$literal": run_id}, "at": at, "before": f"${names.reference}"}
    key = names.record_key
    return UpdateOne(
        {"_id": application["_id"], key: application[key], names.reference: {"$in": _NOTHING}},
        # An older note goes first: $set would mix the two.
        [{"$unset": "attribution"}, {"$set": {"attribution": note, names.reference: {"$literal": identity}}}],
    )
