"""The tasks of a preflight: look at everything, show what was found, and keep a recovery from starting on it."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from reclaim.adapters.bootstrap import Ports
from reclaim.model.errors import PreflightFailed
from reclaim.preflight.checking import look, observe_blocking
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.judgement import NOT_ASKED, blocking_failures, judge
from reclaim.preflight.orchestrator import OrchestratorSeen
from reclaim.preflight.result import Finding, Preflight, Status
from reclaim.preflight.views import markdown, table_rows
from reclaim.requests import PreflightRequest
from tasks.retrying import step

_OURS = "flows."
"""How the entrypoints of this project's deployments begin."""


def look_with_prefect(request: PreflightRequest) -> Preflight:
    """Everything the request asks for, observed and judged; the Prefect server too.

    Raises:
        SettingsError: a setting is not usable.
        UsageError: the sampled events cannot be read.
    """
    return look(request, NOT_ASKED if request.offline else look_at_orchestrator())


def look_at_orchestrator() -> OrchestratorSeen | NoAnswer:
    """The Prefect server that is configured, if one is, and the limits of this project's deployments there."""
    url = PREFECT_API_URL.value()
    if not url:
        return NoAnswer(Status.SKIP, "No Prefect server is configured: each run starts a temporary one.")
    try:
        with get_client(sync_client=True) as record:
            found = [one for one in record.read_deployments() if (one.entrypoint or "").startswith(_OURS)]
    except Exception as error:  # noqa: BLE001  (the client raises whatever its transport raises)
        return OrchestratorSeen(url, problem=f"does not answer ({type(error).__name__})")
    unlimited = [one.name for one in found if not one.global_concurrency_limit]
    return OrchestratorSeen(url, deployed=tuple(one.name for one in found), unlimited=tuple(unlimited))


@step
def check_system(request: PreflightRequest) -> Preflight:
    """The whole preflight, as a task."""
    return look_with_prefect(request)


@step
def show_preflight(found: Preflight) -> None:
    """Artifacts for the Prefect UI."""
    create_markdown_artifact(markdown(found), key="preflight", description="What must be true before a recovery")
    create_table_artifact(table_rows(found), key="preflight-items", description="Every item")


@step
def check_before(ports: Ports, override: str | None) -> tuple[str, ...]:
    """Keep a recovery from starting where it would do harm; what failed and was overridden, a line each.

    Raises:
        PreflightFailed: a blocking item fails, and nobody gave a reason to start all the same.
        TransientError: SQS or MongoDB cannot be reached.
    """
    failures = blocking_failures(judge(observe_blocking(ports.preflight, ports.settings)))
    if failures and not (override or "").strip():
        raise PreflightFailed(
            f"The recovery refuses to start, and nothing was touched: {'; '.join(map(_line, failures))}.",
            "See `reclaim preflight` for what to do and who to call,"
            " or start all the same with --override-preflight and a reason.",
        )
    return tuple(map(_line, failures))


def _line(finding: Finding) -> str:
    return f"{finding.code} ({finding.seen.rstrip('.')})"
