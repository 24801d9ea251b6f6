"""The dashboards as they are checked in: `python -m ops.dashboards` writes them."""

from __future__ import annotations

import json
from typing import Final

from ops.dashboards.grafana import grafana_json
from reclaim.contracts.loading import DEFAULT, load_contract
from reclaim.model.message import queue_name
from reclaim.monitoring.alarms import alarms_for
from reclaim.monitoring.cloudwatch_dashboard import AwsLocation, dashboard_body
from reclaim.settings import Settings

_SOMEWHERE: Final = AwsLocation("REGION", lambda alarm: f"arn:aws:cloudwatch:REGION:ACCOUNT:alarm:{alarm}")


def rendered(settings: Settings) -> dict[str, str]:
    """Both dashboards with the thresholds of `settings`: the files' names and their content."""
    queue = queue_name(settings.queue)
    alarms = alarms_for(settings, queue)
    body = dashboard_body(queue, alarms, _SOMEWHERE)
    return {"cloudwatch.json": json.dumps(body, indent=2) + "\n", "grafana.json": grafana_json(alarms) + "\n"}


def defaults() -> Settings:
    """Settings that no environment changes, with the default contract's queue."""
    return Settings.model_construct(queue=load_contract(DEFAULT).dead_letter_queue)
