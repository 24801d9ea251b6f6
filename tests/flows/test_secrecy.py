"""What is in a message, and what is secret, stays out of logs, reports and the orchestrator's database."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from reclaim.model.errors import StoreUnavailable
from tests.flows.world import KEY, PASSWORD, World, at_call, event, fails

BODY = "BODYMARKER"
MARKERS = (BODY.encode(), KEY.encode(), PASSWORD.encode())


def test_no_body_and_no_secret_gets_out(
    world: World,
    prefect_database: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    reports = [_run_well(world), _run_into_a_bug(world)]

    database = _everything_in(prefect_database)
    files = b"".join(path.read_bytes() for path in sorted(world.reports.rglob("*")) if path.is_file())
    logged = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records).encode()

    for place, text in {"database": database, "files": files, "log": logged}.items():
        found = [marker.decode() for marker in MARKERS if marker in text]
        assert found == [], place
    # The places that were searched are the right ones: each run has left its name there.
    for run_id in reports:
        assert run_id.encode() in files
        assert run_id.lower().encode() in database
    assert b"MongoDB does not answer" in database
    assert b"MongoDB does not answer" in logged


def _run_well(world: World) -> str:
    world.send_events(5)
    world.send(
        f"{BODY} no JSON", f'{{"{BODY}": "{BODY}"}}', event("cl_x", country=BODY), event("cl_y", tracking_id=BODY)
    )
    world.send(event("cl_1", name=f"{BODY} another"), event("cl_1", billing={"model": BODY}))
    world.meddle("records.write", fails(1, StoreUnavailable("MongoDB does not answer.")))
    return world.recover().run_id


def _run_into_a_bug(world: World) -> str:
    world.send_events(5, "bug")

    def bug() -> None:
        raise KeyError("no such thing")

    world.meddle("records.write", at_call(2, bug))
    world.run()
    return world.runs.latest(1)[0].run_id


def _everything_in(database: Path) -> bytes:
    """The bytes of the database and of what SQLite keeps beside it, once the last log lines have arrived."""
    from prefect.logging.handlers import APILogHandler  # noqa: PLC0415

    APILogHandler().flush()
    return b"".join(path.read_bytes() for path in sorted(database.parent.glob(f"{database.name}*")))
