"""Start LocalStack 4.12 with two mends. Runs in LocalStack's own environment.

- Whatever address GATEWAY_LISTEN names, only its port reaches the web server, which then listens on every interface.
  (Its other web server, hypercorn, listens where it is told but does not end on SIGTERM.)
- KMS derives key ids with `uuid5(namespace, bytes)`, which Python takes from 3.12 on; on 3.11 CreateKey fails.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import uuid

from localstack.runtime import main  # type: ignore[import-not-found] # its environment is not ours
from twisted.internet import endpoints  # type: ignore[import-not-found] # likewise


def listen_only_where_told(gateway_listen: str) -> None:
    """Bind the web server to the host of `host:port`."""
    host = gateway_listen.rpartition(":")[0]
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=host)


def uuid5(namespace: uuid.UUID, name: str | bytes) -> uuid.UUID:
    """What `uuid.uuid5` does from Python 3.12 on."""
    raw = name.encode() if isinstance(name, str) else name
    digest = hashlib.sha1(namespace.bytes + raw, usedforsecurity=False).digest()
    return uuid.UUID(bytes=digest[:16], version=5)


if __name__ == "__main__":
    listen_only_where_told(os.environ["GATEWAY_LISTEN"])
    if sys.version_info < (3, 12):
        uuid.uuid5 = uuid5
    main.main()
