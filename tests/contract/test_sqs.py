"""What only the real queue can show: where it is, how it is provisioned, and the contract it is tagged for."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from reclaim.adapters.aws.queue_schema import MAX_RECEIVES, QueueSchema
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.model.errors import QueueUnavailable, SettingsError
from tests.builders import CONTRACT

pytestmark = pytest.mark.stack


@pytest.fixture
def name() -> str:
    return f"contract-{uuid4().hex[:8]}"


def test_a_queue_that_does_not_exist_is_a_matter_of_settings(aws: Any, name: str) -> None:  # noqa: ANN401
    with pytest.raises(SettingsError, match=f"queue {name} does not exist"):
        SqsQueue(name).depth()


def test_a_queue_that_is_deleted_under_way_is_a_matter_of_settings(aws: Any, name: str) -> None:  # noqa: ANN401
    url = aws.create_queue(QueueName=name)["QueueUrl"]
    queue = SqsQueue(name)
    assert queue.depth().total == 0
    aws.delete_queue(QueueUrl=url)

    with pytest.raises(SettingsError, match="does not exist"):
        queue.receive(1, 0, 30)


def test_a_queue_is_found_by_its_name_and_by_its_url(aws: Any, name: str) -> None:  # noqa: ANN401
    url = aws.create_queue(QueueName=name)["QueueUrl"]

    by_name, by_url = SqsQueue(name), SqsQueue(url)

    assert by_name.name == by_url.name == name
    assert by_name.url == by_url.url


def test_an_endpoint_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch, aws: Any) -> None:  # noqa: ANN401
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(QueueUnavailable, match="queue dlq cannot be reached"):
        SqsQueue("dlq").depth()


def test_provisioning_makes_what_is_missing_once(aws: Any, name: str) -> None:  # noqa: ANN401
    schema = QueueSchema(name, f"{name}-dlq", CONTRACT.name)

    planned = schema.plan()
    applied = schema.apply()

    assert planned == applied == [line for queue in (f"{name}-dlq", name) for line in created(queue)]
    assert schema.plan() == schema.apply() == []
    policy = json.loads(attributes(aws, name)["RedrivePolicy"])
    assert policy["deadLetterTargetArn"] == attributes(aws, f"{name}-dlq")["QueueArn"]
    assert int(policy["maxReceiveCount"]) == MAX_RECEIVES
    assert attributes(aws, f"{name}-dlq")["MessageRetentionPeriod"] == "1209600"


def test_provisioning_corrects_a_retention_that_would_lose_messages(aws: Any, name: str) -> None:  # noqa: ANN401
    aws.create_queue(QueueName=f"{name}-dlq", Attributes={"MessageRetentionPeriod": "345600"})
    schema = QueueSchema(name, f"{name}-dlq", CONTRACT.name)

    assert schema.plan() == [f"queue {name}-dlq: set MessageRetentionPeriod", tagged(f"{name}-dlq"), *created(name)]
    schema.apply()

    assert attributes(aws, f"{name}-dlq")["MessageRetentionPeriod"] == "1209600"
    assert schema.plan() == []


def test_provisioning_leaves_another_redrive_policy_alone(aws: Any, name: str) -> None:  # noqa: ANN401
    schema = QueueSchema(name, f"{name}-dlq", CONTRACT.name)
    schema.apply()
    own = {
        "deadLetterTargetArn": attributes(aws, f"{name}-dlq")["QueueArn"],
        "maxReceiveCount": MAX_RECEIVES + 7,
    }
    url = aws.get_queue_url(QueueName=name)["QueueUrl"]
    aws.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(own)})

    assert schema.apply() == []
    assert int(json.loads(attributes(aws, name)["RedrivePolicy"])["maxReceiveCount"]) == MAX_RECEIVES + 7


def test_a_queue_schema_that_cannot_reach_sqs_says_so(monkeypatch: pytest.MonkeyPatch, aws: Any) -> None:  # noqa: ANN401
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(QueueUnavailable):
        QueueSchema("a", "b", CONTRACT.name).plan()


def test_a_queue_that_was_there_is_tagged_for_the_contract(aws: Any, name: str) -> None:  # noqa: ANN401
    for queue in (f"{name}-dlq", name):
        aws.create_queue(QueueName=queue, Attributes={"MessageRetentionPeriod": "1209600"})
    schema = QueueSchema(name, f"{name}-dlq", CONTRACT.name)
    assert SqsQueue(name).contract() == ""

    assert schema.apply() == [tagged(f"{name}-dlq"), f"queue {name}: set RedrivePolicy", tagged(name)]

    assert SqsQueue(name).contract() == SqsQueue(f"{name}-dlq").contract() == CONTRACT.name
    assert schema.plan() == []


@pytest.mark.parametrize("suffix", ["", "-dlq"])
def test_a_queue_that_is_tagged_for_another_contract_is_refused(aws: Any, name: str, suffix: str) -> None:  # noqa: ANN401
    url = aws.create_queue(QueueName=name + suffix, tags={"reclaim:contract": "order_created"})["QueueUrl"]
    schema = QueueSchema(name, f"{name}-dlq", CONTRACT.name)

    for provision in (schema.plan, schema.apply):
        with pytest.raises(SettingsError, match=f"{name}{suffix} is tagged for contract order_created, not for client"):
            provision()

    assert aws.list_queue_tags(QueueUrl=url)["Tags"] == {"reclaim:contract": "order_created"}
    assert len(aws.list_queues(QueueNamePrefix=name)["QueueUrls"]) == 1


def created(queue: str) -> list[str]:
    return [f"queue {queue}: create", tagged(queue)]


def tagged(queue: str) -> str:
    return f"queue {queue}: tag for contract {CONTRACT.name}"


def attributes(sqs: Any, name: str) -> dict[str, str]:  # noqa: ANN401
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found
