"""What a running stack puts into stack.env."""

from __future__ import annotations

from collections.abc import Mapping

from reclaim.local.layout import Layout
from reclaim.local.localstack import LocalStack
from reclaim.local.mongod import Mongod
from reclaim.local.prefect_server import PrefectServer

_REGION = "us-east-1"
# Short, so that a demonstration does not wait for messages that a killed run had received.
_VISIBILITY_TIMEOUT_SECONDS = 15


def variables(layout: Layout, ports: Mapping[str, int], tracking_key: str) -> dict[str, str]:
    """Every variable with which a program reaches the stack.

    The AWS credentials are dummies: LocalStack takes any, and SDKs insist on some.
    """
    mongod, localstack, prefect = Mongod(), LocalStack(), PrefectServer()
    return {
        "AWS_ENDPOINT_URL": localstack.url(ports[localstack.name]),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_REGION": _REGION,
        "RECLAIM_MONGO_URI": mongod.url(ports[mongod.name]),
        "RECLAIM_MONGO_DATABASE": "tracking",
        "RECLAIM_QUEUE": "client-created-dlq",
        "RECLAIM_SOURCE_QUEUE": "client-created",
        "RECLAIM_REPORTS_URL": str(layout.reports),
        "RECLAIM_TRACKING_KEY": tracking_key,
        "RECLAIM_VISIBILITY_TIMEOUT_SECONDS": str(_VISIBILITY_TIMEOUT_SECONDS),
        "PREFECT_API_URL": prefect.api_url(ports[prefect.name]),
        "PREFECT_UI_URL": prefect.url(ports[prefect.name]),
        "PREFECT_HOME": str(layout.data(prefect.name)),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }
