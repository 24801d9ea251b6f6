"""The dashboards that are checked in are the ones that the code makes, and both show the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ops.dashboards import defaults, rendered
from ops.dashboards.__main__ import write
from reclaim.monitoring.alarms import alarms_for
from reclaim.monitoring.panels import Panel
from reclaim.monitoring.rows import ROWS

FOLDER = Path(__file__).parents[2] / "ops" / "dashboards"
GRAFANA: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text())
GRAPHS = {panel["title"]: panel for panel in GRAFANA["panels"] if panel["type"] != "row"}
PANELS = [panel for row in ROWS for panel in row.panels]


@pytest.mark.parametrize("name", ["cloudwatch.json", "grafana.json"])
def test_what_is_checked_in_is_what_the_code_makes(name: str) -> None:
    assert rendered(defaults())[name] == (FOLDER / name).read_text(), "Run: python -m ops.dashboards"


def test_an_environment_does_not_change_what_is_checked_in(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rendered(defaults())
    monkeypatch.setenv("RECLAIM_ALARM_DEPTH", "77")

    assert rendered(defaults()) == before


def test_thresholds_of_ones_own_go_into_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLAIM_ALARM_DEPTH", "77")

    done = CliRunner().invoke(write, [str(tmp_path / "mine")])

    assert done.exit_code == 0
    written = json.loads((tmp_path / "mine" / "grafana.json").read_text())
    assert threshold(next(panel for panel in written["panels"] if panel["title"] == "Messages that wait")) == 77


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_grafana_shows_each_panel_with_the_same_queries(panel: Panel) -> None:
    graph = GRAPHS[panel.title]

    assert graph["description"] == panel.tells
    asked = [(t["namespace"], t["metricName"], t["statistic"], t["dimensions"]) for t in graph["targets"]]
    assert asked == [(s.namespace, s.metric, s.statistic, s.all_dimensions("$queue")) for s in panel.series]
    assert len({target["refId"] for target in graph["targets"]}) == len(panel.series)


def test_grafana_draws_each_alarms_line() -> None:
    thresholds = {panel.alarm: threshold(GRAPHS[panel.title]) for panel in PANELS if panel.alarm}

    assert thresholds == {alarm.kind: alarm.threshold for alarm in alarms_for(defaults(), "any")}


def test_grafana_asks_no_particular_data_source_or_queue() -> None:
    assert {target["datasource"]["uid"] for graph in GRAPHS.values() for target in graph["targets"]} == {
        "${datasource}"
    }
    assert {variable["name"]: variable["query"] for variable in GRAFANA["templating"]["list"]} == {
        "datasource": "cloudwatch",
        "queue": "dimension_values(default,Reclaim,Unrecovered,Queue)",
    }
    assert defaults().queue not in (FOLDER / "grafana.json").read_text()


def test_panels_of_grafana_have_numbers_of_their_own() -> None:
    numbers = [panel["id"] for panel in GRAFANA["panels"]]

    assert len(set(numbers)) == len(numbers)


def threshold(graph: dict[str, Any]) -> float:
    base, step = graph["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert base["value"] is None
    value: float = step["value"]
    return value
