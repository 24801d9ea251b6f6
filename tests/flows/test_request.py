"""What may be asked of a recovery, and what is refused before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reclaim.model.errors import ExitCode, SettingsError
from reclaim.requests import RecoverRequest
from tests.flows.world import World


def test_every_field_of_the_form_has_a_title_and_says_what_it_does(prefect_database: Path) -> None:
    from flows.recover import recover  # noqa: PLC0415

    schema = recover.parameters.model_dump()
    fields = schema["definitions"]["RecoverRequest"]["properties"]

    assert list(schema["properties"]) == ["request"]
    assert set(fields) == set(RecoverRequest.model_fields)
    for name, field in fields.items():
        assert field["description"].endswith("."), name
        assert field["title"] != name


@pytest.mark.parametrize(
    "asked",
    [{"lanes": 0}, {"lanes": 33}, {"rate": 0}, {"batch_size": 0}, {"max_messages": 0}, {"lane": 3}, {"rate": "fast"}],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], world: World) -> None:
    from prefect.exceptions import ParameterTypeError  # noqa: PLC0415

    from flows.recover import recover  # noqa: PLC0415

    (name,) = asked
    with pytest.raises(ParameterTypeError, match=name):
        recover.validate_parameters({"request": asked})


def test_a_run_from_the_orchestrators_form_gets_its_parameters_as_json(world: World) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415
    from prefect.flow_engine import run_flow  # noqa: PLC0415

    from flows.recover import recover  # noqa: PLC0415

    world.send_events(3)
    asked = {"request": {"dry_run": True, "reason": "a look"}}
    with get_client(sync_client=True) as client:
        flow_run = client.create_flow_run(recover, parameters=asked)
        state: Any = run_flow(recover, flow_run=flow_run, parameters=asked, return_type="state")
        name = client.read_flow_run(flow_run.id).name

    assert state.result().dry_run
    assert state.result().reason == "a look"
    assert name.startswith("client-created-dlq ")
    assert name.endswith(" dry run")
    assert world.depth.visible == 3


@pytest.mark.parametrize("key", [None, "", "31 bytes are one byte too few.."])
def test_without_a_usable_key_nothing_is_touched(key: str | None, world: World, settings: pytest.MonkeyPatch) -> None:
    world.send_events(3)
    settings.delenv("RECLAIM_TRACKING_KEY")
    if key is not None:
        settings.setenv("RECLAIM_TRACKING_KEY", key)

    with pytest.raises(SettingsError, match="RECLAIM_TRACKING_KEY") as caught:
        world.recover()

    assert caught.value.exit_code is ExitCode.USAGE
    assert world.journal.calls == []
    assert world.runs.latest(1) == []
