"""With the tracking ID's owner missing, the preflight fails exactly as it should have before the outage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from reclaim.contracts.reading import read_event
from reclaim.model.errors import SettingsError
from reclaim.model.event import Event
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.checklist_file import load_checklist, read_ownership
from reclaim.preflight.evaluation import Observations, evaluate
from reclaim.preflight.result import Finding, Status
from reclaim.preflight.samples import inspect_samples
from tests.builders import CONTRACT, a_body, an_event, derived
from tests.unit.preflight.checklists import OURS, a_checklist, checklist_data, ownership

TRACKING_ID = "client.tracking_id"


def failed(checklist: Checklist) -> list[Finding]:
    return [one for one in evaluate(Observations(ownership(checklist)), CONTRACT) if one.status is Status.FAIL]


def without_the_field() -> Checklist:
    data = checklist_data()
    data["fields"] = [one for one in data["fields"] if one["field"] != TRACKING_ID]
    return Checklist.model_validate(data)


def listed_twice() -> Checklist:
    data = checklist_data()
    data["fields"].append(next(one for one in data["fields"] if one["field"] == TRACKING_ID))
    return Checklist.model_validate(data)


@pytest.mark.parametrize(
    ("checklist", "said", "called"),
    [
        (lambda: a_checklist(owner=None), "no owner", {"client-platform"}),
        (lambda: a_checklist(owner=[]), "no owner", {"client-platform"}),
        (lambda: a_checklist(owner=["client-platform", "attribution"]), "2 owners", {"client-platform", "attribution"}),
        (without_the_field, "not listed", {"client-platform"}),
        (listed_twice, "listed 2 times", {"client-platform"}),
        (lambda: a_checklist(owner="dissolved"), "not one of the teams", {"client-platform"}),
        (lambda: a_checklist(owner="billing"), "does not run client-service", {"billing", "client-platform"}),
        (lambda: a_checklist(producer="nobody-knows"), "does not run nobody-knows", {"client-platform"}),
    ],
)
def test_without_exactly_one_owner_of_the_tracking_id_exactly_that_item_fails(
    checklist: Callable[[], Checklist], said: str, called: set[str]
) -> None:
    (finding,) = failed(checklist())

    assert finding.code == "ownership.client.tracking_id"
    assert TRACKING_ID in finding.seen or said in finding.seen
    assert said in finding.seen
    assert {contact.team for contact in finding.call} == called
    assert all(contact.call for contact in finding.call)


def test_the_projects_own_checklist_passes() -> None:
    seen = read_ownership(str(OURS), CONTRACT)

    assert seen.problem == ""
    assert seen.missing_documents == ()
    assert failed(load_checklist(OURS, CONTRACT)) == []


def test_the_required_fields_are_those_that_an_event_is_read_by() -> None:
    """Leave out any one, and the event is rejected; the tracking ID is the one whose absence is repaired."""
    for field in CONTRACT.event_fields:
        event = an_event()
        *path, last = field.split(".")
        part: dict[str, Any] = event
        for name in path:
            part = part[name]
        part.pop(last)
        read = read_event(json.dumps(event), CONTRACT)
        assert isinstance(read, Event) is (field == TRACKING_ID), field
    leaves = {name for name in flat(an_event()) if name != "producer"}
    assert leaves == set(CONTRACT.event_fields)


def test_the_declared_forms_accept_what_the_code_accepts() -> None:
    good = [a_body("cl_1", tracking_id=derived())]
    seen = inspect_samples("here", good, load_checklist(OURS, CONTRACT), CONTRACT)

    assert seen.events == 1
    assert not +seen.absent
    assert not +seen.malformed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema_version", 2),
        ("schema_version", True),
        ("occurred_at", "yesterday"),
        ("client.client_id", "a b"),
        ("client.country", "us"),
        ("client.billing.rate_minor", 12.5),
        ("client.billing.rate_minor", -1),
        ("client.billing.currency", "usd"),
        ("client.tracking_id", "trk_short"),
    ],
)
def test_the_declared_forms_refuse_what_the_code_refuses(path: str, value: object) -> None:
    event = an_event(tracking_id=derived())
    *parents, last = path.split(".")
    part: dict[str, Any] = event
    for name in parents:
        part = part[name]
    part[last] = value
    body = json.dumps(event)

    assert not isinstance(read_event(body, CONTRACT), Event)
    assert +inspect_samples("here", [body], load_checklist(OURS, CONTRACT), CONTRACT).malformed == {path: 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda text: text.replace("    runbook: docs", "    # runbook: docs", 1),
            "fields.0.runbook: Field required",
        ),
        (lambda text: text.replace("rollback:", "rolback:", 1), "fields.0.rollback: Field required"),
        (lambda text: text.replace("version: 1", "version: 2", 1), "version"),
        (
            lambda text: text.replace("events: client-platform", "events: nobody"),
            "duties.events must name one of the teams",
        ),
        (lambda text: text.replace("  keys: attribution\n", ""), "duties.keys must name one of the teams"),
        (lambda text: text.replace("teams:", "teams: [", 1), "is not YAML"),
        (lambda text: text.replace('"^[A-Z]{2}$"', '"^[A-Z{2}$"'), "is not a regular expression"),
        (
            lambda text: text.replace("event: client.created", "event: order.created"),
            "event: it is about order.created",
        ),
        (lambda _text: "", "the file"),
        (lambda _text: "- a list", "the file"),
    ],
)
def test_a_checklist_that_is_wrong_is_told_by_file_and_place(
    change: Callable[[str], str], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "ownership.yaml"
    file.write_text(change(OURS.read_text()))

    with pytest.raises(SettingsError) as caught:
        load_checklist(file, CONTRACT)

    assert str(file) in str(caught.value)
    assert " line " in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.next_step
    assert read_ownership(str(file), CONTRACT).problem == str(caught.value)


def test_the_place_of_an_error_is_given_by_its_line(tmp_path: Path) -> None:
    lines = OURS.read_text().splitlines()
    number = next(n for n, line in enumerate(lines) if "form: {type: integer, minimum: 0}" in line)
    lines[number] = lines[number].replace("integer", "number")
    file = tmp_path / "ownership.yaml"
    file.write_text("\n".join(lines))

    with pytest.raises(SettingsError, match=f"line {number + 1}: fields.8.form.type"):
        load_checklist(file, CONTRACT)


def test_a_checklist_that_is_not_there_is_a_failed_item_not_a_crash() -> None:
    seen = read_ownership("/no/such/ownership.yaml", CONTRACT)
    (finding,) = [one for one in evaluate(Observations(seen), CONTRACT) if one.status is Status.FAIL]

    assert finding.code == "ownership.checklist"
    assert "/no/such/ownership.yaml cannot be read: No such file" in finding.seen


def test_documents_that_are_not_there_are_named(tmp_path: Path) -> None:
    data = checklist_data()
    data["fields"][0] |= {"documented": "docs/gone.md", "runbook": "docs/preflight.md#no-such-heading"}
    (tmp_path / "ops").mkdir()
    (tmp_path / "docs").mkdir()
    for name in ("docs/preflight.md", "docs/runbook.md"):
        (tmp_path / name).write_text((OURS.parents[1] / name).read_text())
    file = tmp_path / "ops" / "ownership.yaml"
    file.write_text(yaml.safe_dump(data))

    missing = read_ownership(str(file), CONTRACT).missing_documents
    assert missing == (
        "docs/gone.md",
        "docs/preflight.md#no-such-heading",
    )


def test_without_the_projects_documents_nothing_is_said_about_them(tmp_path: Path) -> None:
    file = tmp_path / "ownership.yaml"
    file.write_text(OURS.read_text())
    assert read_ownership(str(file), CONTRACT).missing_documents is None


def flat(value: dict[str, Any], prefix: str = "") -> list[str]:
    return [
        leaf
        for name, inner in value.items()
        for leaf in (flat(inner, f"{prefix}{name}.") if isinstance(inner, dict) else [prefix + name])
    ]
