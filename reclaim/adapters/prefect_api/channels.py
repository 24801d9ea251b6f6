"""Where notifications go, as Prefect's blocks. An address is a secret: it is all that is needed to write there."""

from __future__ import annotations

import re
from typing import Final

from apprise import Apprise
from prefect.blocks.notifications import CustomWebhookNotificationBlock, SlackWebhook
from pydantic import SecretStr

from reclaim.model.errors import SettingsError
from reclaim.model.fingerprint import text_sha256

Channel = CustomWebhookNotificationBlock | SlackWebhook

_SLACK: Final = re.compile(r"^https://hooks\.slack(-gov)?\.com/")
_WEBHOOK: Final = re.compile(r"^https?://[^/]")
_TIMEOUT_SECONDS: Final = 10
_FORBIDDEN: Final = re.compile(r"[^a-z0-9]+")


def channel(url: str) -> Channel:
    """The block that sends to `url`.

    A webhook receives a POST of `{"subject": …, "text": …}`. Slack's is known by its host. Anything else is Apprise's,
    such as `mailtos://user:password@example.com?to=oncall@example.com`.

    Raises:
        SettingsError: nothing can be sent there. The sentence does not quote it.
    """
    if _WEBHOOK.match(url) and not _SLACK.match(url):
        return CustomWebhookNotificationBlock(
            name="reclaim",
            url="{{url}}",
            json_data={"subject": "{{subject}}", "text": "{{body}}"},
            timeout=_TIMEOUT_SECONDS,
            secrets={"url": url},
        )
    if Apprise.instantiate(url) is None:
        raise SettingsError(
            "RECLAIM_NOTIFY_URL is not an address that notifications can be sent to.",
            "Give it a webhook (https://…) or a URL that Apprise knows, such as mailtos://….",
        )
    # Of Prefect's blocks this one hands any address of Apprise's on as it is; the generic one cannot be saved.
    return SlackWebhook(url=SecretStr(url))


def same(one: Channel, other: Channel) -> bool:
    """Whether two blocks send the same to the same address."""
    return {name: getattr(one, name) for name in type(one).model_fields} == {
        name: getattr(other, name) for name in type(other).model_fields
    }


def slug(name: str) -> str:
    """A block's name for a queue's: lower-case letters, digits and dashes; never the same for two queues."""
    plain = _FORBIDDEN.sub("-", name.lower()).strip("-")
    return plain if plain == name else f"{plain}-{text_sha256(name)[:8]}"
