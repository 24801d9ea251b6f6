"""`reclaim seed` against the local stack: what SQS and MongoDB really hold afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.mongo.connection import connect
from reclaim.local.testing.stack_handle import StackHandle

pytestmark = pytest.mark.stack

Environment = dict[str, str]


@pytest.fixture
def environment(stack: StackHandle, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """The stack's variables with queues and a database of this test's own; in this process, too."""
    name = f"seed-{uuid4().hex[:8]}"
    own = {
        **stack.env,
        "RECLAIM_QUEUE": f"{name}-dlq",
        "RECLAIM_SOURCE_QUEUE": name,
        "RECLAIM_MONGO_DATABASE": name,
    }
    for variable, value in own.items():
        monkeypatch.setenv(variable, value)
    return own


def test_dead_letters_are_what_sqs_makes_of_failed_messages(environment: Environment, tmp_path: Path) -> None:
    truth_file = tmp_path / "truth.json"

    summary = json.loads(_reclaim("seed", "--messages", "120", "--seed", "3", "--truth", str(truth_file), "--json"))

    truth = json.loads(truth_file.read_bytes())
    assert summary["arrived"] == summary["counts"]["received"] == 120
    messages = _drain(SqsQueue(environment["RECLAIM_QUEUE"]))
    assert {sha256(message.body.encode()).hexdigest() for message in messages} == set(truth["events"])
    for message in messages:
        assert message.attributes["DeadLetterQueueSourceArn"].endswith(f":{environment['RECLAIM_SOURCE_QUEUE']}")
        assert message.receive_count == 4  # three failed receives, and this one
    assert SqsQueue(environment["RECLAIM_SOURCE_QUEUE"]).depth().total == 0


def test_mongodb_holds_what_the_truth_says_was_staged(environment: Environment, tmp_path: Path) -> None:
    _reclaim("provision")

    summary = json.loads(_reclaim("seed", "--messages", "40", "--truth", str(tmp_path / "truth.json"), "--json"))

    database = connect(environment["RECLAIM_MONGO_URI"], environment["RECLAIM_MONGO_DATABASE"], 5)
    assert {name: database[name].count_documents({}) for name in summary["staged"]} == summary["staged"]
    assert database["clients"].count_documents({"recovery": {"$exists": True}}) == 0
    dates: dict[str, Any] = {"applied_at": {"$not": {"$type": "date"}}}
    assert database["applications"].count_documents(dates) == 0


@pytest.mark.usefixtures("environment")
def test_the_same_seed_is_not_staged_twice(tmp_path: Path) -> None:
    arguments = ["seed", "--messages", "5", "--truth", str(tmp_path / "truth.json")]
    _reclaim(*arguments)

    again = subprocess.run([sys.executable, "-m", "reclaim", *arguments], capture_output=True, text=True, check=False)

    assert again.returncode == 64
    assert "Take another --seed." in again.stderr
    assert "Traceback" not in again.stderr


def _reclaim(*arguments: str) -> str:
    return subprocess.check_output([sys.executable, "-m", "reclaim", *arguments], text=True, timeout=120)


def _drain(queue: SqsQueue) -> list[Any]:
    messages: list[Any] = []
    while batch := queue.receive(10, 1, 600):
        messages += batch
    return messages
