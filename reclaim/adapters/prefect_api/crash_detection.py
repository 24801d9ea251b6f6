"""An automation that marks runs as crashed when their process and its worker are both gone.

A worker reports the death of a process that it started. Where the worker died too, a run would show as Running for
ever and hold its deployment's only slot. All that is left to detect is that its heartbeats stop.
"""

from __future__ import annotations

from typing import Any, Final

import httpx

from reclaim.adapters.prefect_api.automations import AutomationSchema, PrefectApi

HEARTBEAT_SECONDS: Final = 30
"""How often a run shows that it lives; as often as Prefect allows. `prefect.yaml` says the same."""

TAG: Final = "reclaim"
"""Only runs with this tag are checked: other runs may have another heartbeat."""

_SILENCE_SECONDS: Final = 3.0 * HEARTBEAT_SECONDS + 10
# Every state that a run may stay in. Not Cancelling: a worker that dies during that leaves a crashed run as well.
_AT_REST: Final = ("Completed", "Failed", "Crashed", "Cancelled", "Suspended", "Paused", "AwaitingRetry", "Scheduled")
_WANTED: Final[dict[str, Any]] = {
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
        server = PrefectApi.of_environment()
        self._is_configured = bool(server.url)
        self._automation = AutomationSchema("reclaim-crashed-runs", server, transport)

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty where no server is configured.

        Raises:
            StackUnavailable: the server does not answer, or refuses the request.
        """
        return self._automation.plan(_WANTED) if self._is_configured else []

    def apply(self) -> list[str]:
        """Create or correct it; what was changed, a line each."""
        return self._automation.apply(_WANTED) if self._is_configured else []
