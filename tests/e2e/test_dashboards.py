"""After a recovery, every query of every panel of both dashboards finds data on the local stack.

LocalStack answers GetMetricData for a metric with its dimensions and a plain statistic, which is how nearly all of them
are asked. It does not know two things that AWS does; a test fails as soon as it does:

- percentiles: p50, p95 and p99 are asked for as the Maximum of the same metric;
- searches (a line for each currency): the metrics that a search would find are listed, and each is asked for.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from reclaim.local.testing.stack_handle import StackHandle
from reclaim.monitoring.alarms import AlarmKind
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack

GRAFANA: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "ops" / "dashboards" / "grafana.json").read_text()
)
SEARCH: Final = re.compile(r"^SEARCH\('\{([^}]+)\} ([^']+)', '(\w+)', 60\)$")
PATIENCE_SECONDS: Final = 120
"""LocalStack reports SQS's metrics every five seconds, and later when it is busy."""


@dataclass(frozen=True)
class Query:
    """What a panel asks CloudWatch for; a dimension that is `*` stands for all of its values."""

    panel: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str


@dataclass(frozen=True)
class Aftermath:
    """A queue that was watched before and after its recovery, and what CloudWatch knows about it since.

    LocalStack takes its time for every period it is asked about, so none are asked about from before.
    """

    scene: Scene
    cloudwatch: Any
    since: datetime

    @property
    def queue(self) -> str:
        return self.scene.env["RECLAIM_QUEUE"]

    @property
    def dashboard(self) -> dict[str, Any]:
        held = self.cloudwatch.get_dashboard(DashboardName=f"reclaim-{self.queue}")["DashboardBody"]
        parsed: dict[str, Any] = json.loads(held)
        return parsed

    def without_data(self, queries: list[Query]) -> list[Query]:
        """Those that find nothing, though they were given time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (missing := [query for query in queries if not self.points(query)]) and time.monotonic() < deadline:
            time.sleep(2)
        return missing

    def points(self, query: Query) -> int:
        """How many data points there are; of a search the fewest of what it finds."""
        return min((len(self._values(one)) for one in self._found(query)), default=0)

    def _found(self, query: Query) -> list[Query]:
        """The query itself, or one for each metric that a search would find."""
        if "*" not in query.dimensions.values():
            return [query]
        pages = self.cloudwatch.get_paginator("list_metrics").paginate(
            Namespace=query.namespace, MetricName=query.metric
        )
        known = [{d["Name"]: d["Value"] for d in metric["Dimensions"]} for page in pages for metric in page["Metrics"]]
        return [replace(query, dimensions=held) for held in known if is_found(held, query.dimensions)]

    def _values(self, query: Query) -> list[float]:
        statistic = "Maximum" if re.match(r"p\d", query.statistic) else query.statistic
        dimensions = [{"Name": name, "Value": value} for name, value in query.dimensions.items()]
        metric = {"Namespace": query.namespace, "MetricName": query.metric, "Dimensions": dimensions}
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "asked", "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}],
            StartTime=self.since,
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
        )
        values: list[float] = answer["MetricDataResults"][0]["Values"]
        return values


@pytest.fixture(scope="module")
def aftermath(stack: StackHandle) -> Iterator[Aftermath]:
    own = f"dashboards-{uuid4().hex[:8]}"
    scene = Scene.on(stack, RECLAIM_ALARM_TOPIC=own, RECLAIM_ALARM_QUEUE=own)
    found = Aftermath(scene, cloudwatch_of(scene), datetime.now(UTC) - timedelta(minutes=1))
    try:
        scene.seed(60, seed=7)
        for command in (["watch"], ["recover", "--yes"], ["watch"]):
            done = scene.run(*command)
            assert done.exit_code in (0, 2), done.stderr  # 2: thresholds are reached, messages are quarantined
        yield found
    finally:
        found.cloudwatch.delete_alarms(AlarmNames=[f"reclaim-{found.queue}-{kind.value}" for kind in AlarmKind])
        found.cloudwatch.delete_dashboards(DashboardNames=[f"reclaim-{found.queue}"])


def test_every_panel_of_the_cloudwatch_dashboard_finds_data(aftermath: Aftermath) -> None:
    graphs = [widget["properties"] for widget in aftermath.dashboard["widgets"] if widget["type"] == "metric"]
    queries = [cloudwatch_query(graph, line) for graph in graphs for line in graph["metrics"]]

    assert len(queries) > len(graphs) > 10
    assert aftermath.without_data(queries) == []


def test_every_panel_of_the_grafana_dashboard_finds_data(aftermath: Aftermath) -> None:
    graphs = [panel for panel in GRAFANA["panels"] if panel["type"] != "row"]
    queries = [grafana_query(graph, target, aftermath.queue) for graph in graphs for target in graph["targets"]]

    assert len(queries) > len(graphs) > 10
    assert aftermath.without_data(queries) == []


def test_grafanas_list_of_queues_has_this_one(aftermath: Aftermath) -> None:
    (text,) = [one["query"] for one in GRAFANA["templating"]["list"] if one["name"] == "queue"]
    region, namespace, metric, dimension = re.fullmatch(r"dimension_values\((.+)\)", text)[1].split(",")  # type: ignore[index]

    pages = aftermath.cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace, MetricName=metric)

    assert region == "default"
    found = [d for page in pages for one in page["Metrics"] for d in one["Dimensions"]]
    assert aftermath.queue in {d["Value"] for d in found if d["Name"] == dimension}


def test_the_alarms_on_the_cloudwatch_dashboard_exist(aftermath: Aftermath) -> None:
    (widget,) = [widget for widget in aftermath.dashboard["widgets"] if widget["type"] == "alarm"]
    names = [f"reclaim-{aftermath.queue}-{kind.value}" for kind in AlarmKind]

    held = aftermath.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]

    assert len(held) == len(AlarmKind)
    assert sorted(widget["properties"]["alarms"]) == sorted(alarm["AlarmArn"] for alarm in held)


@pytest.mark.parametrize("kind", [kind for kind in AlarmKind if kind is not AlarmKind.LATENCY])
def test_grafanas_annotations_find_each_alarm_but_that_on_a_percentile(aftermath: Aftermath, kind: AlarmKind) -> None:
    (target,) = [one["target"] for one in GRAFANA["annotations"]["list"] if one["name"] == f"Alarm: {kind.value}"]

    found = aftermath.cloudwatch.describe_alarms_for_metric(
        Namespace=target["namespace"],
        MetricName=target["metricName"],
        Statistic=target["statistic"],
        Period=int(target["period"]),
        Dimensions=[
            {"Name": k, "Value": v.replace("$queue", aftermath.queue)} for k, v in target["dimensions"].items()
        ],
    )

    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == [f"reclaim-{aftermath.queue}-{kind.value}"]


def test_a_query_that_finds_nothing_would_be_noticed(aftermath: Aftermath) -> None:
    known = Query("", "Reclaim", "Unrecovered", {"Queue": aftermath.queue}, "Maximum")

    assert aftermath.points(known) > 0
    assert aftermath.points(replace(known, metric="Unrecoverd")) == 0
    assert aftermath.points(replace(known, dimensions={"QueueName": aftermath.queue})) == 0
    assert aftermath.points(replace(known, dimensions={**known.dimensions, "Currency": "*"})) == 0


@pytest.mark.parametrize("asked", ["percentile", "search"])
def test_localstack_still_knows_neither_percentiles_nor_searches(aftermath: Aftermath, asked: str) -> None:
    """If this fails, the detours around it can go: see the top of this file."""
    metric = {"Namespace": "Reclaim", "MetricName": "RecoveryLatency", "Dimensions": []}
    query: dict[str, Any] = {"Id": "asked", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p95"}}
    if asked == "search":
        query = {"Id": "asked", "Expression": "SEARCH('{Reclaim,Queue} Unrecovered', 'Maximum', 60)"}
    now = datetime.now(UTC)

    with pytest.raises(ClientError, match="InternalError"):
        aftermath.cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=now - timedelta(hours=1), EndTime=now)


def cloudwatch_query(graph: Mapping[str, Any], line: list[Any]) -> Query:
    """A line of a widget: a metric with pairs of dimensions, or a search."""
    if isinstance(line[0], dict):
        schema, terms, statistic = SEARCH.match(line[0]["expression"]).groups()  # type: ignore[union-attr]
        namespace, *names = schema.split(",")
        fixed = dict(re.findall(r'(\w+)="([^"]+)"', terms))
        dimensions = {name: fixed.get(name, "*") for name in names}
        return Query(graph["title"], namespace, fixed["MetricName"], dimensions, statistic)
    namespace, metric, *pairs, options = line
    dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return Query(graph["title"], namespace, metric, dimensions, options["stat"])


def grafana_query(graph: Mapping[str, Any], target: Mapping[str, Any], queue: str) -> Query:
    """A target of a panel, with the queue chosen."""
    dimensions = {name: value.replace("$queue", queue) for name, value in target["dimensions"].items()}
    return Query(graph["title"], target["namespace"], target["metricName"], dimensions, target["statistic"])


def is_found(held: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a search for exactly these dimensions finds a metric that has those."""
    return held.keys() == wanted.keys() and all(value in ("*", held[name]) for name, value in wanted.items())


def cloudwatch_of(scene: Scene) -> Any:  # noqa: ANN401
    return boto3.client(
        "cloudwatch",
        endpoint_url=scene.env["AWS_ENDPOINT_URL"],
        region_name=scene.env["AWS_DEFAULT_REGION"],
        aws_access_key_id=scene.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=scene.env["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
