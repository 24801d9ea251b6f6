"""What stays the same from one `up` to the next, so that addresses and tracking IDs do."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from reclaim.local.private_file import write_private

_KEY_BYTES = 32


@dataclass(frozen=True)
class Remembered:
    """The ports last used, and the keys that derive this stack's tracking IDs and sign its evidence."""

    tracking_key: str = field(repr=False)
    evidence_key: str = field(default_factory=lambda: secrets.token_hex(_KEY_BYTES), repr=False)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Remembered:
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
