"""Every port twice: in memory, and the real adapter on the session's stack.

A test that asks for `queue_bench`, `store` or `runs` runs against both; what only the real ones can do asks for
`aws` or `database`, and is marked `stack`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from pymongo.database import Database

from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.memory.evidence import MemoryEvidence
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.mongo.evidence import MongoEvidence
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.resolutions import MongoResolutions
from reclaim.adapters.mongo.runs import MongoRuns
from reclaim.adapters.mongo.schema import MongoSchema
from reclaim.contracts.documents import document_of
from reclaim.local.testing.stack_handle import StackHandle
from reclaim.model.clock import ManualClock
from reclaim.model.message import MessageAttribute
from reclaim.model.record import Record
from reclaim.ports import EvidenceChain, Ledger, Queue, RecordStore, Resolutions, RunRegistry
from tests.builders import CONTRACT

Documents = dict[str, Any]

BOTH = [pytest.param("memory"), pytest.param("real", marks=pytest.mark.stack)]


@dataclass(frozen=True)
class QueueBench:
    """A queue with the other end that its port does not have."""

    queue: Queue
    send: Callable[..., str]
    wait: Callable[[float], None]


@dataclass(frozen=True)
class Store:
    """Records, ledger and resolutions of one database."""

    records: RecordStore
    ledger: Ledger
    resolutions: Resolutions
    put: Callable[[Record], None]


@pytest.fixture
def aws(stack: StackHandle, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """This process's AWS is the stack's; a client of its SQS."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, stack.env[name])
    return boto3.client("sqs")


@pytest.fixture(scope="session")
def provisioned(stack: StackHandle) -> Database[Documents]:
    """A database of the contract tests' own, with its indexes and validators."""
    database = connect(stack.env["RECLAIM_MONGO_URI"], f"contract-{uuid4().hex[:8]}", 5)
    MongoSchema(database, CONTRACT).apply()
    return database


@pytest.fixture
def database(provisioned: Database[Documents]) -> Database[Documents]:
    """The same, empty."""
    for name in ("clients", "dead_letters", "recovery_runs", "evidence"):
        provisioned[name].delete_many({})
    return provisioned


@pytest.fixture
def failing(stack: StackHandle) -> Callable[..., AbstractContextManager[None]]:
    """mongod's own fail points: certain commands fail for as long as the block runs.

    They are set and lifted by a client of their own: one that was told of a failure may take its server for lost.
    """
    admin = connect(stack.env["RECLAIM_MONGO_URI"], "admin", 5)

    @contextmanager
    def fail(*commands: str, **how: object) -> Iterator[None]:
        admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data={"failCommands": commands, **how})
        try:
            yield
        finally:
            admin.command("configureFailPoint", "failCommand", mode="off")

    return fail


@pytest.fixture(params=BOTH)
def queue_bench(request: pytest.FixtureRequest) -> QueueBench:
    """An empty queue."""
    if request.param == "real":
        return _real_queue(request.getfixturevalue("aws"))
    clock = ManualClock()
    queue = MemoryQueue(clock)
    return QueueBench(queue, queue.send, clock.sleep)


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    """No records, an empty ledger."""
    if request.param == "real":
        database = request.getfixturevalue("database")
        return Store(
            MongoRecords(database, CONTRACT),
            MongoLedger(database),
            MongoResolutions(database),
            lambda record: _insert(database, record),
        )
    ledger = MemoryLedger()
    records = MemoryRecords(CONTRACT, ledger)
    return Store(records, ledger, MemoryResolutions(ledger), records.put)


@pytest.fixture(params=BOTH)
def runs(request: pytest.FixtureRequest) -> RunRegistry:
    """No runs."""
    return MongoRuns(request.getfixturevalue("database")) if request.param == "real" else MemoryRuns()


@pytest.fixture(params=BOTH)
def chain(request: pytest.FixtureRequest) -> EvidenceChain:
    """No evidence."""
    return MongoEvidence(request.getfixturevalue("database")) if request.param == "real" else MemoryEvidence()


def _real_queue(sqs: Any) -> QueueBench:  # noqa: ANN401
    name = f"contract-{uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": str(14 * 24 * 3600)})["QueueUrl"]

    def send(body: str, attributes: tuple[MessageAttribute, ...] = ()) -> str:
        wire = {
            one.name: {"DataType": one.type, "BinaryValue" if one.type == "Binary" else "StringValue": one.value}
            for one in attributes
        }
        message_id: str = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=wire)["MessageId"]
        return message_id

    return QueueBench(SqsQueue(name), send, time.sleep)


def _insert(database: Database[Documents], record: Record) -> None:
    """A record as another program would have written it."""
    database[CONTRACT.collection].insert_one(document_of(record, CONTRACT))
