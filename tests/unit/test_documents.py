"""What README and prefect.yaml say is what the code says."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import click
import pytest
import yaml
from pydantic.fields import FieldInfo

from reclaim.cli.main import COMMANDS, reclaim
from reclaim.monitoring.run_notifications import Occasion
from reclaim.settings import Settings

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()
DOCUMENTS = {
    str(file.relative_to(PROJECT)): file.read_text()
    for folder in ("", "docs", "docs/adr", "ops")
    for file in sorted((PROJECT / folder).glob("*.md"))
}
TYPED = [
    (document, line.replace("\\\n", " "))
    for document, text in DOCUMENTS.items()
    for line in re.findall(r"^ *\$ (reclaim .*(?:(?<=\\)\n.*)*)", text, re.MULTILINE)
]
"""Every `reclaim …` after a prompt; a line that ends in a backslash goes on."""
LINKS = [
    (document, link)
    for document, text in DOCUMENTS.items()
    for link in re.findall(r"\]\(([^)\s]+)\)", text)
    if "://" not in link
]


def headings(file: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    text = re.sub(r"^ *```.*?^ *```", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in found}


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


@pytest.mark.parametrize(("document", "typed"), TYPED)
def test_every_command_that_a_document_types_exists_with_its_options(document: str, typed: str) -> None:
    command: click.Command = reclaim
    words = shlex.split(typed, comments=True)[1:]
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found, f"{document}: {typed}"
        command = found
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, f"{document}: {typed}"


def test_the_runbook_types_what_it_promises() -> None:
    typed = " ".join(line for document, line in TYPED if document.endswith("runbook.md"))
    for command in (
        "watch",
        "inspect",
        "preflight",
        "recover",
        "quarantine",
        "reconcile",
        "verify",
        "undo",
        "provision",
    ):
        assert f"reclaim {command}" in typed


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_every_link_in_a_document_leads_somewhere(document: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (PROJECT / document).parent / path if path else PROJECT / document
    assert target.exists(), f"{document}: {link}"
    assert not anchor or anchor in headings(target), f"{document}: {link}"


@pytest.mark.parametrize("occasion", Occasion)
def test_every_notification_points_into_the_runbook(occasion: Occasion) -> None:
    path, _, anchor = occasion.runbook.partition("#")
    assert anchor in headings(PROJECT / path)


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
    if default == "":
        return "the contract's"
    return f"`{default.get_secret_value() if hasattr(default, 'get_secret_value') else default}`"
