"""The types that the event model of a contract is made of.

Each says what a value must be (pydantic checks it, strictly) and, as a `FieldKind`, what indexes, validators and
expectations may rely on. A message of an error never quotes the value: bodies must not reach logs. A validator of your
own keeps to that and raises `ValueError`.

Only fields of these types may go into the record's document, because MongoDB must be able to hold every value of them.
Each may be optional: ``vat_id: Text | None = None``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, TypeGuard, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from reclaim.model.clock import to_milliseconds
from reclaim.model.identity import IdentityScheme
from reclaim.text.money import MAX_MINOR, is_currency

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


class EventPart(BaseModel):
    """An object of an event. Types are taken strictly; fields that it does not name are accepted and not read."""

    model_config = ConfigDict(strict=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What a field of an event holds, beyond its type in Python; stands in an `Annotated` type.

    Attributes:
        name: text, pattern (a text of one form), minor_units, decimal (an amount as text), currency, moment, or any
            (no rule beside pydantic's).
        pattern: an anchored regular expression that the whole value fits; empty where the kind has none.
        form: the pattern in words, to stand behind "must be".
    """

    name: Literal["text", "pattern", "minor_units", "decimal", "currency", "moment", "any"]
    pattern: str = ""
    form: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Have pydantic check the pattern."""
        schema = handler(source)
        return no_info_after_validator_function(self._check(), schema) if self.pattern else schema

    def _check(self) -> Callable[[str], str]:
        # `fullmatch`, because `$` also fits before a last line feed.
        fits, refusal = re.compile(self.pattern).fullmatch, f"must be {self.form}"

        def check(value: str) -> str:
            if not fits(value):
                raise ValueError(refusal)
            return value

        return check


def pattern(expression: str, form: str) -> FieldKind:
    """The kind of a text of one form.

    ::

        Country = Annotated[str, pattern(r"^[A-Z]{2}$", "a two-letter code in capitals")]

    Args:
        expression: anchored with ``^`` and ``$``; MongoDB checks it too, so keep to what Python and PCRE share.
        form: the same in words, to stand behind "must be".

    Raises:
        ValueError: it is not anchored.
    """
    if not (expression.startswith("^") and expression.endswith("$")):
        raise ValueError(f"the pattern {expression!r} must begin with ^ and end with $")
    return FieldKind("pattern", expression, form)


@dataclass(frozen=True, slots=True)
class MayLack:
    """Stands in the `Annotated` type of an identity: absent, null, empty, or of the scheme's form."""

    scheme: IdentityScheme

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Have pydantic check the form."""
        return no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str | None) -> str | None:
        if not value:
            return None
        if not self.scheme.is_identity(value):
            raise ValueError(f"must be absent, null, empty or of the form {self.scheme.form}")
        return value


def _currency(value: str) -> str:
    if not is_currency(value):
        raise ValueError("must be an ISO 4217 code in capitals")
    return value


def _moment(value: Any) -> datetime:  # noqa: ANN401
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be an RFC 3339 time with an offset")
    try:
        return to_milliseconds(datetime.fromisoformat(value).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a time that exists") from error


Text = Annotated[str, StringConstraints(min_length=1, max_length=1024), FieldKind("text")]
"""1 to 1,024 characters."""

MinorUnits = Annotated[int, Field(ge=0, le=MAX_MINOR), FieldKind("minor_units")]
"""An amount in whole minor units, from 0 to 2**63 - 1. Never a float."""

DecimalAmount = Annotated[
    str, FieldKind("decimal", r"^[0-9]{1,15}(\.[0-9]{1,4})?$", "a decimal number as text, such as 129.90")
]
"""An amount in major units as text, kept as it came. A JSON number is refused: it may have been a float."""

CurrencyCode = Annotated[str, AfterValidator(_currency), FieldKind("currency")]
"""An ISO 4217 code in capitals."""

Moment = Annotated[datetime, BeforeValidator(_moment), FieldKind("moment")]
"""An RFC 3339 time with an offset; becomes UTC, cut to milliseconds."""

WholeNumber = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), FieldKind("any")]
"""An integer that MongoDB can hold."""

Flag = Annotated[bool, FieldKind("any")]
"""True or false."""


def leaves_of(model: type[EventPart], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field of the model that is no object itself, with its dotted path in the event's JSON, in order."""
    for name, info in model.model_fields.items():
        path = prefix + (info.alias or name)
        if is_object(info.annotation):
            yield from leaves_of(info.annotation, f"{path}.")
        else:
            yield path, info


def is_object(annotation: Any) -> TypeGuard[type[EventPart]]:  # noqa: ANN401  (an annotation may be anything)
    """Whether a field of that type is an object whose fields the model names."""
    return isinstance(annotation, type) and issubclass(annotation, EventPart)


def kind_of(info: FieldInfo) -> FieldKind | None:
    """The kind of a field of an event model; None where its type is not one of this module's."""
    marks = list(info.metadata)
    if is_nullable(info):
        marks += [mark for choice in get_args(info.annotation) for mark in getattr(choice, "__metadata__", ())]
    return next((mark for mark in marks if isinstance(mark, FieldKind)), None)


def is_nullable(info: FieldInfo) -> bool:
    """Whether the field may be null."""
    return type(None) in get_args(info.annotation)
