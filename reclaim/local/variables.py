"""What a running stack puts into stack.env, and what of it stays the same from one `up` to the next."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from reclaim.local.layout import Layout, write_private
from reclaim.local.ports import LOOPBACK
from reclaim.local.service import Service

_KEY_BYTES = 32

# Short, so that a demonstration does not wait long for messages that a killed run had received.
_VISIBILITY_TIMEOUT_SECONDS = 15


@dataclass(frozen=True)
class SavedSettings:
    """The ports last used, and the keys that derive this stack's identities and sign its evidence."""

    tracking_key: str = field(repr=False)
    evidence_key: str = field(default_factory=lambda: secrets.token_hex(_KEY_BYTES), repr=False)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> SavedSettings:
        """What an earlier `up` saved; a new key where there is nothing, or nothing that can be read."""
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            later = {"evidence_key": str(saved["evidence_key"])} if "evidence_key" in saved else {}
            ports = {name: int(port) for name, port in saved["ports"].items()}
            return cls(tracking_key=str(saved["tracking_key"]), ports=ports, **later)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(tracking_key=secrets.token_hex(_KEY_BYTES))

    def save(self, path: Path) -> None:
        """Keep it for the next `up`."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def stack_variables(layout: Layout, services: Sequence[Service], saved: SavedSettings) -> dict[str, str]:
    """Every variable with which a program reaches the stack."""
    found: dict[str, str] = {}
    for service in services:
        found |= service.variables(layout, saved.ports[service.name])
    return found | {
        "RECLAIM_REPORTS_URL": str(layout.reports),
        "RECLAIM_TRACKING_KEY": saved.tracking_key,
        "RECLAIM_EVIDENCE_KEY": saved.evidence_key,
        "RECLAIM_VISIBILITY_TIMEOUT_SECONDS": str(_VISIBILITY_TIMEOUT_SECONDS),
        "GX_ANALYTICS_ENABLED": "false",
        # A proxy cannot reach this machine's own loopback.
        "NO_PROXY": f"{LOOPBACK},localhost",
    }
