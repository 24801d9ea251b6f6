"""The steps of a repair rule: set, move, remove, cast, regenerate. Each takes an event and returns it mended."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import jsonpointer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from reclaim.quarantine.casting import Form, cast
from reclaim.quarantine.edits import DoesNotApply, applied
from reclaim.text.money import MAX_MINOR

ABSENT: Final = object()
"""What a pointer finds where there is nothing."""


def _pointer(value: str) -> str:
    try:
        jsonpointer.JsonPointer(value)
    except jsonpointer.JsonPointerException as error:
        raise ValueError(f"must be a JSON Pointer, such as /client/name ({error})") from error
    return value


def _plain(value: Any) -> Any:  # noqa: ANN401  (JSON is any value)
    if isinstance(value, float):
        raise ValueError("must not be a number with a fraction: write it as text, and cast it")  # noqa: TRY004
    if isinstance(value, int) and abs(value) > MAX_MINOR:
        raise ValueError("must fit into 64 bits")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(part)
    return value


Pointer = Annotated[str, AfterValidator(_pointer)]
PlainValue = Annotated[Any, AfterValidator(_plain)]


def at(event: Any, path: str) -> Any:  # noqa: ANN401
    """What is at `path` in an event; `ABSENT` where there is nothing."""
    found = jsonpointer.resolve_pointer(event, path, ABSENT)
    return ABSENT if isinstance(found, jsonpointer.EndOfList) else found


class Part(BaseModel):
    """A frozen part of a rule; what it does not know it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class SetStep(Part):
    """Put `value` there, whatever was there."""

    path: Pointer
    value: PlainValue

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event with it."""
        # In an array, `add` would insert.
        verb = "add" if at(event, self.path) is ABSENT else "replace"
        return applied(event, {"op": verb, "path": self.path, "value": self.value}, place)


class MoveStep(Part):
    """Take what is at one place to another."""

    source: Pointer = Field(alias="from")
    to: Pointer

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event with it moved."""
        return applied(event, {"op": "move", "from": self.source, "path": self.to}, place)


class RemoveStep(Part):
    """Take it out."""

    path: Pointer

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event without it."""
        return applied(event, {"op": "remove", "path": self.path}, place)


class CastStep(Part):
    """Bring a value into another form, exactly."""

    path: Pointer
    to: Form
    currency: Pointer = "/client/billing/currency"

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event with the value in that form.

        Raises:
            DoesNotApply: there is no value, or it cannot be cast exactly.
        """
        found = at(event, self.path)
        if found is ABSENT:
            raise DoesNotApply(f"{place}, cast {self.path}: there is nothing")
        try:
            value = cast(found, self.to, at(event, self.currency))
        except ValueError as error:
            raise DoesNotApply(f"{place}, cast {self.path}: it {error}") from error
        return applied(event, {"op": "replace", "path": self.path, "value": value}, place)


class RegenerateStep(Part):
    """Have the tracking ID derived anew, whatever the event carries."""

    path: Literal["/client/identity"] = "/client/identity"

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event without a tracking ID, which the pipeline then derives."""
        return applied(event, {"op": "add", "path": self.path, "value": None}, place)


class Step(Part):
    """One step; exactly one of its fields is given."""

    set: SetStep | None = None
    move: MoveStep | None = None
    remove: RemoveStep | None = None
    cast: CastStep | None = None
    regenerate: RegenerateStep | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Step:
        if len(self.model_fields_set) != 1 or self.deed is None:
            raise ValueError("must be exactly one of set, move, remove, cast or regenerate")
        return self

    @property
    def deed(self) -> SetStep | MoveStep | RemoveStep | CastStep | RegenerateStep | None:
        """The one that is given."""
        return self.set or self.move or self.remove or self.cast or self.regenerate
