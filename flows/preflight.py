"""The preflight: the ownership checklist against the running system."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from flows.support.ending import ends_with
from flows.support.naming import run_name
from reclaim.adapters.bootstrap import open_ports
from reclaim.preflight.result import Preflight
from reclaim.preflight.views import headline
from reclaim.requests import PreflightRequest
from reclaim.settings import read_settings
from tasks.preflight import check_system, show_preflight


@flow(name="preflight", flow_run_name=run_name, persist_result=False)
def preflight(request: PreflightRequest = PreflightRequest()) -> State[Preflight]:  # noqa: B008  (the form's defaults)
    """Check that every field has its owner and the system is fit for a recovery; fails where an item fails."""
    ports = open_ports(read_settings(), request.queue or "")

    found = check_system(ports, request)
    show_preflight(found)
    return ends_with(found, headline(found), well=not found.exit_code)
