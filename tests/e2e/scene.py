"""A scene of one's own on the shared stack: queues, a database, and the commands a user types at them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pymongo
from pymongo.database import Database

from reclaim.local.testing.stack_handle import Command, StackHandle
from tests.builders import CONTRACT
from tests.truth import outcomes_by_record, staged_outcomes

FINAL = ("recovered", "duplicate", "quarantined")


@dataclass(frozen=True)
class Finished:
    """A command that ended: what it told the shell, and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.stdout)
        return parsed


@dataclass(frozen=True)
class Scene:
    """One dead-letter queue, its source, and one database, used by one test."""

    stack: StackHandle

    @classmethod
    def on(cls, stack: StackHandle, **settings: str) -> Scene:
        name = f"scene-{uuid4().hex[:8]}"
        own = {"RECLAIM_QUEUE": f"{name}-dlq", "RECLAIM_SOURCE_QUEUE": name, "RECLAIM_MONGO_DATABASE": name}
        scene = cls(replace(stack, env={**stack.env, **own, **settings}))
        assert scene.run("provision").exit_code == 0
        return scene

    @property
    def env(self) -> Mapping[str, str]:
        return self.stack.env

    @property
    def key(self) -> bytes:
        return self.env["RECLAIM_TRACKING_KEY"].encode()

    def with_settings(self, **settings: str) -> Scene:
        """The same place, where commands find other settings."""
        return Scene(replace(self.stack, env={**self.stack.env, **settings}))

    @property
    def as_processes(self) -> Scene:
        """The same place, where each command is a new Python process, as for a user.

        Each kind of command is typed this way in one test at least.
        """
        return Scene(self.stack.as_processes)

    # --- commands --------------------------------------------------------------------------------------------

    def run(self, *args: str, timeout: float = 240) -> Finished:
        done = self.stack.run(*args, timeout=timeout)
        return Finished(done.returncode, done.stdout, done.stderr)

    def recover(self, *args: str) -> Finished:
        return self.run("recover", "--yes", "--json", *args)

    def start_recovery(self, *args: str) -> Command:
        return self.stack.popen("recover", "--yes", "--json", *args)

    def seed(self, messages: int, seed: int) -> dict[str, Any]:
        """Stage an outage; the truth about it."""
        path = Path(self.stack.home) / f"truth-{self.env['RECLAIM_QUEUE']}.json"
        done = self.run("seed", "--messages", str(messages), "--seed", str(seed), "--truth", str(path))
        assert done.exit_code == 0, done.stderr
        truth: dict[str, Any] = json.loads(path.read_text())
        return truth

    # --- the outside -----------------------------------------------------------------------------------------

    @property
    def database(self) -> Database[dict[str, Any]]:
        return _mongo(self.env["RECLAIM_MONGO_URI"])[self.env["RECLAIM_MONGO_DATABASE"]]

    @property
    def sqs(self) -> Any:  # noqa: ANN401
        names = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return _sqs(*(self.env[name] for name in names))

    def send(self, bodies: Sequence[str]) -> list[str]:
        """Straight into the dead-letter queue; the message IDs."""
        sqs, url = self.sqs, self.sqs.get_queue_url(QueueName=self.env["RECLAIM_QUEUE"])["QueueUrl"]
        return [sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in bodies]

    def depth(self) -> Counter[str]:
        """Visible and in-flight messages of the dead-letter queue, as SQS says."""
        sqs, url = self.sqs, self.sqs.get_queue_url(QueueName=self.env["RECLAIM_QUEUE"])["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return Counter(
            visible=int(attributes["ApproximateNumberOfMessages"]),
            in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )

    # --- what must be true -----------------------------------------------------------------------------------

    def assert_truth(self, truth: Mapping[str, Any]) -> None:
        """Every message has the outcome and cause that was staged for its record, and left the queue.

        That SQS confirmed the deletion may be unknown: a run can die between the deletion and its note.
        """
        entries = self.database["dead_letters"].find()
        found = {entry["body_sha256"]: (entry["outcome"], entry["cause"]) for entry in entries}
        assert found.keys() == truth["events"].keys()
        assert outcomes_by_record(found, truth["events"]) == staged_outcomes(truth["events"])
        assert self.depth().total() == 0

    def assert_ids_are_derived(self) -> None:
        """Every recovered client has one ID: the derivation, or the one its event carried; and nobody shares one."""
        records = list(self.database["clients"].find({"recovery": {"$exists": True}}))
        regenerated = [record for record in records if record["recovery"]["origin"] == "regenerated"]
        assert regenerated
        for record in regenerated:
            assert record["tracking_id"] == CONTRACT.identity.derive(record["_id"], self.key)
        held = [record["tracking_id"] for record in records]
        assert len(set(held)) == len(held)

    def counted(self) -> Counter[str]:
        """What all runs together say they settled."""
        total: Counter[str] = Counter()
        for run in self.database["recovery_runs"].find():
            total.update({name: run["counts"].get(name, 0) for name in FINAL})
        return total


@cache
def _mongo(uri: str) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient(uri)


@cache
def _sqs(endpoint: str, region: str, key_id: str, key: str) -> Any:  # noqa: ANN401
    return boto3.client(
        "sqs", endpoint_url=endpoint, region_name=region, aws_access_key_id=key_id, aws_secret_access_key=key
    )
