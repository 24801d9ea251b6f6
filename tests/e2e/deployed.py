"""Deployments on a Prefect server, the worker that runs them, and what one asks the server about their runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import httpx
import psutil

PROJECT: Final = Path(__file__).parents[2]
PREFECT: Final = (sys.executable, "-m", "prefect")
END_OF_INPUT: Final = b"\x04"
_ANSWER_SECONDS: Final = 120.0  # on a small machine the server has starting processes beside it, and answers late
OVER: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


class Worker:
    """A worker in the foreground of a terminal of its own, as `make ui` leaves it."""

    def __init__(self, pool: str, env: Mapping[str, str], log: Path) -> None:
        self._command = [*PREFECT, "worker", "start", "--pool", pool]
        self._env = {**env, "PREFECT_WORKER_QUERY_SECONDS": "2"}
        self._log = log
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._env, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True
            )

    def restart(self) -> None:
        """Start it again after it was killed."""
        self.process = self._started()

    def stop(self) -> None:
        """End it as an operator does: the first signal asks an idle worker to finish, the second makes it."""
        if self.process.poll() is None:
            self.process.terminate()
            time.sleep(1)
            self.process.terminate()
        self.process.wait(timeout=180)

    def kill(self) -> None:
        """Kill it and every process it has started, as the loss of its machine would."""
        family = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
        for process in reversed(family):  # the worker first: it must not see the others die
            os.kill(process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


class Orchestrator:
    """What Prefect's server is asked and told, over the API that its UI uses.

    Args:
        url: of the API.
        suffix: what the deployments' names end with, where they share the server with others.
    """

    def __init__(self, url: str, suffix: str = "") -> None:
        self._api = httpx.Client(base_url=url, timeout=_ANSWER_SECONDS)
        self.suffix = suffix

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._api.close()

    def deployment(self, flow: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/deployments/name/{flow}/{flow}{self.suffix}")
        return found

    def deployments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("POST", "/deployments/filter")
        return found

    def pause_schedules(self) -> None:
        """Have nothing run but what a test starts."""
        for deployment in self.deployments():
            for schedule in deployment["schedules"]:
                path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
                self.ask("PATCH", path, {"active": False})

    def start(self, flow: str, env: Mapping[str, str] | None = None, **request: Any) -> str:  # noqa: ANN401
        """Run a deployment now, in an environment that differs from the worker's by `env`; the flow run's ID."""
        asked = {"parameters": {"request": request}, "state": {"type": "SCHEDULED"}}
        asked["job_variables"] = {"env": dict(env or {})}
        return str(self.ask("POST", f"/deployments/{self.deployment(flow)['id']}/create_flow_run", asked)["id"])

    def runs(self, flow: str) -> list[dict[str, Any]]:
        """The flow runs of a deployment, apart from those that its schedule asked for."""
        asked = {"deployments": {"name": {"any_": [f"{flow}{self.suffix}"]}}}
        return [run for run in self.ask("POST", "/flow_runs/filter", asked) if not run["auto_scheduled"]]

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/flow_runs/{run_id}")
        return found

    def automations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("POST", "/automations/filter")
        return found

    def emit(self, event: Mapping[str, Any]) -> None:
        """Emit an event, as any program may."""
        self.ask("POST", "/events", [event])

    def cancel(self, run_id: str) -> None:
        """What the UI's button Cancel does."""
        cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        self.ask("POST", f"/flow_runs/{run_id}/set_state", cancelling)

    def until(self, run_id: str, states: Collection[str] = OVER, seconds: float = 180) -> dict[str, Any]:
        """The run, as soon as it is in one of `states`; fails where it ends in another or stays away too long."""
        deadline = time.monotonic() + seconds
        while (run := self.run(run_id))["state_type"] not in states:
            assert run["state_type"] not in OVER, run["state"]
            assert time.monotonic() < deadline, f"still {run['state_name']} after {seconds} s, not {states}"
            time.sleep(1)
        return run

    def ask(self, method: str, path: str, said: object = None) -> Any:  # noqa: ANN401
        """The answer as JSON; asked again while the server's database is locked, as every client of Prefect's does."""
        deadline = time.monotonic() + 30
        while (
            answer := self._api.request(method, path, json=said or {})
        ).status_code == httpx.codes.SERVICE_UNAVAILABLE:
            assert time.monotonic() < deadline, answer.text
            time.sleep(1)
        return answer.raise_for_status().json() if answer.content else None


def deploy(env: Mapping[str, str], *options: str) -> None:
    """`prefect deploy --all` in the project's folder, on a terminal: whatever it asks meets the end of its input."""
    ours, theirs = os.openpty()
    os.write(ours, END_OF_INPUT)
    process = subprocess.Popen(
        [*PREFECT, "deploy", "--all", *options], env=env, cwd=PROJECT, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    with suppress(OSError):  # how a terminal says that nobody is left at its other end
        while heard := os.read(ours, 4096):
            said += heard
    os.close(ours)
    assert process.wait(timeout=300) == 0, said.decode(errors="replace")
