"""The Prefect server: that it answers, and that limits that should hold are there."""

from __future__ import annotations

from dataclasses import dataclass

from reclaim.preflight.items import Item, Verdict, failed, passed, skipped
from reclaim.preflight.result import Severity, Status


@dataclass(frozen=True, slots=True)
class OrchestratorSeen:
    """The Prefect server that is configured.

    Attributes:
        problem: why it could not be asked; empty where it answered.
        deployed: which of this project's deployments it has.
        unlimited: those of them that may run several times at once.
        missing_limits: global concurrency limits that the code asks for and the server has not.
    """

    url: str
    problem: str = ""
    deployed: tuple[str, ...] = ()
    unlimited: tuple[str, ...] = ()
    missing_limits: tuple[str, ...] = ()


def orchestrator_items() -> tuple[Item[OrchestratorSeen], ...]:
    """That the server answers and limits are set."""
    return (
        Item(
            "orchestrator.server",
            "The Prefect server answers",
            Severity.ADVISORY,
            "Start it with `reclaim up`, or correct PREFECT_API_URL.",
            _answers,
        ),
        Item(
            "orchestrator.limits",
            "Limits exist: no deployment runs twice at once",
            Severity.ADVISORY,
            "Run `reclaim provision` and `prefect deploy --all`.",
            _limits,
        ),
    )


def _answers(seen: OrchestratorSeen) -> Verdict:
    return Verdict(Status.UNREACHABLE, f"{seen.url}: {seen.problem}") if seen.problem else passed(seen.url)


def _limits(seen: OrchestratorSeen) -> Verdict:
    if seen.problem:
        return skipped("The server does not answer.")
    if seen.missing_limits:
        return failed(f"not on the server: {', '.join(seen.missing_limits)}")
    if not seen.deployed:
        return skipped("Nothing is deployed there, and no limit is asked for.")
    if seen.unlimited:
        return failed(f"without a concurrency limit: {', '.join(seen.unlimited)}")
    return passed(f"each of {', '.join(seen.deployed)} has one")
