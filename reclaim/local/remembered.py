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
    """The ports last used and the key that derives this stack's tracking IDs."""

    tracking_key: str = field(repr=False)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Remembered:
        """What an earlier `up` saved; a new key where there is nothing, or nothing that can be read."""
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            return cls(tracking_key=str(saved["tracking_key"]), ports={k: int(v) for k, v in saved["ports"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(tracking_key=secrets.token_hex(_KEY_BYTES))

    def save(self, path: Path) -> None:
        """Keep it for the next `up`."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")
