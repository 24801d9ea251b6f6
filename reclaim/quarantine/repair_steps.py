"""The steps of a repair rule: set, move, remove, cast, regenerate. Each takes an event and returns it changed."""

from __future__ import annotations

from typing import Annotated, Any, Final

import jsonpointer
from pydantic import AfterValidator, ConfigDict, Field, model_validator

from reclaim.contracts.contract import Contract
from reclaim.model.frozen import FrozenModel
from reclaim.quarantine.coercion import CoercionTarget, coerce
from reclaim.quarantine.edits import DoesNotApply, applied
from reclaim.text.money import MAX_MINOR

_ABSENT: Final = object()
"""What a pointer finds where there is nothing."""


def _pointer(value: str) -> str:
    try:
        jsonpointer.JsonPointer(value)
    except jsonpointer.JsonPointerException as error:
        raise ValueError(f"must be a JSON Pointer, such as /data/name ({error})") from error
    return value


def _exact(value: Any) -> Any:  # noqa: ANN401  (JSON is any value)
    if isinstance(value, float):
        raise ValueError("must not be a number with a fraction: write it as text, and cast it")  # noqa: TRY004
    if isinstance(value, int) and abs(value) > MAX_MINOR:
        raise ValueError("must fit into 64 bits")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _exact(part)
    return value


Pointer = Annotated[str, AfterValidator(_pointer)]


class SetStep(FrozenModel):
    """Put `value` there, whatever was there."""

    path: Pointer
    value: Annotated[Any, AfterValidator(_exact)]


class MoveStep(FrozenModel):
    """Move what is at one place to another."""

    model_config = ConfigDict(populate_by_name=True)

    source: Pointer = Field(alias="from")
    to: Pointer


class RemoveStep(FrozenModel):
    """Remove what is there."""

    path: Pointer


class CastStep(FrozenModel):
    """Coerce a value to another form, exactly; minor units take the currency from the contract's place for it."""

    path: Pointer
    to: CoercionTarget
    currency: Pointer | None = None


class RegenerateStep(FrozenModel):
    """Remove the identity that the event carries, so that the pipeline derives it."""

    path: Pointer | None = None


class Step(FrozenModel):
    """One step; exactly one of its fields is given."""

    set: SetStep | None = None
    move: MoveStep | None = None
    remove: RemoveStep | None = None
    cast: CastStep | None = None
    regenerate: RegenerateStep | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Step:
        if len(self.model_fields_set) != 1 or self._operation is None:
            raise ValueError("must be exactly one of set, move, remove, cast or regenerate")
        return self

    @property
    def _operation(self) -> SetStep | MoveStep | RemoveStep | CastStep | RegenerateStep | None:
        return self.set or self.move or self.remove or self.cast or self.regenerate

    def apply(self, event: Any, contract: Contract, place: str) -> Any:  # noqa: ANN401
        """The event after this step; the event itself stays as it is.

        Args:
            event: an event of `contract`, or what should be one.
            contract: says where currency and identity stand unless the step does.
            place: names the step in errors.

        Raises:
            DoesNotApply: the event has nothing there, or a value cannot be coerced exactly.
        """
        match self._operation:
            case SetStep(path=path, value=value):
                # In an array, `add` would insert.
                operation = {"op": "add" if _at(event, path) is _ABSENT else "replace", "path": path, "value": value}
            case MoveStep(source=source, to=to):
                operation = {"op": "move", "from": source, "path": to}
            case RemoveStep(path=path):
                operation = {"op": "remove", "path": path}
            case CastStep(path=path) as step:
                operation = {"op": "replace", "path": path, "value": _coerced(event, step, contract, place)}
            case RegenerateStep(path=path):
                where = _pointer_to(contract.identity_path) if path is None else path
                operation = {"op": "add", "path": where, "value": None}
            case None:
                return event
        return applied(event, operation, place)


def _coerced(event: Any, step: CastStep, contract: Contract, place: str) -> int | str:  # noqa: ANN401
    found, currency = _at(event, step.path), step.currency
    if found is _ABSENT:
        raise DoesNotApply(f"{place}, cast {step.path}: there is nothing")
    if currency is None and contract.money:
        currency = _pointer_to(contract.money.currency)
    try:
        return coerce(found, step.to, None if currency is None else _at(event, currency))
    except ValueError as error:
        raise DoesNotApply(f"{place}, cast {step.path}: it {error}") from error


def _at(event: Any, path: str) -> Any:  # noqa: ANN401
    found = jsonpointer.resolve_pointer(event, path, _ABSENT)
    return _ABSENT if isinstance(found, jsonpointer.EndOfList) else found


def _pointer_to(path: str) -> str:
    """A dotted path of a contract as a JSON Pointer."""
    return jsonpointer.JsonPointer.from_parts(path.split(".")).path
