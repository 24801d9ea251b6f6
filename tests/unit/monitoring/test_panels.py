"""What the dashboards show, and that CloudWatch's form of it is one that CloudWatch takes."""

from __future__ import annotations

from typing import Any

import pytest

from reclaim.model.metric import MetricName
from reclaim.monitoring.alarms import Alarm, AlarmKind, alarms_for
from reclaim.monitoring.cloudwatch_dashboard import AwsLocation, dashboard_body, dashboard_name
from reclaim.monitoring.panels import EVERY, Panel, Series, Style
from reclaim.monitoring.rows import ROWS
from reclaim.settings import Settings

QUEUE = "jobs-dlq"
ALARMS = alarms_for(Settings.model_construct(alarm_depth=7), QUEUE)
BODY = dashboard_body(QUEUE, ALARMS, AwsLocation("eu-central-1", lambda name: f"arn:{name}"))
PANELS = [panel for row in ROWS for panel in row.panels]
GRAPHS = {
    widget["properties"]["title"]: widget["properties"] for widget in BODY["widgets"] if widget["type"] == "metric"
}
MOST_METRICS = 500
"""CloudWatch draws no more in one graph."""


@pytest.mark.parametrize("name", MetricName)
def test_every_metric_that_is_published_is_shown(name: MetricName) -> None:
    assert name in {series.metric for panel in PANELS for series in panel.series}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.kind.value)
def test_each_alarm_has_its_line_in_one_panel_that_shows_what_it_looks_at(alarm: Alarm) -> None:
    (panel,) = [panel for panel in PANELS if panel.alarm is alarm.kind]

    assert (alarm.metric, alarm.statistic) in {(series.metric, series.statistic) for series in panel.series}
    (line,) = GRAPHS[panel.title]["annotations"]["horizontal"]
    assert line["value"] == alarm.threshold


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_every_panel_tells_what_it_means_beside_its_graph(panel: Panel) -> None:
    texts = [widget["properties"]["markdown"] for widget in BODY["widgets"] if widget["type"] == "text"]

    assert len(panel.tells) > 40
    assert f"**{panel.title}.** {panel.tells}" in texts


def test_money_is_a_line_for_each_currency_and_never_a_sum() -> None:
    money = [series for panel in PANELS for series in panel.series if series.metric == MetricName.MONEY_AT_RISK]

    assert [(dict(series.dimensions), series.statistic) for series in money] == [({"Currency": EVERY}, "Maximum")]
    assert [panel.style for panel in PANELS if panel.series[0] in money] == [Style.LINES]
    (line,) = GRAPHS["Money at risk"]["metrics"]
    found = """SEARCH('{Reclaim,Currency,Queue} MetricName="MoneyAtRisk" Queue="jobs-dlq"', 'Maximum', 60)"""
    assert line == [{"expression": found, "label": "${PROP('Dim.Currency')}", "id": "every"}]


def test_a_metric_is_named_with_its_dimensions_and_statistic() -> None:
    assert [
        "Reclaim",
        "Messages",
        "Queue",
        QUEUE,
        "Outcome",
        "deferred",
        {"stat": "Sum", "label": "deferred"},
    ] in GRAPHS["Outcomes of each recovery"]["metrics"]
    assert [m[:4] for m in GRAPHS["The queue as SQS counts it"]["metrics"]] == [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", QUEUE],
        ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", QUEUE],
    ]


def test_the_outcomes_of_a_recovery_are_stacked() -> None:
    assert [title for title, graph in GRAPHS.items() if graph["stacked"]] == ["Outcomes of each recovery"]


def test_all_alarms_are_in_the_alarm_widget() -> None:
    (widget,) = [widget for widget in BODY["widgets"] if widget["type"] == "alarm"]

    assert widget["properties"]["alarms"] == [f"arn:reclaim-{QUEUE}-{kind.value}" for kind in AlarmKind]


def test_no_widget_covers_another_or_leaves_the_grid() -> None:
    cells: set[tuple[int, int]] = set()
    for widget in BODY["widgets"]:
        covered = cells_of(widget)
        assert not cells & covered
        assert max(x for x, _ in covered) < 24
        cells |= covered


def test_the_body_is_within_what_cloudwatch_takes() -> None:
    assert len(BODY["widgets"]) <= 500
    assert all(len(graph["metrics"]) <= MOST_METRICS and graph["region"] == "eu-central-1" for graph in GRAPHS.values())


def test_values_that_may_be_negative_are_not_cut_off() -> None:
    assert [title for title, graph in GRAPHS.items() if "yAxis" in graph and "min" not in graph["yAxis"]["left"]] == [
        "Growth"
    ]


def test_a_series_knows_the_queue_as_its_namespace_calls_it() -> None:
    assert Series("", "Visible", namespace="AWS/SQS").all_dimensions("q") == {"QueueName": "q"}
    assert Series("", "Messages", dimensions={"Outcome": "x"}).all_dimensions("q") == {"Queue": "q", "Outcome": "x"}


@pytest.mark.parametrize(
    ("queue", "name"), [("jobs-dlq", "reclaim-jobs-dlq"), ("jobs-dlq.fifo", "reclaim-jobs-dlq-fifo")]
)
def test_a_dashboard_has_a_name_that_cloudwatch_allows(queue: str, name: str) -> None:
    assert dashboard_name(queue) == name


def cells_of(widget: dict[str, Any]) -> set[tuple[int, int]]:
    columns = range(widget["x"], widget["x"] + widget["width"])
    return {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
