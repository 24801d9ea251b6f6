"""How long the audit of a large window takes, how much memory, and whether it finds what was put there.

Applications and charges are invented as `reclaim seed` invents them, nine in ten with a history of charges, the rest of
the outage, together with what a recovery would have left of its clients. The audit is the command a user types, from
the start of the process until its report is on disk. On the stack that the environment names, in a database of its own;
without one, on a stack of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import click
from pymongo.database import Database
from rich.console import Console

from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.mongo.outage import OutageStore
from reclaim.adapters.mongo.schema import MongoSchema
from reclaim.contracts.client_created import contract as CONTRACT  # noqa: N812  (a constant)
from reclaim.local.environment import load
from reclaim.local.layout import Layout
from reclaim.local.outage import Outage, truth_of
from reclaim.local.outage.client_created.events import Clients
from reclaim.local.outage.client_created.revenue_plan import ChargeHistory, write_outage
from reclaim.local.outage.client_created.revenue_writer import RevenueWriter
from reclaim.local.outage.planned import OUTAGE_START, FinalStatus, OutageWindow, StagedRecord
from reclaim.local.stack import Stack, running_stack

_PER_CLIENT = 20
_WINDOW = OutageWindow(OUTAGE_START)


_ROWS = ("applications", "charges")


@click.command()
@click.option("--applications", default=200_000, show_default=True, help="How many, in the audit's window or near it.")
@click.option("--seed", default=1, show_default=True, help="The same seed invents the same.")
def main(applications: int, seed: int) -> None:
    """Stage, audit, compare with the truth; exit code 1 where they differ."""
    console = Console(highlight=False)
    with stack():
        uri, name = os.environ["RECLAIM_MONGO_URI"], f"benchmark-{time.time_ns()}"
        database = connect(uri, name, 30)
        try:
            truth = stage(database, applications, seed)
            seconds, busy, found = audit(name, truth)
        finally:
            database.client.drop_database(name)
    rows = {kind: sum(one["count"] for classes in found[kind].values() for one in classes.values()) for kind in _ROWS}
    console.print(
        f"{rows['applications']:,} applications, {rows['charges']:,} charges, {len(found['applications'])} currencies:"
        f" [bold]{seconds:.1f} s[/] ({busy:.1f} s of them the audit's own work), {found['peak_rss_mb']:,.0f} MB at most"
    )
    console.print("of which " + ", ".join(f"{step} {took:.1f} s" for step, took in found["timings"].items()))
    wrong = [key for key in truth if truth[key] != found[key]]
    console.print(f"wrong: {', '.join(wrong)}" if wrong else "every class of every currency is what was put there")
    if wrong or not found["balanced"]:
        raise SystemExit(1)


@contextmanager
def stack() -> Iterator[None]:
    """The stack that the environment names, or one for as long as the block runs."""
    load(os.environ)
    if "RECLAIM_MONGO_URI" in os.environ:
        yield
        return
    os.environ["RECLAIM_TOOLS"] = str(Layout.find(os.environ, Path.cwd()).tools)
    home = Path(tempfile.mkdtemp(prefix="reclaim-benchmark-"))
    os.environ["RECLAIM_HOME"] = str(home)
    with running_stack(Stack(Layout.find(os.environ, home))) as running:
        os.environ.update(running.variables)
        yield


def stage(database: Database[dict[str, Any]], applications: int, seed: int) -> dict[str, Any]:
    """Put clients, quarantined messages, applications and charges into `database`; the truth about them."""
    MongoSchema(database, CONTRACT).apply()
    rng = Random(seed)  # noqa: S311  (a plan is repeatable, not secret)
    clients, writer = Clients(seed, rng), RevenueWriter(seed, rng)
    history = applications * 9 // 10
    veterans = [clients.draw(paying=True) for _ in range(max(12, history // _PER_CLIENT))]
    ChargeHistory(writer, rng, _WINDOW, veterans).write(history)
    newcomers = (applications - history) // _PER_CLIENT
    statuses = {clients.draw(): list(FinalStatus)[number % len(FinalStatus)] for number in range(newcomers)}
    write_outage(writer, rng, _WINDOW, statuses, _PER_CLIENT)
    store = OutageStore(database)
    known = dict.fromkeys(veterans, FinalStatus.KNOWN) | statuses
    store.insert("clients", (client_document(who) | recovery(how) for who, how in known.items() if how in _IN_RECORD))
    store.insert("dead_letters", (message(who) for who, how in known.items() if how is FinalStatus.AWAITING))
    store.insert("applications", (one.document() for one in writer.applications))
    store.insert("charges", (one.document() for one in writer.charges))
    outage = Outage(CONTRACT, seed, _WINDOW, (), (), tuple(writer.applications), tuple(writer.charges))
    truth: dict[str, Any] = truth_of(outage)["revenue"]
    return truth


_IN_RECORD = (FinalStatus.RECOVERED, FinalStatus.KNOWN)


def client_document(client: StagedRecord) -> dict[str, Any]:
    """The client as MongoDB holds it."""
    return {
        "_id": client.key,
        **client.fields,
        "tracking_id": client.issued_id,
        "created_at": _WINDOW.opens_at,
    }


def recovery(status: FinalStatus) -> dict[str, Any]:
    """What a recovered client has besides."""
    return {"recovery": {"run_id": "run-0"}} if status is FinalStatus.RECOVERED else {}


def message(client: StagedRecord) -> dict[str, Any]:
    """A quarantined message that names the client."""
    return {
        "_id": f"message of {client.key}",
        "run_id": "run-0",
        "body": "",
        "body_sha256": "",
        "queue": "benchmark",
        "contract": CONTRACT.name,
        "attempts": 1,
        "outcome": "quarantined",
        "record_key": client.key,
    }


def audit(database: str, truth: dict[str, Any]) -> tuple[float, float, dict[str, Any]]:
    """The command a user types; seconds from its start to its end, its processor time, and what it says."""
    with tempfile.TemporaryDirectory(prefix="reclaim-benchmark-") as reports:
        own = {"RECLAIM_MONGO_DATABASE": database, "RECLAIM_REPORTS_URL": reports}
        times = ["--from", truth["from"], "--to", truth["to"], "--as-of", truth["as_of"]]
        command = [sys.executable, "-m", "reclaim", "reconcile", "--json", *times]
        started = time.monotonic()
        done = subprocess.run(command, env=os.environ | own, check=False, stdout=subprocess.PIPE)
        seconds, used = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        return seconds, used.ru_utime + used.ru_stime, json.loads(done.stdout)


if __name__ == "__main__":
    main()
