"""The recovery's rate as a share of the bare loop's, on the same LocalStack, in interleaved rounds.

The bare loop is the fastest that boto3 can do with as many threads: receive 10, delete 10, and nothing else. It loses
the messages. The recovery does all of its work: ledger, decisions, MongoDB, read-back, and Prefect around it.

Both are measured from the first call until the last message is gone from the queue, over the same bodies.

LocalStack runs as it comes. The local stack corrects it so that it no longer calls itself once or twice for every
message (see `reclaim/local/launch`); with ``--patched`` both are measured on that, where the bare loop waits far less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import click
from botocore.config import Config
from rich.console import Console
from rich.table import Table

from reclaim.local.layout import Layout
from reclaim.local.outage import plan_outage
from reclaim.local.stack import Stack, running_stack
from reclaim.model.batched import batched

DATABASE = "benchmark"


@dataclass(frozen=True)
class Round:
    """Messages per second of both, and what the recovery's steps took (milliseconds over all batches)."""

    bare: float
    recovery: float
    steps: dict[str, float]
    peak_rss_mb: float

    @property
    def ratio(self) -> float:
        """The recovery's rate as a share of the bare loop's."""
        return self.recovery / self.bare


@click.command()
@click.option("--messages", default=6000, show_default=True, help="Messages per measurement.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of one measurement each.")
@click.option("--lanes", default=4, show_default=True, help="Lanes of the recovery, threads of the bare loop.")
@click.option("--patched", is_flag=True, help="On LocalStack as the local stack runs it, not as it comes.")
def main(messages: int, rounds: int, lanes: int, *, patched: bool) -> None:
    """Measure, print every round, then the median."""
    console = Console()
    console.print(f"LocalStack {'as the local stack runs it' if patched else 'as it comes'}")
    with stack(patched=patched) as environment:
        sqs = boto3.client("sqs", config=Config(max_pool_connections=lanes + 8))
        results = []
        for number in range(1, rounds + 1):
            bodies = [message.body for message in plan_outage(messages, int(time.time()) + number).messages]
            # Who goes first alternates, so that a machine that warms up or tires favours neither.
            if number % 2:
                bare = bare_loop(staged(sqs, bodies), lanes)
                ours = recovery(staged(sqs, bodies), lanes, environment)
            else:
                ours = recovery(staged(sqs, bodies), lanes, environment)
                bare = bare_loop(staged(sqs, bodies), lanes)
            results.append(Round(bare, *ours))
            settle_down()
            console.print(f"round {number}: {describe(results[-1])}")
        show(console, results, messages, lanes)


@contextmanager
def stack(*, patched: bool) -> Iterator[dict[str, str]]:
    """The environment of a stack of the benchmark's own; it shares the installed tools with the developer's."""
    os.environ["RECLAIM_TOOLS"] = str(Layout.find(os.environ, Path.cwd()).tools)
    os.environ["RECLAIM_LOCALSTACK_SUMS_METRICS"] = "1" if patched else "0"
    home = Path(tempfile.mkdtemp(prefix="reclaim-benchmark-"))
    os.environ["RECLAIM_HOME"] = str(home)
    with running_stack(Stack(Layout.find(os.environ, home))) as running:
        os.environ.update(running.variables)
        os.environ["RECLAIM_MONGO_DATABASE"] = DATABASE
        os.environ["RECLAIM_REPORTS_URL"] = str(running.layout.state / "benchmark-reports")
        yield dict(os.environ)


def settle_down() -> None:
    """Let what the last measurement set off in the background come to rest."""
    time.sleep(5)


def staged(sqs: Any, bodies: Sequence[str]) -> str:  # noqa: ANN401
    """A new queue that holds `bodies`; its URL."""
    url = sqs.create_queue(QueueName=f"benchmark-{time.time_ns()}")["QueueUrl"]
    tens = list(batched(bodies, 10))

    def send(share: Sequence[Sequence[str]]) -> None:
        for ten in share:
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(ten)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

    in_threads(8, lambda number: send(tens[number::8]))
    return str(url)


def bare_loop(url: str, threads: int) -> float:
    """Receive 10, delete 10, nothing else; messages per second."""
    sqs = boto3.client("sqs", config=Config(max_pool_connections=threads))
    deleted: list[int] = [0] * threads
    last = [0.0] * threads

    def loop(number: int) -> None:
        while got := sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages"):
            sqs.delete_message_batch(
                QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)]
            )
            deleted[number] += len(got)
            last[number] = time.monotonic()

    started = time.monotonic()
    in_threads(threads, loop)
    return sum(deleted) / (max(last) - started)


def recovery(url: str, lanes: int, environment: dict[str, str]) -> tuple[float, dict[str, float], float]:
    """The command a user types; messages per second, the time of its steps, and its peak memory."""
    command = [sys.executable, "-m", "reclaim", "recover", "--yes", "--json", "--queue", url, "--lanes", str(lanes)]
    # Its messages are sent straight to it, so it is no queue's dead-letter queue.
    command += ["--override-preflight", "a benchmark"]
    provision = [sys.executable, "-m", "reclaim", "provision"]
    subprocess.run(provision, env=environment, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE)
    report = json.loads(done.stdout)
    if not report["balanced"] or report["counts"]["deferred"]:
        raise SystemExit(f"the recovery did not do its work: {report['counts']} {report['explanation']}")
    steps = {name: step["p50_ms"] * step["batches"] for name, step in report["steps"].items()}
    return report["throughput"]["messages_per_second"], steps, report["peak_rss_mb"]


def in_threads(count: int, work: Any) -> None:  # noqa: ANN401
    """Run `work(number)` in so many threads at once."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def describe(one: Round) -> str:
    """One round in a line."""
    return f"bare loop {one.bare:,.0f}/s, recovery {one.recovery:,.0f}/s, ratio {one.ratio:.2f}"


def show(console: Console, results: Sequence[Round], messages: int, lanes: int) -> None:
    """The medians, and where the recovery's time goes."""
    console.print(
        f"\n[bold]median ratio {median(r.ratio for r in results):.2f}[/]  (bare loop"
        f" {median(r.bare for r in results):,.0f}/s, recovery {median(r.recovery for r in results):,.0f}/s;"
        f" {messages:,} messages, {lanes} lanes or threads, {len(results)} rounds;"
        f" peak memory {max(r.peak_rss_mb for r in results):,.0f} MB)"
    )
    table = Table("step", "share of the lanes' time", box=None)
    totals = {name: median(r.steps.get(name, 0.0) for r in results) for name in results[0].steps}
    for name, total in totals.items():
        table.add_row(name, f"{total / sum(totals.values()):.0%}")
    console.print(table)


if __name__ == "__main__":
    main()
