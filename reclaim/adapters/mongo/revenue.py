"""Applications and charges in MongoDB, as an audit reads them and mends them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import ConfigurationError, OperationFailure

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.model.batched import batched
from reclaim.model.errors import ExitCode, ReclaimError
from reclaim.model.outcome import Outcome
from reclaim.reconciliation.model import Backfill, Line
from reclaim.reconciliation.tables import APPLICATIONS, CHARGES, CLIENTS, Columns
from reclaim.reconciliation.window import Window

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

_WITHOUT_ID: Final[Document] = {"tracking_id": {"$in": [None, ""]}}


class SnapshotExpired(ReclaimError):
    """The audit read for longer than MongoDB keeps a moment's data."""

    exit_code = ExitCode.UNREACHABLE


class MongoRevenue:
    """Looks at the record's money; see `reclaim.reconciliation.ports.RevenueStore`.

    Args:
        counted_at_once: how many documents MongoDB may count before it has to answer.
    """

    def __init__(self, database: Database[Document], counted_at_once: int = _COUNTED_AT_ONCE) -> None:
        # A date may lie outside of Python's years; it then comes as what it is, and is not read as a time.
        options: CodecOptions[Document] = database.codec_options.with_options(
            datetime_conversion=DatetimeConversion.DATETIME_AUTO
        )
        self._database = database.with_options(codec_options=options)
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
            yield MongoRevenueReader(self._database, session if supported else None, self._counted_at_once)

    def attribute(self, window: Window, run_id: str, at: datetime) -> Backfill:
        """One update per application, on the condition that it still has no ID."""
        applications = self._database["applications"]
        with translated():
            lacking = applications.find({**_within("applied_at", window), **_WITHOUT_ID}, {"client_id": 1})
            for chunk in batched(lacking.batch_size(_BATCH), _CHUNK):
                bulk_write(applications, list(self._attributions(chunk, run_id, at)))
            mine = {**_within("applied_at", window), "attribution.run_id": run_id}
            counted = applications.aggregate([{"$match": mine}, {"$group": {"_id": "$client_id", "n": {"$sum": 1}}}])
            counts = [group["n"] for group in counted]
        return Backfill(applications=sum(counts), clients=len(counts))

    def _attributions(self, lacking: list[Document], run_id: str, at: datetime) -> Iterator[UpdateOne]:
        lacking = [application for application in lacking if isinstance(application.get("client_id"), str)]
        named = list({application["client_id"] for application in lacking})
        recovered = {"_id": {"$in": named}, "recovery.run_id": {"$gt": ""}, "tracking_id": {"$gt": ""}}
        tracking_ids = {
            d["_id"]: d["tracking_id"] for d in self._database["clients"].find(recovered, {"tracking_id": 1})
        }
        for application in lacking:
            if tracking_id := tracking_ids.get(application["client_id"]):
                yield _attribution(application, tracking_id, run_id, at)

    def _fix_moment(self, session: ClientSession) -> bool:
        """Have the session choose its moment; whether the server knows how to."""
        try:
            self._database["applications"].find_one({}, {"_id": 1}, session=session)
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

    def __init__(self, database: Database[Document], session: ClientSession | None, counted_at_once: int) -> None:
        self._database = database
        self._session = session
        self._counted_at_once = counted_at_once

    @property
    def consistent(self) -> bool:
        """Whether there is a snapshot."""
        return self._session is not None

    def applications(self, window: Window) -> Iterator[Document]:
        """By index on `applied_at`."""
        return self._find("applications", _within("applied_at", window), _fields(APPLICATIONS))

    def charges_made(self, window: Window) -> Iterator[Document]:
        """By index on `charged_at`."""
        return self._find("charges", _within("charged_at", window), _fields(CHARGES))

    def charges_made_outside(self, window: Window, application_ids: Collection[str]) -> Iterator[Document]:
        """By index on `application_id`."""
        outside = {"application_id": {"$in": list(application_ids)}, "$nor": [_within("charged_at", window)]}
        return self._find("charges", outside, _fields(CHARGES))

    def existing_applications(self, application_ids: Collection[str]) -> Iterator[str]:
        """From the index alone."""
        return (d["_id"] for d in self._find("applications", {"_id": {"$in": list(application_ids)}}, {"_id": 1}))

    def clients(self, client_ids: Collection[str]) -> Iterator[Document]:
        """By `_id`."""
        return self._find("clients", {"_id": {"$in": list(client_ids)}}, _fields(CLIENTS))

    def awaiting(self, client_ids: Collection[str]) -> Iterator[str]:
        """By index on `client_id`."""
        named = {"client_id": {"$in": list(client_ids)}, "outcome": Outcome.QUARANTINED.value, "resolution": None}
        return (d["client_id"] for d in self._find("dead_letters", named, {"client_id": 1}))

    def application_totals(self, window: Window) -> dict[str, Line]:
        """Added up in MongoDB."""
        return self._totals("applications", "applied_at", window, [])

    def charge_totals(self, window: Window) -> dict[str, Line]:
        """Joined and added up in MongoDB."""
        charge = {"from": "charges", "localField": "_id", "foreignField": "application_id", "as": "charge"}
        application = {"from": "applications", "localField": "application_id", "foreignField": "_id", "as": "of"}
        of_applications = self._totals(
            "applications",
            "applied_at",
            window,
            [
                {"$lookup": charge},
                # Keeps $lookup and $unwind apart: together they take MongoDB 6 three times as long.
                {"$match": {"charge": {"$ne": []}}},
                {"$unwind": "$charge"},
                {"$replaceRoot": {"newRoot": "$charge"}},
            ],
        )
        without = self._totals("charges", "charged_at", window, [{"$lookup": application}, {"$match": {"of": []}}])
        return _added([of_applications, without])

    def _find(self, collection: str, query: Document, fields: Mapping[str, int]) -> Iterator[Document]:
        return iter(self._database[collection].find(query, fields, session=self._session, batch_size=_BATCH))

    def _totals(self, collection: str, field: str, window: Window, stages: list[Document]) -> dict[str, Line]:
        """A line per currency of what `stages` make of the documents whose `field` is in the window.

        As Decimal128, whose 34 digits hold any sum: MongoDB turns a sum of 64-bit numbers that grows too large into
        a float.
        """
        added = {"$sum": {"$toDecimal": "$amount_minor"}}
        group = {"$group": {"_id": "$currency", "count": {"$sum": 1}, "amount": added}}

        def of(part: Window) -> dict[str, Line]:
            pipeline = [{"$match": _within(field, part)}, *stages, group]
            found = self._database[collection].aggregate(pipeline, session=self._session)
            return {d["_id"]: Line(count=d["count"], amount_minor=int(d["amount"].to_decimal())) for d in found}

        return _added(map(of, self._parts(collection, field, window)))

    def _parts(self, collection: str, field: str, window: Window) -> Iterator[Window]:
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


def _within(field: str, window: Window) -> Document:
    return {field: {"$gte": _ceiling(window.opens), "$lt": _ceiling(window.closes)}}


def _ceiling(moment: datetime) -> datetime:
    """The first whole millisecond from `moment` on: what MongoDB holds has no finer times, and cuts what is sent."""
    rest = moment.microsecond % 1000
    if not rest or moment > _LAST:
        return moment
    return moment + timedelta(microseconds=1000 - rest)


def _fields(columns: Columns) -> dict[str, int]:
    return {column.path: 1 for column in columns.values()}


def _attribution(application: Document, tracking_id: str, run_id: str, at: datetime) -> UpdateOne:
    """The ID, and beside it who wrote it and what was there before: null, the empty text, or nothing (then no key)."""
    note = {"run_id": {"$literal": run_id}, "at": at, "before": "$tracking_id"}
    return UpdateOne(
        {"_id": application["_id"], "client_id": application["client_id"], **_WITHOUT_ID},
        # An older note goes first: $set would mix the two.
        [{"$unset": "attribution"}, {"$set": {"attribution": note, "tracking_id": {"$literal": tracking_id}}}],
    )
