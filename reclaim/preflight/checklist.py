"""The ownership checklist: for every field of the contract's event, its owner and what to do where it is missing.

The file's shape is strict, with one exception: `owner` may be missing or name several teams. That is no error of the
file: it is what the preflight checks.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from reclaim.model.frozen import FrozenModel
from reclaim.preflight.result import Contact

DUTIES: Final = ("ownership", "events", "keys", "queue", "store", "alarms", "orchestrator")
"""The families of items; a team is called for each."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _as_list(value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


_Names = Annotated[tuple[_Text, ...], BeforeValidator(_as_list)]


class FieldForm(FrozenModel):
    """What a field's value must be, in the words of JSON Schema."""

    type: Literal["string", "integer"]
    const: str | int | None = None
    pattern: str | None = None
    minimum: int | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from error
        return pattern

    def accepts(self, value: object) -> bool:
        """Whether `value` has this form. True and false are no integers."""
        wanted = str if self.type == "string" else int
        if not isinstance(value, wanted) or isinstance(value, bool):
            return False
        if self.const is not None and value != self.const:
            return False
        if isinstance(value, int):
            return self.minimum is None or value >= self.minimum
        return self.pattern is None or re.search(self.pattern, str(value)) is not None


class Team(FrozenModel):
    """A team to call.

    Attributes:
        call: how, at any hour.
        services: what the team runs.
    """

    name: _Text
    call: _Text
    services: _Names = ()


class OwnedField(FrozenModel):
    """One field of the event.

    Attributes:
        field: its dotted path.
        owner: the team that owns it: exactly one, and the one that runs the producer.
        alarm: the name of the alarm that goes off when it is missing; ``{queue}`` stands for the dead-letter queue.
        documented, runbook: a path in the project or beside the checklist, with a heading's anchor if wanted, or a URL.
    """

    field: _Text
    means: _Text
    form: FieldForm
    producer: _Text
    owner: _Names = ()
    consumers: Annotated[tuple[_Text, ...], Field(min_length=1)]
    documented: _Text
    runbook: _Text
    alarm: _Text
    rollback: _Text


class Checklist(FrozenModel):
    """The whole file.

    Attributes:
        event: the type of the event.
        duties: which team is called for which family of items.
    """

    version: Literal[1]
    event: _Text
    teams: dict[str, Team]
    duties: dict[str, str]
    fields: tuple[OwnedField, ...]

    @model_validator(mode="after")
    def _duties_are_taken(self) -> Self:
        for duty in dict.fromkeys((*DUTIES, *self.duties)):
            if duty not in DUTIES:
                raise ValueError(f"duties.{duty} is not one of {', '.join(DUTIES)}")
            if self.duties.get(duty) not in self.teams:
                raise ValueError(f"duties.{duty} must name one of the teams")
        return self

    def entries(self, field: str) -> tuple[OwnedField, ...]:
        """What the file says about a field: one entry, if it is in order."""
        return tuple(entry for entry in self.fields if entry.field == field)

    def runs(self, service: str) -> tuple[str, ...]:
        """The teams that run a service."""
        return tuple(name for name, team in self.teams.items() if service in team.services)

    def contact(self, team: str) -> Contact | None:
        """How a team is reached; None for one that the file does not know."""
        found = self.teams.get(team)
        return Contact(team=team, name=found.name, call=found.call) if found else None
