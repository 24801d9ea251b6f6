"""The preflight's probes on a real system: provisioned it passes; break one thing for real, and that is what fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from pymongo.database import Database

from reclaim.adapters.bootstrap import open_ports
from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.provisioning import Provisioning
from reclaim.local.testing.stack_handle import StackHandle
from reclaim.preflight.checking import observe_blocking, run_preflight
from reclaim.preflight.evaluation import blocking_failures, evaluate
from reclaim.preflight.result import Finding, Status
from reclaim.requests import PreflightRequest
from reclaim.settings import Settings, read_settings
from tests.builders import CONTRACT, a_body, at
from tests.contract.conftest import Documents

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

    Attributes = dict[QueueAttributeNameType, str]

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Provisioned:
    """Queues, database and alarms of one test's own."""

    settings: Settings
    database: Database[Documents]

    def preflight(self, **asked: Any) -> dict[str, Finding]:  # noqa: ANN401
        """All findings by code, but for those of Prefect."""
        request, settings = PreflightRequest(**asked), read_settings()
        ports = open_ports(settings, request.queue or "")
        found = run_preflight(request, settings, ports.contract, ports.clock, ports.preflight)
        return {one.code: one for one in found.findings}

    def failed(self, **asked: Any) -> list[str]:  # noqa: ANN401
        return [one.code for one in self.preflight(**asked).values() if one.status is Status.FAIL]

    def url(self, queue: str) -> str:
        return str(boto3.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])

    def set(self, queue: str, attributes: Attributes) -> None:
        boto3.client("sqs").set_queue_attributes(QueueUrl=self.url(queue), Attributes=attributes)

    def send(self, queue: str, *bodies: str) -> None:
        for body in bodies:
            boto3.client("sqs").send_message(QueueUrl=self.url(queue), MessageBody=body)

    @property
    def policy(self) -> str:
        found = boto3.client("sqs").get_queue_attributes(
            QueueUrl=self.url(self.settings.source_queue), AttributeNames=["RedrivePolicy"]
        )
        return str(found["Attributes"]["RedrivePolicy"])

    @contextmanager
    def repaired_after(self) -> Iterator[None]:
        """Whatever the block breaks, provisioning repairs."""
        yield
        assert Provisioning(self.settings).apply()


@pytest.fixture
def system(stack: StackHandle, monkeypatch: pytest.MonkeyPatch) -> Provisioned:
    name = f"preflight-{uuid4().hex[:8]}"
    own = {"QUEUE": f"{name}-dlq", "SOURCE_QUEUE": name, "MONGO_DATABASE": name, "EVIDENCE_KEY": token_hex(32)}
    own |= {"ALARM_TOPIC": f"{name}-alarms", "ALARM_QUEUE": f"{name}-notifications"}
    for variable in [one for one in stack.env if one.startswith(("AWS_", "RECLAIM_"))]:
        monkeypatch.setenv(variable, stack.env[variable])
    for variable, value in own.items():
        monkeypatch.setenv(f"RECLAIM_{variable}", value)
    settings = read_settings()
    Provisioning(settings).apply()
    return Provisioned(settings, connect(settings.mongo_uri.get_secret_value(), name, 5))


def test_what_was_provisioned_passes_and_each_thing_broken_for_real_fails(system: Provisioned) -> None:
    records = system.database["clients"]
    assert system.failed() == []

    with system.repaired_after():
        records.drop_index("tracking_id_unique")
        assert system.failed() == ["store.indexes"]
        records.create_index("tracking_id", name="tracking_id_unique")
        assert system.failed() == ["store.indexes"]  # the right name, but two clients may share an ID
        records.drop_index("tracking_id_unique")

    with system.repaired_after():
        system.database.command("collMod", "dead_letters", validator={})
        assert system.failed() == ["store.validators"]
    system.database.command("collMod", "dead_letters", validationAction="warn")
    assert system.failed() == ["store.validators"]
    system.database.command("collMod", "dead_letters", validationAction="error")

    with system.repaired_after():
        system.set(system.settings.source_queue, {"RedrivePolicy": ""})
        assert system.failed() == ["queue.redrive_policy"]

    with system.repaired_after():
        system.set(system.settings.queue, {"MessageRetentionPeriod": str(4 * 24 * 3600)})
        assert system.failed() == ["queue.retention"]
    assert system.failed() == []


def test_alarms_that_are_gone_disabled_without_a_topic_or_without_a_subscription(system: Provisioned) -> None:
    alarm = f"reclaim-{system.settings.queue}-depth"
    cloudwatch, sns = boto3.client("cloudwatch"), boto3.client("sns")

    with system.repaired_after():
        cloudwatch.delete_alarms(AlarmNames=[alarm])
        found = system.preflight()["alarms.exist"]
        assert found.status is Status.FAIL
        assert alarm in found.seen

    cloudwatch.disable_alarm_actions(AlarmNames=[alarm])
    assert system.failed() == ["alarms.act"]
    cloudwatch.enable_alarm_actions(AlarmNames=[alarm])

    (topic,) = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["AlarmActions"]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    with system.repaired_after():
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        assert system.failed() == ["alarms.heard"]
    with system.repaired_after():
        sns.delete_topic(TopicArn=topic)
        assert system.failed() == ["alarms.topics"]
    assert system.failed() == []


