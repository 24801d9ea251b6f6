"""The panels as the body of a CloudWatch dashboard, of one queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reclaim.model.metric import Unit
from reclaim.monitoring.alarms import PREFIX, Alarm
from reclaim.monitoring.panels import PERIOD_SECONDS, Panel, PanelRow, Series, Style
from reclaim.monitoring.rows import ROWS

Widget = dict[str, Any]

_COLUMNS: Final = 24
_HEADING, _TEXT, _GRAPH, _ALARMS = 1, 3, 6, 3
"""Heights, in CloudWatch's grid units."""

_AXES: Final = {
    Unit.COUNT: "messages",
    Unit.COUNT_PER_SECOND: "messages/s",
    Unit.SECONDS: "seconds",
    Unit.MILLISECONDS: "ms",
    Unit.PERCENT: "%",
    Unit.NONE: "",
}


@dataclass(frozen=True, slots=True)
class AwsLocation:
    """Where the dashboard's metrics and alarms are.

    Attributes:
        alarm_arn: from an alarm's name to its ARN.
    """

    region: str
    alarm_arn: Callable[[str], str]


def dashboard_name(queue: str) -> str:
    """The name of the dashboard of `queue`. The dot of a FIFO queue's name is not allowed in it."""
    return f"{PREFIX}{queue.replace('.', '-')}"


def dashboard_body(queue: str, alarms: Sequence[Alarm], location: AwsLocation) -> dict[str, Any]:
    """The body for PutDashboard, before it is made JSON."""
    widgets: list[Widget] = [_alarms_widget(alarms, location)]
    top = _ALARMS
    for row in ROWS:
        widgets += _row(row, top, queue, alarms, location)
        top += _HEADING + _TEXT + _GRAPH
    # With the period "inherited" a sum stays one of a minute, however long the time shown.
    return {"start": "-PT6H", "periodOverride": "inherit", "widgets": widgets}


def _alarms_widget(alarms: Sequence[Alarm], location: AwsLocation) -> Widget:
    arns = [location.alarm_arn(alarm.name) for alarm in alarms]
    return _widget("alarm", (0, 0, _COLUMNS, _ALARMS), {"title": "Alarms", "alarms": arns})


def _row(row: PanelRow, top: int, queue: str, alarms: Sequence[Alarm], location: AwsLocation) -> Iterator[Widget]:
    """Its heading, and each panel below its description: CloudWatch's graphs have none of their own."""
    yield _text((0, top, _COLUMNS, _HEADING), f"## {row.title}")
    width = _COLUMNS // len(row.panels)
    for number, panel in enumerate(row.panels):
        left, below = number * width, top + _HEADING
        yield _text((left, below, width, _TEXT), f"**{panel.title}.** {panel.tells}")
        properties = _graph(panel, queue, panel.alarm_among(alarms)) | {"region": location.region}
        yield _widget("metric", (left, below + _TEXT, width, _GRAPH), properties)


def _graph(panel: Panel, queue: str, alarm: Alarm | None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": panel.title,
        "view": "timeSeries",
        "stacked": panel.style is Style.STACK,
        "period": PERIOD_SECONDS,
        "metrics": [_line(series, queue) for series in panel.series],
    }
    if panel.style is Style.TOTALS:
        return properties | {"view": "singleValue", "setPeriodToTimeRange": True}
    axis: dict[str, Any] = {"label": _AXES[panel.unit], "showUnits": False}
    properties["yAxis"] = {"left": axis if panel.floor is None else axis | {"min": panel.floor}}
    if alarm:
        line = {"label": f"alarm: {alarm.kind.value}", "value": alarm.threshold, "color": "#d62728"}
        properties["annotations"] = {"horizontal": [line]}
    return properties


def _line(series: Series, queue: str) -> list[Any]:
    if series.every:
        return [{"expression": _search(series, queue), "label": f"${{PROP('Dim.{series.every}')}}", "id": "every"}]
    dimensions = [part for pair in series.all_dimensions(queue).items() for part in pair]
    return [series.namespace, str(series.metric), *dimensions, {"stat": series.statistic, "label": series.label}]


def _search(series: Series, queue: str) -> str:
    """An expression that finds a metric for each value of the series' open dimension."""
    dimensions = series.all_dimensions(queue)
    schema = ",".join([series.namespace, *sorted(dimensions)])
    fixed = {"MetricName": series.metric, **{k: v for k, v in dimensions.items() if k != series.every}}
    terms = " ".join(f'{name}="{value}"' for name, value in fixed.items())
    return f"SEARCH('{{{schema}}} {terms}', '{series.statistic}', {PERIOD_SECONDS})"


def _text(box: tuple[int, int, int, int], markdown: str) -> Widget:
    return _widget("text", box, {"markdown": markdown, "background": "transparent"})


def _widget(kind: str, box: tuple[int, int, int, int], properties: dict[str, Any]) -> Widget:
    return {"type": kind, **dict(zip(("x", "y", "width", "height"), box, strict=True)), "properties": properties}
