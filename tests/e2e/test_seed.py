"""`reclaim seed` against the local stack: what SQS and MongoDB really hold afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.mongo.connection import connect
from reclaim.local.testing.stack_handle import StackHandle

pytestmark = pytest.mark.stack


@pytest.fixture
def own(stack: StackHandle, monkeypatch: pytest.MonkeyPatch) -> StackHandle:
    """The stack with queues and a database of this test's own, which this process's environment names, too."""
    name = f"seed-{uuid4().hex[:8]}"
    env = {
        **stack.env,
        "RECLAIM_QUEUE": f"{name}-dlq",
        "RECLAIM_SOURCE_QUEUE": name,
        "RECLAIM_MONGO_DATABASE": name,
    }
    for variable, value in env.items():
        monkeypatch.setenv(variable, value)
    return replace(stack, env=env)


def test_dead_letters_are_what_sqs_makes_of_failed_messages(own: StackHandle, tmp_path: Path) -> None:
    truth_file = tmp_path / "truth.json"

    summary = json.loads(_typed(own, "seed", "--messages", "120", "--seed", "3", "--truth", str(truth_file), "--json"))

    truth = json.loads(truth_file.read_bytes())
    assert summary["arrived"] == summary["counts"]["received"] == 120
    messages = _drain(SqsQueue(own.env["RECLAIM_QUEUE"]))
    assert {sha256(message.body.encode()).hexdigest() for message in messages} == set(truth["events"])
    for message in messages:
        assert message.attributes["DeadLetterQueueSourceArn"].endswith(f":{own.env['RECLAIM_SOURCE_QUEUE']}")
        assert message.receive_count == 4  # three failed receives, and this one
    assert SqsQueue(own.env["RECLAIM_SOURCE_QUEUE"]).depth().total == 0


def test_mongodb_holds_what_the_truth_says_was_staged(own: StackHandle, tmp_path: Path) -> None:
    _typed(own, "provision")

    summary = json.loads(_typed(own, "seed", "--messages", "40", "--truth", str(tmp_path / "truth.json"), "--json"))

    database = connect(own.env["RECLAIM_MONGO_URI"], own.env["RECLAIM_MONGO_DATABASE"], 5)
    assert {name: database[name].count_documents({}) for name in summary["staged"]} == summary["staged"]
    assert database["clients"].count_documents({"recovery": {"$exists": True}}) == 0
    dates: dict[str, Any] = {"applied_at": {"$not": {"$type": "date"}}}
    assert database["applications"].count_documents(dates) == 0


def test_the_same_seed_is_not_staged_twice(own: StackHandle, tmp_path: Path) -> None:
    arguments = ["seed", "--messages", "5", "--truth", str(tmp_path / "truth.json")]
    _typed(own, *arguments)

    again = own.as_processes.run(*arguments)

    assert again.returncode == 64
    assert "Take another --seed." in again.stderr
    assert "Traceback" not in again.stderr


def _typed(own: StackHandle, *arguments: str) -> str:
    done = own.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _drain(queue: SqsQueue) -> list[Any]:
    messages: list[Any] = []
    while batch := queue.receive(10, 1, 600):
        messages += batch
    return messages