def test_a_key_that_is_not_the_one_used_so_far_is_found_out(
    system: Provisioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery = {"run_id": "run-1", "message_id": "m", "occurred_at": at(0), "recovered_at": at(1)}
    billing = {"model": "cpa", "rate_minor": 1, "currency": "USD"}
    key = system.settings.require_tracking_key()

    def put(record_key: str, identity: str, origin: str) -> None:
        system.database["clients"].insert_one(
            {"_id": record_key, "name": "n", "billing": billing, "tracking_id": identity}
            | {"recovery": {**recovery, "origin": origin}}
        )

    put("cl_carried", CONTRACT.identity.derive("another", key), "carried")
    assert system.preflight()["keys.tracking_derives"].status is Status.SKIP
    put("cl_1", CONTRACT.identity.derive("cl_1", key), "regenerated")
    assert system.preflight()["keys.tracking_derives"].status is Status.PASS

    monkeypatch.setenv("RECLAIM_TRACKING_KEY", token_hex(32))
    assert system.failed() == ["keys.tracking_derives"]
    monkeypatch.setenv("RECLAIM_TRACKING_KEY", "too short")
    assert system.failed() == ["keys.tracking_strong"]


def test_the_dead_letter_queue_is_sampled_and_put_back_and_the_source_queue_never_touched(system: Provisioned) -> None:
    dead, source = system.settings.queue, system.settings.source_queue
    system.send(source, a_body("cl_healthy"))
    system.send(dead, *(a_body(f"cl_{n}") for n in range(3)))
    found = system.preflight()["events.client.tracking_id"]

    assert found.status is Status.FAIL
    assert found.seen.startswith(f"client.tracking_id is absent in 3 of 3 events of queue {dead}")
    sqs = boto3.client("sqs")
    for queue, messages, receives in ((dead, 3, {"2"}), (source, 1, {"1"})):
        got = sqs.receive_message(
            QueueUrl=system.url(queue), MaxNumberOfMessages=10, MessageSystemAttributeNames=["ApproximateReceiveCount"]
        )["Messages"]
        assert len(got) == messages
        assert {one["Attributes"]["ApproximateReceiveCount"] for one in got} == receives


def test_a_dead_letter_queue_that_redrives_itself_blocks_and_is_not_sampled(system: Provisioned) -> None:
    dead = system.settings.queue
    boto3.client("sqs").create_queue(QueueName=f"{dead}-further")
    further = json.loads(system.policy)["deadLetterTargetArn"] + "-further"
    system.set(dead, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": further, "maxReceiveCount": 1})})
    system.send(dead, a_body())

    assert system.failed() == ["queue.dead_letters_stay"]
    assert system.preflight()["events.client.tracking_id"].seen.startswith("The dead-letter queue redrives itself")


def test_a_queue_that_is_tagged_for_another_contract_blocks(system: Provisioned) -> None:
    url = system.url(system.settings.queue)
    boto3.client("sqs").tag_queue(QueueUrl=url, Tags={"reclaim:contract": "order_created"})

    assert system.failed() == ["queue.contract"]


def test_another_queue_than_the_configured_one_must_be_a_dead_letter_queue(system: Provisioned) -> None:
    sqs = boto3.client("sqs")
    other = f"{system.settings.source_queue}-other"
    arn = json.loads(system.policy)["deadLetterTargetArn"].replace(system.settings.queue, f"{other}-dlq")
    fortnight: Attributes = {"MessageRetentionPeriod": str(14 * 24 * 3600)}
    sqs.create_queue(QueueName=f"{other}-dlq", Attributes=fortnight)
    assert "queue.redrive_policy" in system.failed(queue=f"{other}-dlq")

    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    sqs.create_queue(QueueName=other, Attributes={**fortnight, "RedrivePolicy": policy})
    assert "queue.redrive_policy" not in system.failed(queue=f"{other}-dlq")
    assert system.failed(queue=f"{other}-gone")[0] == "queue.exists"


def test_what_a_recovery_asks_before_it_starts_takes_no_time(system: Provisioned) -> None:
    ports = open_ports(system.settings)
    started = ports.clock.monotonic()
    findings = evaluate(observe_blocking(ports.preflight, system.settings, ports.contract), ports.contract)

    assert blocking_failures(findings) == ()
    assert ports.clock.monotonic() - started < 5  # some 0.2 s on an idle machine


def test_what_does_not_answer_is_told_apart_from_what_fails(
    system: Provisioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    found = system.preflight().values()

    assert {one.family for one in found if one.status is Status.UNREACHABLE} == {"queue", "alarms", "events"}
    assert {one.status for one in found if one.family == "store"} == {Status.PASS}
