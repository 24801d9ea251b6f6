"""The dashboard of a queue on LocalStack: created, corrected, left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest

from reclaim.adapters.aws.dashboard_schema import DashboardSchema
from reclaim.settings import Settings

pytestmark = pytest.mark.stack


@pytest.fixture
def settings(aws: object) -> Iterator[Settings]:
    settings = Settings(queue=f"contract-{uuid4().hex[:8]}-dlq")
    yield settings
    boto3.client("cloudwatch").delete_dashboards(DashboardNames=[f"reclaim-{settings.queue}"])


def test_a_dashboard_is_created_once(settings: Settings) -> None:
    created = [f"dashboard reclaim-{settings.queue}: create"]

    assert DashboardSchema(settings).plan() == created
    assert DashboardSchema(settings).plan() == created  # planning creates nothing
    assert DashboardSchema(settings).apply() == created
    assert DashboardSchema(settings).plan() == []
    assert DashboardSchema(settings).apply() == []


def test_the_same_dashboard_in_another_notation_is_left_alone(settings: Settings) -> None:
    DashboardSchema(settings).apply()
    put(settings, json.dumps(held(settings), indent=7, sort_keys=True))

    assert DashboardSchema(settings).plan() == []


@pytest.mark.parametrize("body", ['{"widgets": []}', "{}"])
def test_what_was_changed_by_hand_is_set_back(settings: Settings, body: str) -> None:
    DashboardSchema(settings).apply()
    wanted = held(settings)
    put(settings, body)

    assert DashboardSchema(settings).apply() == [f"dashboard reclaim-{settings.queue}: update"]
    assert held(settings) == wanted


def test_another_threshold_moves_the_line(settings: Settings) -> None:
    DashboardSchema(settings).apply()
    changed = settings.model_copy(update={"alarm_depth": 7})

    assert DashboardSchema(changed).apply() == [f"dashboard reclaim-{settings.queue}: update"]
    assert DashboardSchema(changed).plan() == []


def put(settings: Settings, body: str) -> None:
    boto3.client("cloudwatch").put_dashboard(DashboardName=f"reclaim-{settings.queue}", DashboardBody=body)


def held(settings: Settings) -> Any:  # noqa: ANN401
    found = boto3.client("cloudwatch").get_dashboard(DashboardName=f"reclaim-{settings.queue}")
    return json.loads(found["DashboardBody"])
