"""An automation of the Prefect server that marks runs as crashed when nobody is left who could.

A worker reports the death of a process that it started. Where the worker died too, a run would show as Running for
ever and hold its deployment's only slot. What is left to go by is that its heartbeats stop.

Spoken to over HTTP: importing Prefect for three small requests would take seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from reclaim.model.errors import StackUnavailable

HEARTBEAT_SECONDS: Final = 30
"""How often a run shows that it lives; as often as Prefect allows. `prefect.yaml` says the same."""

TAG: Final = "reclaim"
"""Only runs with this tag are judged: those of others may live by another beat."""

_NAME: Final = "reclaim-crashed-runs"
_SILENCE_SECONDS: Final = 3.0 * HEARTBEAT_SECONDS + 10
_TIMEOUT_SECONDS: Final = 15.0
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.5
# Every state that a run rests in. Not Cancelling: a worker that dies over that leaves a run to be buried as well.
_AT_REST: Final = ("Completed", "Failed", "Crashed", "Cancelled", "Suspended", "Paused", "AwaitingRetry", "Scheduled")
_WANTED: Final[dict[str, Any]] = {
    "name": _NAME,
    "description": "A run whose process and worker are both gone is marked as crashed.",
    "trigger": {
        "type": "event",
        "posture": "Proactive",
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "match_related": {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"},
        "for_each": ["prefect.resource.id"],
        "after": ["prefect.flow-run.heartbeat"],
        "expect": ["prefect.flow-run.heartbeat", *(f"prefect.flow-run.{state}" for state in _AT_REST)],
        "threshold": 1,
        "within": _SILENCE_SECONDS,
    },
    "actions": [
        {
            "type": "change-flow-run-state",
            "state": "CRASHED",
            "name": "Crashed",
            "message": "Its heartbeats stopped: the process and its worker are gone. The next run finishes its work.",
        }
    ],
}


class CrashDetection:
    """Brings the automation to what it must be, on the server that `PREFECT_API_URL` names.

    Args:
        transport: how the server is reached; over the network outside tests.
    """

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._url = os.environ.get("PREFECT_API_URL", "")
        self._transport = transport

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; nothing where no server is configured.

        Raises:
            StackUnavailable: the server does not answer, or refuses to.
        """
        if not self._url:
            return []
        with self._server() as server:
            held = _held(server)
        if held is None:
            return [f"automation {_NAME}: create"]
        return [] if _covers(held, _WANTED) else [f"automation {_NAME}: change"]

    def apply(self) -> list[str]:
        """Create or correct it; what was changed, a line each. One that somebody has switched off stays off."""
        lines = self.plan()
        if not lines:
            return []
        with self._server() as server:
            held = _held(server)
            if held is None:
                _ask(server, "POST", "/automations/", _WANTED)
            else:
                _ask(server, "PUT", f"/automations/{held['id']}", {**_WANTED, "enabled": held["enabled"]})
        return lines

    @contextmanager
    def _server(self) -> Iterator[httpx.Record]:
        key, login = os.environ.get("PREFECT_API_KEY"), os.environ.get("PREFECT_API_AUTH_STRING")
        user, _, password = (login or "").partition(":")
        try:
            with httpx.Record(
                base_url=self._url,
                timeout=_TIMEOUT_SECONDS,
                headers={"Authorization": f"Bearer {key}"} if key else {},
                auth=(user, password) if login else None,
                transport=self._transport,
            ) as client:
                yield client
        except httpx.HTTPError as error:
            answer = (
                f"it answers {error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else "no answer"
            )
            raise StackUnavailable(
                f"The Prefect server at {self._url} could not be provisioned: {answer}.",
                "Start it with `reclaim up`, or correct PREFECT_API_URL, PREFECT_API_KEY or PREFECT_API_AUTH_STRING.",
            ) from error


def _held(server: httpx.Record) -> dict[str, Any] | None:
    asked = {"automations": {"name": {"any_": [_NAME]}}}
    found: list[dict[str, Any]] = _ask(server, "POST", "/automations/filter", asked).json()
    return found[0] if found else None


def _ask(server: httpx.Record, method: str, path: str, said: dict[str, Any]) -> httpx.Response:
    """The answer; asked again while the server's database is locked, which it says with 503."""
    for _ in range(_TRIES - 1):
        answer = server.request(method, path, json=said)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return answer.raise_for_status()
        time.sleep(_PAUSE_SECONDS)
    return server.request(method, path, json=said).raise_for_status()


def _covers(held: object, wanted: object) -> bool:
    """Whether `held` says all that is wanted; the server adds fields of its own and keeps no order of events."""
    if isinstance(held, dict) and isinstance(wanted, dict):
        return all(_covers(held.get(name), value) for name, value in wanted.items())
    if isinstance(held, list) and isinstance(wanted, list):
        if all(isinstance(one, str) for one in [*held, *wanted]):
            return set(held) == set(wanted)
        return len(held) == len(wanted) and all(map(_covers, held, wanted))
    return held == wanted
