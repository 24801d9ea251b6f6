"""The fingerprint of a document, the same wherever and however often it is taken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def document_sha256(document: Mapping[str, Any]) -> str:
    """SHA-256 (hexadecimal) of `document` as JSON: names sorted, no blanks, ASCII, times in UTC with milliseconds."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)
