"""The forms of the Prefect UI: each field is described, and an optional one has one input box."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from reclaim.quarantine.requests import ReleaseRequest
from reclaim.reconciliation.request import ReconcileRequest
from reclaim.requests import IngestRequest, PreflightRequest, RecoverRequest, RequestForm, UndoRequest, WatchRequest

FORMS = (RecoverRequest, IngestRequest, ReleaseRequest, ReconcileRequest, PreflightRequest, UndoRequest, WatchRequest)


def fields_of(form: type[BaseModel]) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = form.model_json_schema()["properties"]
    return properties


@pytest.mark.parametrize("form", FORMS)
def test_every_field_has_a_title_a_description_and_one_kind(form: type[BaseModel]) -> None:
    for name, field in fields_of(form).items():
        assert {"title", "description"} <= field.keys(), name
        assert "anyOf" not in field, name
        assert field["description"].endswith("."), name


@pytest.mark.parametrize("form", FORMS)
def test_every_number_is_bounded(form: type[BaseModel]) -> None:
    for name, field in fields_of(form).items():
        if field.get("type") in ("integer", "number"):
            assert field.keys() & {"minimum", "exclusiveMinimum"}, name


def test_bounds_of_optional_fields_are_shown_and_hold() -> None:
    assert fields_of(RecoverRequest)["lanes"] | {"minimum": 1, "maximum": 32} == fields_of(RecoverRequest)["lanes"]
    assert RecoverRequest(lanes=None).lanes is None
    with pytest.raises(ValidationError):
        RecoverRequest(lanes=33)


def test_a_choice_between_two_kinds_stays_one() -> None:
    class Asked(RequestForm):
        either: int | str | None = None

    assert fields_of(Asked)["either"]["anyOf"] == [{"type": "integer"}, {"type": "string"}, {"type": "null"}]
