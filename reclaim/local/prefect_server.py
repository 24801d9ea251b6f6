"""A Prefect server with its UI."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping

from reclaim.local.layout import Layout
from reclaim.local.ports import LOOPBACK
from reclaim.local.processes import ServiceCommand
from reclaim.local.readiness import answers
from reclaim.local.service import bare_environment

_NO_ANALYTICS = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


class PrefectServer:
    """Schedules, runs' history, the UI. Comes with Reclaim's own dependencies."""

    name = "prefect"
    title = "Prefect"
    starts_within = 180.0  # the first start runs every database migration
    stops_within = 15.0

    def is_installed(self, layout: Layout) -> bool:  # noqa: ARG002 - the protocol's
        """Always."""
        return True

    def command(self, layout: Layout, ports: Mapping[str, int], cancelled: threading.Event) -> ServiceCommand:  # noqa: ARG002
        """As a bare web application: the `prefect server` command takes twice as long to start."""
        argv = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
        argv += ["--host", LOOPBACK, "--port", str(ports[self.name]), "--log-level", "warning"]
        argv += ["--timeout-graceful-shutdown", "3"]  # open browser tabs must not keep it
        return ServiceCommand(argv, self._environment(layout, ports[self.name]), layout.data(self.name))

    def probe(self, port: int) -> bool:
        """Whether its API answers."""
        return answers(f"{self.api_url(port)}/health")

    def url(self, port: int) -> str:
        """The UI."""
        return f"http://{LOOPBACK}:{port}"

    def variables(self, layout: Layout, port: int) -> dict[str, str]:
        """The server's address, and a Prefect home apart from the user's own."""
        return {
            "PREFECT_API_URL": self.api_url(port),
            "PREFECT_UI_URL": self.url(port),
            "PREFECT_HOME": str(layout.data(self.name)),
            **_NO_ANALYTICS,
        }

    def api_url(self, port: int) -> str:
        """What `PREFECT_API_URL` has to say."""
        return f"{self.url(port)}/api"

    def _environment(self, layout: Layout, port: int) -> dict[str, str]:
        return bare_environment(layout, self.name) | {
            "PREFECT_HOME": str(layout.data(self.name)),
            # By default it writes the UI's files next to its own code, which may be read-only or shared.
            "PREFECT_UI_STATIC_DIRECTORY": str(layout.data(self.name) / "ui"),
            "PREFECT_UI_URL": self.url(port),
            "PREFECT_SERVER_UI_API_URL": self.api_url(port),
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            # By default who holds a deployment's slot is known to the server's memory only: a restart would leave the
            # slot taken by a run that can no longer renew it, and is ended for that minutes later.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            **_NO_ANALYTICS,
            "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
            "PREFECT_LOGGING_COLORS": "false",
        }
