"""How MongoDB is connected to; nothing here needs one."""

from __future__ import annotations

from datetime import UTC

import pytest
from pymongo import ReadPreference
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from reclaim.adapters.mongo.connection import connect, translated
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.runs import MongoRuns
from reclaim.model.errors import SettingsError, StoreUnavailable
from tests.builders import CONTRACT


def test_writes_wait_for_a_majority_and_reads_see_what_a_majority_holds() -> None:
    database = connect("mongodb://127.0.0.1:1/?w=1&readConcernLevel=local&readPreference=secondary", "tracking", 2)

    collections = [MongoRecords(database, CONTRACT)._records, MongoLedger(database)._entries, MongoRuns(database)._runs]
    for place in (database, *collections):
        assert place.write_concern.document == {"w": "majority", "wtimeout": 4000}
        assert place.read_concern.level == "majority"
        assert place.read_preference == ReadPreference.PRIMARY
        assert place.codec_options.tz_aware
        assert place.codec_options.tzinfo is UTC


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("mongodb://night:s3cret@host"),
        AutoReconnect("connection closed"),
        NetworkTimeout("timed out"),
        NotPrimaryError("stepped down"),
        ExecutionTimeout("operation exceeded time limit", 50),
        WTimeoutError("waiting for replication timed out", 64),
        OperationFailure("interrupted at shutdown", 11600),
        BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}),
    ],
)
def test_whatever_may_be_back_soon_is_transient_and_told_without_the_uri(error: Exception) -> None:
    with pytest.raises(StoreUnavailable) as caught, translated():
        raise error

    assert "s3cret" not in str(caught.value)
    assert type(error).__name__ in str(caught.value)


@pytest.mark.parametrize("code", [13, 18, 8000])
def test_refused_access_is_a_matter_of_settings(code: int) -> None:
    with pytest.raises(SettingsError, match="RECLAIM_MONGO_URI"), translated():
        raise OperationFailure("no", code)
