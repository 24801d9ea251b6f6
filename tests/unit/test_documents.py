"""What README and prefect.yaml say is what the code says."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml
from pydantic.fields import FieldInfo

from reclaim.cli.main import COMMANDS
from reclaim.settings import Settings

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()


@pytest.mark.parametrize(("name", "field"), list(Settings.model_fields.items()))
def test_the_readme_has_every_setting_with_its_default_and_meaning(name: str, field: FieldInfo) -> None:
    assert f"| `RECLAIM_{name.upper()}` | {default_of(field)} | {field.description} |" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`reclaim {command}" in README or f"· `{command}`" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists_and_shows_an_example(command: str) -> None:
    module, name = COMMANDS[command].split(":")
    found = getattr(importlib.import_module(module), name)
    assert found.name == command
    assert found.epilog.startswith(f"Example: reclaim {command}")
    assert found.help


def test_every_deployment_has_a_module_entrypoint_that_exists() -> None:
    deployments = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    assert deployments
    for deployment in deployments:
        module, name = deployment["entrypoint"].split(":")
        file = PROJECT.joinpath(*module.split(".")).with_suffix(".py")
        assert f"\ndef {name}(" in file.read_text()


def default_of(field: FieldInfo) -> str:
    if field.default_factory:
        return "your login"
    default = field.default
    if default is None:
        return "none"
    return f"`{default.get_secret_value() if hasattr(default, 'get_secret_value') else default}`"
