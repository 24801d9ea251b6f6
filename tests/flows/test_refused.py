"""A Prefect server that asks who one is."""

from __future__ import annotations

import httpx
import pytest

from reclaim.cli.running import run_flow
from reclaim.model.errors import SettingsError


def answering(status: int) -> Exception:
    from prefect.exceptions import PrefectHTTPStatusError  # noqa: PLC0415  (Prefect reads its settings when imported)

    request = httpx.Request("POST", "http://prefect.test/api/flow_runs/")
    return PrefectHTTPStatusError("refused", request=request, response=httpx.Response(status, request=request))


def refused(error: Exception) -> None:
    raise error


@pytest.mark.usefixtures("prefect_database")
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_setting_that_has_the_password(status: int) -> None:
    with pytest.raises(SettingsError, match=f"HTTP {status}.*PREFECT_API_AUTH_STRING"):
        run_flow(lambda: refused(answering(status)))


@pytest.mark.usefixtures("prefect_database")
def test_any_other_answer_stays_what_it_is() -> None:
    error = answering(500)
    with pytest.raises(type(error)):
        run_flow(lambda: refused(error))
