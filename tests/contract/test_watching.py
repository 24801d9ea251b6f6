"""What watching needs from outside: `Metrics` and `WatchStateStore`, real and in memory, and the real alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest

from reclaim.adapters.aws.alarm_schema import AlarmSchema
from reclaim.adapters.aws.cloudwatch import CloudWatch
from reclaim.adapters.memory.watch import MemoryMetrics, MemoryWatchStates
from reclaim.adapters.mongo.watches import MongoWatchStates
from reclaim.model.metric import Metric, MetricName, Unit
from reclaim.model.queue_check import QueueSample, WatchState
from reclaim.monitoring.alarms import AlarmKind, alarms_for
from reclaim.ports import Metrics, WatchStateStore
from reclaim.settings import Settings
from tests.builders import NOW, at
from tests.contract.conftest import BOTH


@dataclass(frozen=True)
class MetricsBench:
    """Metrics with the other end that their port does not have.

    Attributes:
        total: the sum of what was published of a metric with these further dimensions, and of how many values.
        set_alarm: let an alarm exist, in that state.
    """

    metrics: Metrics
    queue: str
    total: Callable[[MetricName, dict[str, str]], tuple[float, float]]
    set_alarm: Callable[[str, str], None]


@pytest.fixture(params=BOTH)
def bench(request: pytest.FixtureRequest) -> MetricsBench:
    queue = f"contract-{uuid4().hex[:8]}-dlq"
    if request.param == "real":
        request.getfixturevalue("aws")
        return _real_bench(queue)
    metrics = MemoryMetrics()

    def total(name: MetricName, dimensions: dict[str, str]) -> tuple[float, float]:
        found = [m.values for _, m in metrics.published if (m.name, m.dimensions) == (name, dimensions)]
        return sum(v * n for values in found for v, n in values.items()), sum(sum(values.values()) for values in found)

    return MetricsBench(metrics, queue, total, metrics.alarms.__setitem__)


@pytest.fixture(params=BOTH)
def states(request: pytest.FixtureRequest) -> WatchStateStore:
    return MongoWatchStates(request.getfixturevalue("database")) if request.param == "real" else MemoryWatchStates()


def test_a_distribution_arrives_with_how_often_each_value_occurred(bench: MetricsBench) -> None:
    latencies = Metric(MetricName.RECOVERY_LATENCY, Unit.MILLISECONDS, bench.queue, {10.0: 5, 3000.0: 2})

    bench.metrics.publish([latencies], datetime.now(UTC))

    assert bench.total(MetricName.RECOVERY_LATENCY, {}) == (6050.0, 7.0)


def test_further_dimensions_tell_metrics_apart(bench: MetricsBench) -> None:
    money = [
        Metric(MetricName.MONEY_AT_RISK, Unit.NONE, bench.queue, {minor: 1}, {"Currency": currency})
        for currency, minor in {"EUR": 2**53 - 1, "JPY": 7}.items()
    ]

    bench.metrics.publish(money, datetime.now(UTC))

    assert bench.total(MetricName.MONEY_AT_RISK, {"Currency": "EUR"}) == (2**53 - 1, 1)
    assert bench.total(MetricName.MONEY_AT_RISK, {"Currency": "JPY"}) == (7, 1)


def test_more_metrics_than_fit_into_a_call_all_arrive(bench: MetricsBench) -> None:
    many = [Metric(MetricName.UNRECOVERED, Unit.COUNT, bench.queue, {1: 1})] * 120

    bench.metrics.publish(many, datetime.now(UTC))

    assert bench.total(MetricName.UNRECOVERED, {}) == (120, 120)


def test_only_alarms_that_exist_have_a_state(bench: MetricsBench) -> None:
    name = f"reclaim-{bench.queue}-depth"
    bench.set_alarm(name, "ALARM")

    assert bench.metrics.states([name, f"reclaim-{bench.queue}-growth"]) == {name: "ALARM"}
    assert bench.metrics.states([]) == {}


def test_what_a_check_leaves_is_there_for_the_next(states: WatchStateStore) -> None:
    sample = QueueSample(taken_at=NOW, seen=3, oldest_sent_at=at(-60), money={"USD": 10**15, "JPY": 1})
    state = WatchState(
        queue="dlq",
        checked_at=NOW,
        unrecovered=3,
        runs=frozenset({"run-1", "run-2"}),
        sample=sample,
        above=frozenset({"depth", "growth"}),
        asked_at=at(-1),
    )
    assert states.load("dlq") is None

    states.save(state)
    states.save(WatchState(queue="other-dlq", checked_at=NOW, unrecovered=0))

    assert states.load("dlq") == state

    states.save(WatchState(queue="dlq", checked_at=at(60), unrecovered=0))

    assert states.load("dlq") == WatchState(queue="dlq", checked_at=at(60), unrecovered=0)


# --- provisioning: AWS itself has none in memory -----------------------------------------------------------------


@pytest.fixture
def settings(aws: object) -> Iterator[Settings]:
    """A queue of the test's own; its alarms are removed, for LocalStack would evaluate them for ever."""
    name = f"contract-{uuid4().hex[:8]}"
    settings = Settings(queue=f"{name}-dlq", alarm_topic=f"{name}-alarms", alarm_queue=f"{name}-notifications")
    yield settings
    names = [alarm.name for alarm in alarms_for(settings, settings.queue)]
    boto3.client("cloudwatch").delete_alarms(AlarmNames=names)


