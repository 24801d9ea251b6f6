"""Automations of a Prefect server: created where missing, corrected where changed.

Over HTTP, because importing Prefect for a few small requests would take seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from reclaim.model.errors import StackUnavailable

_TIMEOUT_SECONDS: Final = 15.0
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class PrefectApi:
    """Where a Prefect server is, and who asks.

    Attributes:
        url: of its API; empty where none is configured.
        api_key, login: one of them where it is protected; a login is ``user:password``.
    """

    url: str
    api_key: str = field(default="", repr=False)
    login: str = field(default="", repr=False)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> PrefectApi:
        """As Prefect's own variables say."""
        return cls(
            environment.get("PREFECT_API_URL", ""),
            environment.get("PREFECT_API_KEY", ""),
            environment.get("PREFECT_API_AUTH_STRING", ""),
        )


class AutomationSchema:
    """One automation of a server, by its name.

    Args:
        transport: how the server is reached; over the network outside tests.
    """

    def __init__(self, name: str, server: PrefectApi, transport: httpx.BaseTransport | None = None) -> None:
        self._name = name
        self._server = server
        self._transport = transport

    def plan(self, wanted: Mapping[str, Any]) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place.

        Args:
            wanted: description, trigger and actions, as Prefect's API takes them.

        Raises:
            StackUnavailable: the server does not answer, or refuses the request.
        """
        with self._connected() as http:
            held = self._held(http)
        if held is None:
            return [f"automation {self._name}: create"]
        return [] if _covers(held, wanted) else [f"automation {self._name}: change"]

    def apply(self, wanted: Mapping[str, Any]) -> list[str]:
        """Create or correct it; what was changed, a line each. One that is switched off stays off."""
        lines = self.plan(wanted)
        if not lines:
            return []
        body = {"name": self._name, **wanted}
        with self._connected() as http:
            held = self._held(http)
            if held is None:
                _request(http, "POST", "/automations/", body)
            else:
                _request(http, "PUT", f"/automations/{held['id']}", {**body, "enabled": held["enabled"]})
        return lines

    def _held(self, http: httpx.Client) -> dict[str, Any] | None:
        asked = {"automations": {"name": {"any_": [self._name]}}}
        found: list[dict[str, Any]] = _request(http, "POST", "/automations/filter", asked).json()
        return found[0] if found else None

    @contextmanager
    def _connected(self) -> Iterator[httpx.Client]:
        server = self._server
        user, _, password = server.login.partition(":")
        try:
            with httpx.Client(
                base_url=server.url,
                timeout=_TIMEOUT_SECONDS,
                headers={"Authorization": f"Bearer {server.api_key}"} if server.api_key else {},
                auth=(user, password) if server.login else None,
                transport=self._transport,
            ) as http:
                yield http
        except httpx.HTTPError as error:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
            answer = f"it answers {status}" if status else "no answer"
            raise StackUnavailable(
                f"The Prefect server at {server.url} could not be provisioned: {answer}.",
                "Start it with `reclaim up`, or correct PREFECT_API_URL, PREFECT_API_KEY or PREFECT_API_AUTH_STRING.",
            ) from error


def _request(http: httpx.Client, method: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
    """The answer; the request is repeated while the server's database is locked, which it reports with 503."""
    for _ in range(_TRIES - 1):
        answer = http.request(method, path, json=body)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return answer.raise_for_status()
        time.sleep(_PAUSE_SECONDS)
    return http.request(method, path, json=body).raise_for_status()


def _covers(held: object, wanted: object) -> bool:
    """Whether `held` has all that is wanted. The server adds fields of its own, and keeps no order of events."""
    if isinstance(held, Mapping) and isinstance(wanted, Mapping) and wanted:
        return all(_covers(held.get(name), value) for name, value in wanted.items())
    if isinstance(held, list) and isinstance(wanted, list):
        if all(isinstance(one, str) for one in [*held, *wanted]):
            return set(held) == set(wanted)
        return len(held) == len(wanted) and all(map(_covers, held, wanted))
    return held == wanted
