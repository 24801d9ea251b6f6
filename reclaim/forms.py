"""The manner of every form: what a person may ask of a run, in the Prefect UI and on the command line."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

_NULL = {"type": "null"}


def _one_box_each(schema: dict[str, Any]) -> None:
    """Describe what may be left empty as what it is when it is not.

    The UI shows `anyOf` as a choice between types that stands on None, and hides the box that one would fill in.
    """
    for field in schema.get("properties", {}).values():
        kinds = [kind for kind in field.get("anyOf", []) if kind != _NULL]
        if len(kinds) == 1:
            del field["anyOf"]
            field.pop("default", None)
            field |= {**kinds[0], **field}


class Form(BaseModel):
    """Values that a run is asked for with; what is left empty comes from the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_one_box_each)
