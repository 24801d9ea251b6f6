"""Fingerprints of texts and documents, the same wherever and however often they are taken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def text_sha256(text: str) -> str:
    """SHA-256 (hexadecimal) of the text's UTF-8 bytes; of any text, also of one with lone surrogates."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def document_sha256(document: Mapping[str, Any]) -> str:
    """SHA-256 (hexadecimal) of `document` as JSON: names sorted, no blanks, ASCII, times in UTC with milliseconds."""
    return text_sha256(json.dumps(document, sort_keys=True, separators=(",", ":"), default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)
