"""A system in which everything is as it must be, to be broken item by item."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from reclaim.adapters.memory.preflight import healthy_alarms, healthy_queues, healthy_samples, healthy_store
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.evaluation import Observations
from reclaim.preflight.keys import KeysSeen
from reclaim.preflight.orchestrator import OrchestratorSeen
from reclaim.preflight.ownership import OwnershipSeen

PROJECT = Path(__file__).parents[3]
OURS = PROJECT / "ops" / "ownership.yaml"


@cache
def _ours() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(OURS.read_text())
    return data


def checklist_data() -> dict[str, Any]:
    """What the project's own checklist says, to be changed."""
    return deepcopy(_ours())


def a_checklist(**identity: Any) -> Checklist:  # noqa: ANN401
    """The project's own, with what it says about the tracking ID changed."""
    data = checklist_data()
    next(one for one in data["fields"] if one["field"] == "client.tracking_id").update(identity)
    return Checklist.model_validate(data)


def ownership(checklist: Checklist | None, **changes: Any) -> OwnershipSeen:  # noqa: ANN401
    return OwnershipSeen("ops/ownership.yaml", checklist, **{"missing_documents": (), **changes})


def healthy(**changes: Any) -> Observations:  # noqa: ANN401
    """Everything observed, and all of it in order, but for `changes`."""
    return Observations(
        **{
            "ownership": ownership(a_checklist()),
            "samples": healthy_samples(),
            "keys": KeysSeen(tracking="", evidence=""),
            "queues": healthy_queues(),
            "store": healthy_store(),
            "alarms": healthy_alarms(),
            "orchestrator": OrchestratorSeen("http://prefect", deployed=("recover",)),
            **changes,
        }
    )
