"""Wait for a service to answer, never without bound, and say in one sentence why it does not."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.request
from pathlib import Path

from reclaim.local.ports import LOOPBACK, is_free
from reclaim.local.processes import ProcessRecord
from reclaim.local.service import Service
from reclaim.model.errors import StackUnavailable

_POLL_SECONDS = 0.1
_PROBE_SECONDS = 2.0
_TAIL_BYTES = 16_384
_GRAVE = {"E", "F"}  # mongod's severities: error, fatal

# Asked without a proxy: these are our own processes on loopback.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Cancelled(Exception):
    """The start of the whole stack was given up; not an error of this service."""


def answers(url: str) -> bool:
    """Whether an HTTP address answers with success within two seconds."""
    try:
        with _OPENER.open(url, timeout=_PROBE_SECONDS) as response:
            return bool(response.status == http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):  # refused, timed out, an error status, or no HTTP
        return False


def wait_until_ready(
    service: Service, record: ProcessRecord, log: Path, seconds: float, cancelled: threading.Event
) -> None:
    """Poll until the service answers.

    Args:
        service: what is waited for.
        record: its process.
        log: its log.
        seconds: how long to go on.
        cancelled: ends the wait early.

    Raises:
        StackUnavailable: it ended, or does not answer in time.
        Cancelled: the whole start was given up.
    """
    deadline = time.monotonic() + seconds
    while not service.probe(record.port):
        if record.process() is None:
            raise _ended(service.title, record.port, log)
        if time.monotonic() >= deadline:
            raise StackUnavailable(
                f"{service.title} did not answer within {seconds:.0f} s{_quoting(log)}.",
                f"Read {log}, then run `reclaim up` again.",
            )
        if cancelled.wait(_POLL_SECONDS):
            raise Cancelled


def last_words(log: Path) -> str:
    """The line of a log that best says why its program ended; empty where there is none.

    The last one, but in a log of JSON lines the last that reports an error.
    """
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    grave = [entry for line in lines if (entry := _json_entry(line)).get("s") in _GRAVE]
    if grave:
        return _sentence(grave[-1])
    return (_sentence(_json_entry(lines[-1])) or lines[-1].strip()) if lines else ""


def _ended(title: str, port: int, log: Path) -> StackUnavailable:
    if not is_free(port):
        return StackUnavailable(
            f"{title} ended at once: another program has taken port {port} on {LOOPBACK}.",
            "Run `reclaim up` again; it picks another port.",
        )
    return StackUnavailable(f"{title} ended while it started{_quoting(log)}.", f"Read {log}.")


def _quoting(log: Path) -> str:
    words = last_words(log)
    return f"; its last words: “{words}”" if words else ""


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _json_entry(line: str) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _sentence(entry: dict[str, object]) -> str:
    attributes = entry.get("attr")
    error = attributes.get("error", "") if isinstance(attributes, dict) else ""
    return f"{entry.get('msg', '')} {error}".strip()
