"""Sends events to Prefect's server, where automations react to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.events import Event
from prefect.exceptions import PrefectHTTPStatusError
from prefect.utilities.urls import url_for

from reclaim.model.errors import StackUnavailable


class EventPayload(Protocol):
    """What one event is made of."""

    @property
    def name(self) -> str:
        """The event's name."""

    @property
    def queue(self) -> str:
        """The queue it is about."""

    @property
    def resource_id(self) -> str:
        """What it is about, as Prefect's `prefect.resource.id`."""

    @property
    def event_id(self) -> UUID:
        """The same for the same event, so that Prefect takes one that is sent twice for one."""

    @property
    def payload(self) -> dict[str, Any]:
        """What it says."""


def emit(payloads: Sequence[EventPayload], loss: str, next_step: str = "") -> None:
    """Send events to Prefect's server and wait for its answer; Prefect's own `emit_event` may lose them silently.

    Args:
        payloads: one for each event.
        loss: what follows if the server does not take them, as the end of a sentence.
        next_step: what to do then.

    Raises:
        StackUnavailable: Prefect's server did not take them.
    """
    if not payloads:
        return
    events = [
        Event(
            id=one.event_id,
            event=str(one.name),
            resource={"prefect.resource.id": one.resource_id, "prefect.resource.name": one.queue},
            payload=one.payload,
        ).model_dump(mode="json")
        for one in payloads
    ]
    try:
        with get_client(sync_client=True) as server:
            server.request("POST", "/events", json=events).raise_for_status()
    except (httpx.HTTPError, PrefectHTTPStatusError) as error:
        raise StackUnavailable(f"The Prefect server did not take the events, so {loss}.", next_step) from error


def link_to_run(flow_run_id: object) -> str:
    """The URL of the flow run in the Prefect UI; empty where no UI is known."""
    return url_for("flow-run", obj_id=str(flow_run_id)) or "" if flow_run_id else ""
