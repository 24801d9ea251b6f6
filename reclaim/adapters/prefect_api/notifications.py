"""Provisioning of notifications: a block that knows where they go, and an automation that sends events there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import BlockDocument
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

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
        self._automation = f"reclaim-{queue}-notifications"
        self._resources = [f"reclaim.queue.{queue}", f"reclaim.queue.{source}"]

    def plan(self) -> list[str]:
        """What `apply` would change, a line each.

        Raises:
            StackUnavailable: Prefect's server does not answer.
            SettingsError: it refuses; for want of a password, as a rule.
        """
        with _server() as server:
            block, automation = self._held_block(server), self._held_automation(server)
            lines = _difference(f"block {self._block}", block, as_wanted=bool(block and self._sends_there(block)))
            wanted = self._wanted(block.id, automation) if block else None
            return lines + _difference(
                f"automation {self._automation}",
                automation,
                as_wanted=bool(automation and wanted and _what_it_does(automation) == _what_it_does(wanted)),
            )

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each. A second call changes nothing."""
        lines = self.plan()
        if not lines:
            return []
        with _server() as server:
            block_id: UUID = self._channel.save(self._block, overwrite=True)  # type: ignore[assignment]
            automation = self._held_automation(server)
            wanted = self._wanted(block_id, automation)
            if automation:
                server.update_automation(automation.id, wanted)
            else:
                server.create_automation(wanted)
        return lines

    def _held_block(self, server: SyncPrefectClient) -> BlockDocument | None:
        try:
            return server.read_block_document_by_name(self._block, type(self._channel).get_block_type_slug())
        except ObjectNotFound:
            return None

    def _sends_there(self, block: BlockDocument) -> bool:
        held: Channel = type(self._channel).model_validate(block.data)
        return same(held, self._channel)

    def _held_automation(self, server: SyncPrefectClient) -> Automation | None:
        return next(iter(server.read_automations_by_name(self._automation)), None)

    def _wanted(self, block_id: UUID, held: Automation | None) -> AutomationCore:
        wanted = AutomationCore(
            name=self._automation,
            description="Somebody is told of runs that halt, wait or fail, and of deadlines.",
            enabled=held.enabled if held else True,  # who switched it off will have had a reason
            trigger=EventTrigger(
                match={"prefect.resource.id": self._resources},
                expect={occasion.value for occasion in Occasion},
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=[
                SendNotification(
                    block_document_id=block_id, subject="{{ event.payload.subject }}", body="{{ event.payload.text }}"
                )
            ],
        )
        # Only what was set is sent in an update, down to the types by which the server tells triggers apart.
        return AutomationCore(**wanted.model_dump(exclude={"owner_resource"}))


def _what_it_does(automation: AutomationCore) -> tuple[object, ...]:
    trigger = automation.trigger.model_dump(exclude={"id"})
    return automation.description, trigger, [action.model_dump() for action in automation.actions]


def _difference(what: str, held: object, *, as_wanted: bool) -> list[str]:
    if held is None:
        return [f"{what}: create"]
    return [] if as_wanted else [f"{what}: change"]


@contextmanager
def _server() -> Iterator[SyncPrefectClient]:
    try:
        with get_client(sync_client=True) as server:
            yield server
    except PrefectHTTPStatusError as error:
        raise SettingsError(
            f"The Prefect server refused the notifications (HTTP {error.response.status_code}).",
            "If it asks who you are, say so with PREFECT_API_AUTH_STRING.",
        ) from error
    except httpx.HTTPError as error:
        raise StackUnavailable(
            "The Prefect server cannot be reached, so notifications could not be provisioned.",
            "Start it with `reclaim up`, or correct PREFECT_API_URL.",
        ) from error


def has_server() -> bool:
    """Whether a Prefect server is configured that outlives a run."""
    return bool(PREFECT_API_URL.value())
