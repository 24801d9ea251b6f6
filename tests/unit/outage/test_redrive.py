"""The staging adapter against moto: small queues, but SQS's own rules for redrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from reclaim.adapters.aws.outage import OutageQueues, sqs_endpoint
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.local.outage import Outage, plan_outage
from reclaim.local.outage.staging import StagingPhase, require_stageable, stage
from reclaim.model.clock import ManualClock
from reclaim.model.errors import QueueUnavailable, SettingsError, UsageError
from reclaim.model.message import Outgoing


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        yield


class Store:
    """Remembers what was put into it."""

    def __init__(self, *, staged: bool = False) -> None:
        self.staged = staged
        self.inserted: dict[str, list[dict[str, Any]]] = {}

    def holds(self, collection: str, key: str) -> bool:
        return self.staged and collection == "clients" and key.startswith("cl_2_")

    def insert(self, collection: str, documents: list[dict[str, Any]]) -> int:
        self.inserted[collection] = list(documents)
        return len(documents)


def _queues(**arguments: Any) -> OutageQueues:  # noqa: ANN401
    # One thread: moto's queues are not made for more.
    return OutageQueues("events", "events-dlq", "client_created", threads=1, **arguments)


def test_sqs_itself_moves_every_message_to_the_dead_letter_queue() -> None:
    queues = _queues()
    counts: list[int] = []
    queues.send([Outgoing.of(f"body {n}", {"producer": "test"}) for n in range(25)], counts.append)

    arrived = queues.redrive(25, counts.append, timeout_seconds=60)

    assert arrived == 25
    assert counts[2] == counts[-1] == 25
    assert SqsQueue("events-dlq").receive(1, 0, 30)[0].receive_count > 3
    assert SqsQueue("events").depth().total == 0


def test_attributes_arrive_as_text_and_as_bytes() -> None:
    queues = _queues()
    queues.send([Outgoing.of("body", {"traceparent": "00-ab-cd-01", "checksum": b"\x00\xff"})], lambda _: None)

    attributes = {a.name: a.value for a in SqsQueue("events").receive(1, 0, 30)[0].message_attributes}

    assert attributes == {"traceparent": "00-ab-cd-01", "checksum": b"\x00\xff"}


def test_large_bodies_share_no_call_that_could_not_take_them() -> None:
    queues = _queues()

    queues.send([Outgoing.of("x" * 90_000, {"n": str(n)}) for n in range(7)], lambda _: None)

    assert SqsQueue("events").depth().total == 7


def test_a_source_queue_in_use_is_left_alone() -> None:
    queues = _queues()
    queues.send([Outgoing.of("somebody's", {"producer": "test"})], lambda _: None)

    with pytest.raises(UsageError, match="holds 1 messages"):
        queues.require_free()


def test_queues_that_do_not_belong_together_are_refused() -> None:
    _queues()

    with pytest.raises(SettingsError, match="does not redrive to other-dlq"):
        OutageQueues("events", "other-dlq", "client_created").require_free()


def test_queues_of_another_contract_are_refused() -> None:
    _queues()

    with pytest.raises(SettingsError, match="is tagged for contract client_created, not for order_created"):
        OutageQueues("events", "events-dlq", "order_created")


def test_existing_queues_are_used_as_they_are() -> None:
    _queues()

    _queues().require_free()

    assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 2


def test_messages_that_are_drained_meanwhile_do_not_stop_it() -> None:
    queues = _queues(clock=ManualClock())
    queues.send([Outgoing.of("body", {"producer": "test"})], lambda _: None)

    assert queues.redrive(5, lambda _: None, timeout_seconds=600) == 1


def test_messages_that_sqs_keeps_are_reported_when_the_time_is_up() -> None:
    queues = _queues(clock=ManualClock())
    queues.send([Outgoing.of("body", {"producer": "test"})], lambda _: None)
    SqsQueue("events").receive(1, 0, 43_000)

    with pytest.raises(QueueUnavailable, match="still holds 1 messages in events after 30 seconds"):
        queues.redrive(1, lambda _: None, timeout_seconds=30)


def test_an_unreachable_sqs_is_said_to_be_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    assert sqs_endpoint() == "http://127.0.0.1:1"
    with pytest.raises(QueueUnavailable, match="cannot be reached"):
        _queues()


def test_staging_puts_everything_in_place_and_reports_how_far_it_is() -> None:
    outage, store, told = plan_outage(40, seed=2), Store(), []

    arrived = stage(outage, _queues(), store, lambda *progress: told.append(progress))  # type: ignore[arg-type]

    assert arrived == 40
    assert [len(store.inserted[name]) for name in ("clients", "applications", "charges")] == [
        len(outage.records),
        len(outage.applications),
        len(outage.charges),
    ]
    assert {phase: (done, total) for phase, done, total in told}[StagingPhase.REDRIVING] == (40, 40)
    assert _bodies("events-dlq") == {message.body for message in outage.messages}


def test_a_seed_that_is_staged_already_is_refused() -> None:
    outage: Outage = plan_outage(5, seed=2)

    with pytest.raises(UsageError, match="seed 2 is staged"):
        require_stageable(outage, _queues(), Store(staged=True))  # type: ignore[arg-type]


def _bodies(queue: str) -> set[str]:
    bodies: set[str] = set()
    while messages := SqsQueue(queue).receive(10, 0, 600):
        bodies |= {message.body for message in messages}
    return bodies
