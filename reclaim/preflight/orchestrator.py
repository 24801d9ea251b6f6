"""The Prefect server: that it answers, and that limits that should hold are there."""

from __future__ import annotations

from dataclasses import dataclass

from reclaim.preflight.items import Item, ItemCheck, failed, passed, skipped
from reclaim.preflight.result import Severity, Status


@dataclass(frozen=True, slots=True)
class OrchestratorSeen:
    """The Prefect server that is configured.

    Attributes:
        problem: why it could not be asked; empty where it answered.
        deployed: which of this project's deployments it has.
        unlimited: those of them that may run several times at once.
    """

    url: str
    problem: str = ""
    deployed: tuple[str, ...] = ()
    unlimited: tuple[str, ...] = ()


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
            "Deploy again what prefect.yaml says: `prefect deploy --all`.",
            _limits,
        ),
    )


def _answers(seen: OrchestratorSeen) -> ItemCheck:
    return ItemCheck(Status.UNREACHABLE, f"{seen.url}: {seen.problem}") if seen.problem else passed(seen.url)


def _limits(seen: OrchestratorSeen) -> ItemCheck:
    if seen.problem:
        return skipped("The server does not answer.")
    if not seen.deployed:
        return skipped("Nothing is deployed there.")
    if seen.unlimited:
        return failed(f"without a concurrency limit: {', '.join(seen.unlimited)}")
    return passed(f"each of {', '.join(seen.deployed)} has one")
