"""Connects to MongoDB, and translates its errors into those of this program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import DeleteOne, InsertOne, MongoClient, ReadPreference, ReplaceOne, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from reclaim.model.errors import SettingsError, StoreUnavailable

Document = dict[str, Any]
Operation = InsertOne[Document] | UpdateOne | ReplaceOne[Document] | DeleteOne

_AUTHENTICATION = {13, 18, 8000}
"""Unauthorized, AuthenticationFailed, AtlasError (mongo/src/mongo/base/error_codes.yml)."""


def connect(uri: str, database: str, timeout_seconds: float) -> Database[Document]:
    """A database handle: writes wait for a majority, reads see what a majority holds, calls give up in time.

    Nothing is sent yet. The handle is safe to share between threads, not between processes.

    Raises:
        SettingsError: `uri` cannot be understood.
    """
    milliseconds = int(timeout_seconds * 1000)
    try:
        client: MongoClient[Document] = MongoClient(
            uri,
            tz_aware=True,
            tzinfo=UTC,
            appname="reclaim",
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            socketTimeoutMS=2 * milliseconds,
        )
    except (ConfigurationError, ValueError) as error:
        # InvalidURI quotes the URI's parts, which may hold a password: it is not repeated.
        raise SettingsError("RECLAIM_MONGO_URI is no usable MongoDB URI.", "Correct it and try again.") from error
    return client.get_database(
        database,
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        read_preference=ReadPreference.PRIMARY,
        read_concern=ReadConcern("majority"),
        write_concern=WriteConcern(w="majority", wtimeout=2 * milliseconds),
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into this program's.

    Raises:
        StoreUnavailable: unreachable, no primary, timed out, or failing on the server's side.
        SettingsError: the credentials do not suffice.
    """
    try:
        yield
    except OperationFailure as error:
        if error.code in _AUTHENTICATION:
            raise SettingsError("MongoDB refuses access.", "Check the credentials in RECLAIM_MONGO_URI.") from error
        raise _unavailable(error) from error
    except (ConnectionFailure, ExecutionTimeout, PyMongoError) as error:
        raise _unavailable(error) from error


def _unavailable(error: PyMongoError) -> StoreUnavailable:
    reason = f"{type(error).__name__}" + (f" {error.code}" if isinstance(error, OperationFailure) else "")
    return StoreUnavailable(
        f"MongoDB cannot be reached or does not answer in time ({reason}).",
        "Check that it runs and that RECLAIM_MONGO_URI is right, then run again.",
    )


_FAILING = {6, 7, 50, 64, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436}
"""Codes that mean a fault of the server and not of the document, so that trying again may help."""


def bulk_write(collection: Collection[Document], operations: Sequence[Operation]) -> list[int]:
    """One unordered bulk, in which no operation depends on another.

    An operation that loses a race (its key exists) or that the collection's validator refuses is skipped:
    the caller reads back and sees.

    Returns:
        The indexes of the skipped operations.

    Raises:
        StoreUnavailable: the server could not take the bulk, or not with a majority behind it.
    """
    if not operations:
        return []
    with translated():
        try:
            collection.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            refused = error.details.get("writeErrors", ())
            if error.details.get("writeConcernErrors") or any(one["code"] in _FAILING for one in refused):
                raise
            return [one["index"] for one in refused]
    return []
