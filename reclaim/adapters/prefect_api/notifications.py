"""Provisioning of notifications: a block that holds their address, and an automation that sends events there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL

from reclaim.adapters.prefect_api.automations import AutomationSchema, PrefectApi
from reclaim.adapters.prefect_api.channels import Channel, channel, same, slug
from reclaim.model.errors import SettingsError, StackUnavailable
from reclaim.model.message import queue_name
from reclaim.monitoring.run_notifications import Occasion
from reclaim.settings import Settings

NO_SERVER: Final = "Notifications are left out: they need a Prefect server, and PREFECT_API_URL names none."


class Notifications:
    """Brings the block and the automation of one dead-letter queue to what `settings` say.

    Args:
        url: where they go, see `reclaim.adapters.prefect_api.channels.channel`.

    Raises:
        SettingsError: nothing can be sent to `url`.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        queue, source = map(queue_name, (settings.queue, settings.source_queue))
        self._channel = channel(url)
        self._block = f"reclaim-{slug(queue)}"
        self._automation = AutomationSchema(f"reclaim-{queue}-notifications", _configured_server())
        self._resources = [f"reclaim.queue.{queue}", f"reclaim.queue.{source}"]

    def plan(self) -> list[str]:
        """What `apply` would change, a line each.

        Raises:
            StackUnavailable: Prefect's server does not answer.
            SettingsError: it refuses the request, usually for lack of a password.
        """
        with _prefect() as server:
            block = self._held_block(server)
        return self._plan_block(block) + self._automation.plan(self._wanted(block.id if block else None))

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each. A second call changes nothing."""
        lines = self.plan()
        if lines:
            with _prefect():
                block_id: UUID = self._channel.save(self._block, overwrite=True)  # type: ignore[assignment]
            self._automation.apply(self._wanted(block_id))
        return lines

    def _plan_block(self, block: BlockDocument | None) -> list[str]:
        if block is None:
            return [f"block {self._block}: create"]
        held: Channel = type(self._channel).model_validate(block.data)
        return [] if same(held, self._channel) else [f"block {self._block}: change"]

    def _held_block(self, server: SyncPrefectClient) -> BlockDocument | None:
        try:
            return server.read_block_document_by_name(self._block, type(self._channel).get_block_type_slug())
        except ObjectNotFound:
            return None

    def _wanted(self, block_id: UUID | None) -> dict[str, Any]:
        return {
            "description": "Notifies people of runs that halt, wait or fail, and of deadlines.",
            "trigger": {
                "type": "event",
                "posture": "Reactive",
                "match": {"prefect.resource.id": self._resources},
                "match_related": {},
                "for_each": [],
                "after": [],
                "expect": [occasion.value for occasion in Occasion],
                "threshold": 1,
                "within": 0.0,
            },
            "actions": [
                {
                    "type": "send-notification",
                    "block_document_id": str(block_id),
                    "subject": "{{ event.payload.subject }}",
                    "body": "{{ event.payload.text }}",
                }
            ],
        }


def has_server() -> bool:
    """Whether a Prefect server is configured that outlives a run."""
    return bool(_configured_server().url)


def _configured_server() -> PrefectApi:
    """By Prefect's settings, which also come from its profiles."""
    key, login = PREFECT_API_KEY.value(), PREFECT_API_AUTH_STRING.value()
    return PrefectApi(
        PREFECT_API_URL.value() or "",
        key.get_secret_value() if key else "",
        login.get_secret_value() if login else "",
    )


@contextmanager
def _prefect() -> Iterator[SyncPrefectClient]:
    try:
        with get_client(sync_client=True) as server:
            yield server
    except PrefectHTTPStatusError as error:
        raise SettingsError(
            f"The Prefect server refused the notifications (HTTP {error.response.status_code}).",
            "If it is protected, set PREFECT_API_AUTH_STRING.",
        ) from error
    except httpx.HTTPError as error:
        raise StackUnavailable(
            "The Prefect server cannot be reached, so notifications could not be provisioned.",
            "Start it with `reclaim up`, or correct PREFECT_API_URL.",
        ) from error
