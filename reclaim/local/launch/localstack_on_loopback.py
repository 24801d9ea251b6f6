"""Start LocalStack on loopback only.

Runs in LocalStack's own environment. Whatever address GATEWAY_LISTEN names, LocalStack 4.12 hands only the port to
its web server, which then listens on every interface; its other web server (hypercorn) does not end on SIGTERM.
"""

from __future__ import annotations

import functools
import os

from localstack.runtime import main  # type: ignore[import-not-found] # its environment is not ours
from twisted.internet import endpoints  # type: ignore[import-not-found] # likewise

endpoints.TCP4ServerEndpoint = functools.partial(
    endpoints.TCP4ServerEndpoint, interface=os.environ["GATEWAY_LISTEN"].rpartition(":")[0]
)

if __name__ == "__main__":
    main.main()
