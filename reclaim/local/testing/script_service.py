"""A service of a few lines of Python, to try the stack's handling of services without the real ones."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reclaim.local.layout import Layout
from reclaim.local.ports import LOOPBACK
from reclaim.local.processes import ServiceCommand
from reclaim.local.readiness import answers

ANSWERS: Final = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DIES: Final = "import sys; print('starting'); print('the disk is on fire'); sys.exit(3)"
NEVER_ANSWERS: Final = "import time; print('thinking', flush=True); time.sleep(600)"


@dataclass(frozen=True)
class ScriptService:
    """A service that runs a Python program, which gets its port as the first argument.

    Args:
        name: the service's name; capitalised it is its title.
        program: what to run; by default it answers every request.
        interpreter: what runs it.
        starts_within: seconds.
        stops_within: seconds.
    """

    name: str
    program: str = ANSWERS
    interpreter: str = sys.executable
    starts_within: float = 20.0
    stops_within: float = 5.0

    @property
    def title(self) -> str:
        """The name, capitalised."""
        return self.name.title()

    def is_installed(self, layout: Layout) -> bool:  # noqa: ARG002 - the protocol's
        """Always."""
        return True

    def command(self, layout: Layout, ports: Mapping[str, int], cancelled: threading.Event) -> ServiceCommand:  # noqa: ARG002
        """The program, with its port."""
        argv = [self.interpreter, "-c", self.program, str(ports[self.name])]
        return ServiceCommand(argv, {}, layout.data(self.name))

    def probe(self, port: int) -> bool:
        """Whether it answers a request."""
        return answers(self.url(port))

    def url(self, port: int) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{port}"

    def variables(self, layout: Layout, port: int) -> dict[str, str]:  # noqa: ARG002 - the protocol's
        """Its address, under its name."""
        return {f"{self.name.upper()}_URL": self.url(port)}
