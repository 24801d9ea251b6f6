"""Repair rules: which messages they fit, and the steps that mend them.

::

    name: whole-rate            # how it is asked for
    version: 1                  # kept with everything it mends, as is its fingerprint
    match:                      # all of it must hold
      cause: schema_violation
      detail: 'rate_minor'      # a regular expression, searched for in the ledger's detail
      where:                    # conditions on the event, by JSON Pointer
        - {path: /client/billing/rate_minor, matches: '^[0-9]+$'}
    steps:                      # in this order; all or none
      - cast: {path: /client/billing/rate_minor, to: integer}
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

import jsonpointer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from reclaim.ledger import LedgerEntry
from reclaim.money import MAX_MINOR
from reclaim.outcomes import Cause
from reclaim.quarantine.casting import Form, cast
from reclaim.quarantine.edits import DoesNotApply, Label, applied, event_of, fingerprint, rewritten
from reclaim.quarantine.exact_json import Numeral, write_json
from reclaim.reports.vocabulary import CAUSES

_ABSENT: Final = object()
"""What a pointer finds where there is nothing."""

_SEARCHED_CHARACTERS: Final = 10_000
"""No longer text is looked at: a pattern may take time that grows with it."""


def _pointer(value: str) -> str:
    try:
        jsonpointer.JsonPointer(value)
    except jsonpointer.JsonPointerException as error:
        raise ValueError(f"must be a JSON Pointer, such as /client/name ({error})") from error
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"must be a regular expression ({error})") from error
    return value


def _plain(value: Any) -> Any:  # noqa: ANN401  (JSON is any value)
    if isinstance(value, float):
        raise ValueError("must not be a number with a fraction: write it as text, and cast it")  # noqa: TRY004
    if isinstance(value, int) and abs(value) > MAX_MINOR:
        raise ValueError("must fit into 64 bits")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(part)
    return value


def _of_quarantine(cause: Cause) -> Cause:
    if CAUSES[cause].outcome != "quarantined":
        raise ValueError("must be a cause of quarantine")
    return cause


Pointer = Annotated[str, AfterValidator(_pointer)]
Pattern = Annotated[str, AfterValidator(_pattern)]
PlainValue = Annotated[Any, AfterValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Condition(_Part):
    """What must be true of one place in the event; everything that is stated."""

    path: Pointer
    exists: bool | None = None
    equals: PlainValue = None
    matches: Pattern | None = None
    type: Literal["string", "number", "boolean", "object", "array", "null"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if self.model_fields_set <= {"path"}:
            raise ValueError("must say one of exists, equals, matches or type")
        return self

    def holds(self, event: Any) -> bool:  # noqa: ANN401
        """Whether it is true of `event`."""
        found = _at(event, self.path)
        if self.exists is not None and self.exists is (found is _ABSENT):
            return False
        if "equals" in self.model_fields_set and not _same(found, self.equals):
            return False
        if self.type is not None and _type_of(found) != self.type:
            return False
        return self.matches is None or _matches(self.matches, found)


class Match(_Part):
    """Which messages a rule fits."""

    cause: Annotated[Cause, AfterValidator(_of_quarantine)]
    detail: Pattern | None = None
    where: tuple[Condition, ...] = ()


class SetStep(_Part):
    """Put `value` there, whatever was there."""

    path: Pointer
    value: PlainValue

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event with it."""
        # In an array, `add` would insert.
        verb = "add" if _at(event, self.path) is _ABSENT else "replace"
        return applied(event, {"op": verb, "path": self.path, "value": self.value}, place)


class MoveStep(_Part):
    """Take what is at one place to another."""

    source: Pointer = Field(alias="from")
    to: Pointer

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event with it moved."""
        return applied(event, {"op": "move", "from": self.source, "path": self.to}, place)


class RemoveStep(_Part):
    """Take it out."""

    path: Pointer

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event without it."""
        return applied(event, {"op": "remove", "path": self.path}, place)


class CastStep(_Part):
    """Bring a value into another form, exactly."""

    path: Pointer
    to: Form
    currency: Pointer = "/client/billing/currency"

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event with the value in that form.

        Raises:
            DoesNotApply: there is no value, or it cannot be cast exactly.
        """
        found = _at(event, self.path)
        if found is _ABSENT:
            raise DoesNotApply(f"{place}, cast {self.path}: there is nothing")
        try:
            value = cast(found, self.to, _at(event, self.currency))
        except ValueError as error:
            raise DoesNotApply(f"{place}, cast {self.path}: it {error}") from error
        return applied(event, {"op": "replace", "path": self.path, "value": value}, place)


class RegenerateStep(_Part):
    """Have the tracking ID derived anew, whatever the event carries."""

    path: Literal["/client/tracking_id"] = "/client/tracking_id"

    def apply(self, event: Any, place: str) -> Any:  # noqa: ANN401
        """The event without a tracking ID, which the pipeline then derives."""
        return applied(event, {"op": "add", "path": self.path, "value": None}, place)


class Step(_Part):
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


class RepairRule(_Part):
    """A named, versioned way to mend messages; an edit like any other."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    version: Annotated[int, Field(ge=1, strict=True)]
    description: str = ""
    match: Match
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def label(self) -> Label:
        """Its name, its version, and the fingerprint of all it says."""
        return Label("rule", fingerprint(write_json(self.canonical(), sort=True)), self.name, self.version)

    def canonical(self) -> dict[str, Any]:
        """The rule as the registry keeps it."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def body_of(self, entry: LedgerEntry) -> str:
        """The event after all steps; see `reclaim.quarantine.edits.Edit`."""
        event = self._check(entry)
        for number, step in enumerate(self.steps, start=1):
            event = step.deed.apply(event, f"step {number}") if step.deed else event
        return rewritten(event)

    def _check(self, entry: LedgerEntry) -> Any:  # noqa: ANN401
        if entry.cause is not self.match.cause:
            raise DoesNotApply(f"its cause is not {self.match.cause}")
        if self.match.detail is not None and not _matches(self.match.detail, entry.detail):
            raise DoesNotApply("its detail does not match")
        event = event_of(entry)
        for number, condition in enumerate(self.match.where, start=1):
            if not condition.holds(event):
                raise DoesNotApply(f"condition {number} on {condition.path or 'the whole event'} does not hold")
        return event


def _at(event: Any, path: str) -> Any:  # noqa: ANN401
    found = jsonpointer.resolve_pointer(event, path, _ABSENT)
    return _ABSENT if isinstance(found, jsonpointer.EndOfList) else found


def _matches(pattern: str, found: Any) -> bool:  # noqa: ANN401
    is_text = isinstance(found, str | Numeral) or (isinstance(found, int) and not isinstance(found, bool))
    return is_text and re.search(pattern, str(found)[:_SEARCHED_CHARACTERS]) is not None


def _same(found: Any, wanted: Any) -> bool:  # noqa: ANN401
    # To Python, true equals 1.
    return type(found) is type(wanted) and bool(found == wanted)


def _type_of(found: Any) -> str:  # noqa: ANN401
    names = {str: "string", bool: "boolean", int: "number", Numeral: "number", dict: "object", list: "array"}
    return names.get(type(found), "null" if found is None else "nothing")