@pytest.mark.stack
def test_provisioning_twice_changes_nothing(settings: Settings) -> None:
    planned = AlarmSchema(settings).plan()

    assert len(planned) == len(AlarmKind) + 3
    assert AlarmSchema(settings).apply() == planned
    assert AlarmSchema(settings).plan() == []
    assert AlarmSchema(settings).apply() == []


@pytest.mark.stack
def test_planning_creates_nothing(settings: Settings) -> None:
    AlarmSchema(settings).plan()

    assert len(AlarmSchema(settings).plan()) == len(AlarmKind) + 3


@pytest.mark.stack
def test_another_threshold_is_the_only_change(settings: Settings) -> None:
    AlarmSchema(settings).apply()
    changed = settings.model_copy(update={"alarm_depth": 7})

    assert AlarmSchema(changed).apply() == [f"alarm reclaim-{settings.queue}-depth: set Threshold"]
    assert AlarmSchema(changed).plan() == []


@pytest.mark.stack
def test_a_queue_that_lost_its_subscription_is_subscribed_again(settings: Settings) -> None:
    AlarmSchema(settings).apply()
    sns = boto3.client("sns")
    topic = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith(settings.alarm_topic))
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])

    assert AlarmSchema(settings).apply() == [f"topic {settings.alarm_topic}: subscribe queue {settings.alarm_queue}"]
    assert AlarmSchema(settings).plan() == []


@pytest.mark.stack
def test_only_the_topic_may_send_to_the_queue(settings: Settings) -> None:
    AlarmSchema(settings).apply()
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=settings.alarm_queue)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": '{"Version": "2012-10-17", "Statement": []}'})

    assert AlarmSchema(settings).apply() == [
        f"queue {settings.alarm_queue}: let only topic {settings.alarm_topic} send"
    ]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert f":{settings.alarm_topic}" in policy


def _real_bench(queue: str) -> MetricsBench:
    cloudwatch = boto3.client("cloudwatch")
    metrics = CloudWatch()

    def total(name: MetricName, dimensions: dict[str, str]) -> tuple[float, float]:
        now = datetime.now(UTC)
        found = cloudwatch.get_metric_statistics(
            Namespace="Reclaim",
            MetricName=name.value,
            Dimensions=[{"Name": key, "Value": value} for key, value in {"Queue": queue, **dimensions}.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        return sum(point["Sum"] for point in found), sum(point["SampleCount"] for point in found)

    def set_alarm(name: str, state: Any) -> None:  # noqa: ANN401
        alarm: dict[str, Any] = {"AlarmName": name, "Namespace": "Reclaim", "MetricName": "Unrecovered"}
        alarm |= {"Statistic": "Maximum", "Period": 3600, "EvaluationPeriods": 1, "Threshold": 1}
        cloudwatch.put_metric_alarm(**alarm, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    return MetricsBench(metrics, queue, total, set_alarm)
