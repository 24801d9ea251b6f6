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

from pydantic import AfterValidator, Field, model_validator

from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause
from reclaim.quarantine.edits import DoesNotApply, Label, event_of, rewritten
from reclaim.quarantine.exact_json import Numeral, write_json
from reclaim.quarantine.repair_steps import ABSENT, Part, PlainValue, Pointer, Step, at
from reclaim.reports.vocabulary import CAUSES

_SEARCHED_CHARACTERS: Final = 10_000
"""No longer text is looked at: a pattern may take time that grows with it."""


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"must be a regular expression ({error})") from error
    return value


def _of_quarantine(cause: Cause) -> Cause:
    if CAUSES[cause].outcome != "quarantined":
        raise ValueError("must be a cause of quarantine")
    return cause


Pattern = Annotated[str, AfterValidator(_pattern)]


class Condition(Part):
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
        found = at(event, self.path)
        if self.exists is not None and self.exists is (found is ABSENT):
            return False
        if "equals" in self.model_fields_set and not _same(found, self.equals):
            return False
        if self.type is not None and _type_of(found) != self.type:
            return False
        return self.matches is None or _matches(self.matches, found)


class Match(Part):
    """Which messages a rule fits."""

    cause: Annotated[Cause, AfterValidator(_of_quarantine)]
    detail: Pattern | None = None
    where: tuple[Condition, ...] = ()


class RepairRule(Part):
    """A named, versioned way to mend messages; an edit like any other."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    version: Annotated[int, Field(ge=1, strict=True)]
    description: str = ""
    match: Match
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def label(self) -> Label:
        """Its name, its version, and the fingerprint of all it says."""
        return Label("rule", text_sha256(write_json(self.canonical(), sort=True)), self.name, self.version)

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


def _matches(pattern: str, found: Any) -> bool:  # noqa: ANN401
    is_text = isinstance(found, str | Numeral) or (isinstance(found, int) and not isinstance(found, bool))
    return is_text and re.search(pattern, str(found)[:_SEARCHED_CHARACTERS]) is not None


def _same(found: Any, wanted: Any) -> bool:  # noqa: ANN401
    # To Python, true equals 1.
    return type(found) is type(wanted) and bool(found == wanted)


def _type_of(found: Any) -> str:  # noqa: ANN401
    names = {str: "string", bool: "boolean", int: "number", Numeral: "number", dict: "object", list: "array"}
    return names.get(type(found), "null" if found is None else "nothing")
