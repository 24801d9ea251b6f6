"""The tasks of a preflight: check everything, show what was found, and keep a recovery from starting on it."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from reclaim.adapters.bootstrap import Ports
from reclaim.model.errors import PreflightFailed
from reclaim.preflight.checking import observe_blocking, run_preflight
from reclaim.preflight.evaluation import blocking_failures, evaluate
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.orchestrator import OrchestratorSeen
from reclaim.preflight.result import Finding, Preflight, Status
from reclaim.preflight.views import markdown, table_rows
from reclaim.requests import PreflightRequest
from tasks.retrying import step

_OURS = "flows."
"""How the entrypoints of this project's deployments begin."""


def preflight_of(ports: Ports, request: PreflightRequest) -> Preflight:
    """Every item that the request asks for, of the Prefect server too; outside a task, for the command line.

    Raises:
        UsageError: the sampled events cannot be read.
    """
    if request.offline:
        return run_preflight(request, ports.settings, ports.contract, ports.clock, None)
    return run_preflight(request, ports.settings, ports.contract, ports.clock, ports.preflight, read_orchestrator())


def read_orchestrator() -> OrchestratorSeen | NoAnswer:
    """The Prefect server that is configured, if one is, and the limits of this project's deployments there."""
    url = PREFECT_API_URL.value()
    if not url:
        return NoAnswer(Status.SKIP, "No Prefect server is configured: each run starts a temporary one.")
    try:
        with get_client(sync_client=True) as server:
            found = [one for one in server.read_deployments() if (one.entrypoint or "").startswith(_OURS)]
    except Exception as error:  # noqa: BLE001  (the client raises whatever its transport raises)
        return OrchestratorSeen(url, problem=f"does not answer ({type(error).__name__})")
    unlimited = [one.name for one in found if not one.global_concurrency_limit]
    return OrchestratorSeen(url, deployed=tuple(one.name for one in found), unlimited=tuple(unlimited))


@step
def check_system(ports: Ports, request: PreflightRequest) -> Preflight:
    """The whole preflight."""
    return preflight_of(ports, request)


@step
def show_preflight(found: Preflight) -> None:
    """Artifacts for the Prefect UI."""
    create_markdown_artifact(markdown(found), key="preflight", description="What must be true before a recovery")
    create_table_artifact(table_rows(found), key="preflight-items", description="Every item")


@step
def check_before(ports: Ports, override: str | None) -> tuple[str, ...]:
    """Keep a recovery from starting where it would do harm; the failures that were overridden, a line each.

    Raises:
        PreflightFailed: a blocking item fails, and no reason to start all the same is given.
        TransientError: SQS or MongoDB cannot be reached.
    """
    observed = observe_blocking(ports.preflight, ports.settings, ports.contract)
    failures = blocking_failures(evaluate(observed, ports.contract))
    if failures and not (override or "").strip():
        raise PreflightFailed(
            f"The recovery refuses to start, and nothing was touched: {'; '.join(map(_line, failures))}.",
            "See `reclaim preflight` for what to do and who to call,"
            " or start all the same with --override-preflight and a reason.",
        )
    return tuple(map(_line, failures))


def _line(finding: Finding) -> str:
    return f"{finding.code} ({finding.seen.rstrip('.')})"
