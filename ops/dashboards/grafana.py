"""The panels as a Grafana dashboard on a CloudWatch data source, of any queue."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Final

from grafana_foundation_sdk.builders import cloudwatch, common, dashboard, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.cloudwatch import MetricEditorMode, MetricQueryType, QueryMode
from grafana_foundation_sdk.models.common import (
    DataSourceRef,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
    VariableSort,
)

from reclaim.model.metric import NAMESPACE, MetricName, Unit
from reclaim.monitoring.alarms import Alarm
from reclaim.monitoring.panels import PERIOD_SECONDS, Panel, PanelRow, Series, Style
from reclaim.monitoring.rows import ROWS

_SOURCE: Final = DataSourceRef(type_val="cloudwatch", uid="${datasource}")
_REGION: Final = "default"
"""The data source's own."""

_QUEUE: Final = "$queue"
_COLUMNS: Final = 24
_HEIGHT: Final = 9
_SILENCE_MS: Final = 5 * PERIOD_SECONDS * 1000
"""No line is drawn across a longer gap: nothing was known then."""

_UNITS: Final = {
    Unit.COUNT: units.Short,
    Unit.COUNT_PER_SECOND: "suffix: messages/s",
    Unit.SECONDS: units.Seconds,
    Unit.MILLISECONDS: units.Milliseconds,
    Unit.PERCENT: units.Percent,
    Unit.NONE: units.LocaleFormat,
}


def grafana_json(alarms: Sequence[Alarm]) -> str:
    """The dashboard, ready for import; `alarms` are those of any one queue, for their thresholds and periods."""
    board = (
        dashboard.Dashboard("Reclaim: dead letters and their recovery")
        .uid("reclaim")
        .description("Backlog, throughput, outcomes, latency, money and alarms of a dead-letter queue.")
        .tags(["reclaim"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("CloudWatch").type("cloudwatch"))
        .with_variable(_queues())
    )
    for alarm in alarms:
        # Grafana looks for alarms by a plain statistic; it cannot find one on a percentile.
        if alarm.statistic == "Maximum":
            board.annotation(_changes_of(alarm))
    numbers = count(1)
    for row in ROWS:
        board.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            board.with_panel(_panel(panel, row, panel.alarm_among(alarms)).id(next(numbers)))
    return JSONEncoder(indent=2, sort_keys=True).encode(board.build())


def _queues() -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("queue")
        .label("Dead-letter queue")
        .datasource(_SOURCE)
        .query(f"dimension_values({_REGION},{NAMESPACE},{MetricName.UNRECOVERED},Queue)")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def _changes_of(alarm: Alarm) -> dashboard.AnnotationQuery:
    """A mark at each change of the alarm's state."""
    target = (
        cloudwatch.AnnotationQuery()
        .query_mode(QueryMode.ANNOTATIONS)
        .prefix_matching(False)
        .region(_REGION)
        .namespace(NAMESPACE)
        .metric_name(alarm.metric)
        .dimensions({"Queue": _QUEUE})
        .statistic(alarm.statistic)
        .period(str(alarm.period_seconds))
        .ref_id(alarm.kind.value)
    )
    query = dashboard.AnnotationQuery().name(f"Alarm: {alarm.kind.value}").datasource(_SOURCE)
    return query.enable(True).icon_color("red").target(target)


def _panel(panel: Panel, row: PanelRow, alarm: Alarm | None) -> timeseries.Panel | stat.Panel:
    built = _totals() if panel.style is Style.TOTALS else _graph(panel, alarm)
    built.title(panel.title).description(panel.tells).datasource(_SOURCE).unit(_UNITS[panel.unit])
    built.span(_COLUMNS // len(row.panels)).height(_HEIGHT)
    for number, series in enumerate(panel.series):
        built.with_target(_query(series, chr(ord("A") + number)))
    return built


def _totals() -> stat.Panel:
    return stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["sum"]))


def _graph(panel: Panel, alarm: Alarm | None) -> timeseries.Panel:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.TABLE).placement(LegendPlacement.BOTTOM)
    graph = timeseries.Panel().legend(legend.show_legend(True).calcs(["last", "max"]))
    # A single point between two gaps would otherwise not be seen.
    graph.insert_nulls(_SILENCE_MS).show_points(VisibilityMode.AUTO).fill_opacity(10)
    if panel.floor is not None:
        graph.axis_soft_min(panel.floor)
    if panel.style is Style.STACK:
        graph.draw_style(GraphDrawStyle.BARS).fill_opacity(80)
        graph.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    if alarm:
        steps = [Threshold(None, "green"), Threshold(alarm.threshold, "red")]
        graph.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        graph.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    return graph


def _query(series: Series, ref_id: str) -> cloudwatch.MetricsQuery:
    """One query; a dimension that is `EVERY` makes Grafana search, and draw a line for each value it finds."""
    label = f"${{PROP('Dim.{series.every}')}}" if series.every else series.label
    return (
        cloudwatch.MetricsQuery()
        .query_mode(QueryMode.METRICS)
        .metric_query_type(MetricQueryType.SEARCH)
        .metric_editor_mode(MetricEditorMode.BUILDER)
        .ref_id(ref_id)
        .id("")
        .region(_REGION)
        .namespace(series.namespace)
        .metric_name(series.metric)
        .dimensions({**series.all_dimensions(_QUEUE)})
        .match_exact(True)
        .statistic(series.statistic)
        .period(str(PERIOD_SECONDS))
        .label(label)
        .datasource(_SOURCE)
    )
