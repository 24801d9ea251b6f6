"""Conditions on an event as JMESPath expressions (https://jmespath.org/specification.html), with exact numbers.

An expression holds where it evaluates to exactly `true`. A path alone, even a misspelt one, therefore never holds by
accident; what is negated or unequal (`!a`, `a != 'b'`) still does where the path leads nowhere. An expression whose
evaluation fails, such as `length()` of a number, does not hold.

Three things differ from JMESPath: numbers are compared exactly, and only compared (`sum()` and its like are refused);
`to_number()` reads exactly what JSON takes for a number; and there is `matches(value, 'pattern')`, which searches a
text, or a number as it is written, for a regular expression. Patterns are part of the expression, never of the event,
and search `SEARCHED_CHARACTERS` at most.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, Self

import jmespath
from jmespath.exceptions import JMESPathTypeError, ParseError
from jmespath.functions import Functions, signature
from jmespath.lexer import Lexer
from jmespath.parser import ParsedResult

from reclaim.contracts.contract import Contract
from reclaim.quarantine.exact_json import event_in

SEARCHED_CHARACTERS: Final = 10_000
"""No longer text is searched for a pattern, which may take time that grows with it."""

_MAX_LENGTH: Final = 2_000
_FUNCTIONS: Final = (
    "contains",
    "ends_with",
    "join",
    "keys",
    "length",
    "map",
    "matches",
    "merge",
    "not_null",
    "reverse",
    "starts_with",
    "to_array",
    "to_number",
    "type",
    "values",
)
"""Those that never compute with a number, which jmespath does with floats."""

_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_JSON_LITERAL: Final = re.compile(r"`((?:\\.|[^`\\])*)`", re.DOTALL)


class _Number(Decimal):
    """A number as it was written. It never equals true or false, as Python's numbers do, not even in an array."""

    text: str

    def __new__(cls, text: str) -> Self:
        try:
            made = super().__new__(cls, text)
        except InvalidOperation as error:
            raise ValueError("is a number that no program can hold") from error
        made.text = text
        return made

    def __eq__(self, other: object) -> bool:
        return not isinstance(other, bool) and super().__eq__(other)

    __hash__ = Decimal.__hash__


class _ExactFunctions(Functions):
    """JMESPath's functions, as far as they must know of `_Number`, and `matches`."""

    @signature({"types": []})
    def _func_type(self, value: Any) -> Any:  # noqa: ANN401
        return "number" if isinstance(value, _Number) else super()._func_type(value)  # type: ignore[misc]

    @signature({"types": []})
    def _func_to_number(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return _Number(value) if _JSON_NUMBER.fullmatch(value) else None
        return value if isinstance(value, _Number) else super()._func_to_number(value)  # type: ignore[misc]

    @signature({"types": []}, {"types": ["string"]})
    def _func_matches(self, value: Any, pattern: str) -> bool:  # noqa: ANN401
        if not isinstance(value, str | _Number):
            raise JMESPathTypeError("matches", value, type(value).__name__, ["string", "number"])
        text = value if isinstance(value, str) else value.text
        return re.search(pattern, text[:SEARCHED_CHARACTERS]) is not None


_OPTIONS: Final = jmespath.Options(custom_functions=_ExactFunctions())


def check_pattern(pattern: str) -> str:
    """`pattern`, if it is a regular expression.

    Raises:
        ValueError: it is not; the sentence says why.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"must be a regular expression ({error})") from error
    return pattern


def check_expression(expression: str) -> str:
    """`expression`, if it can be evaluated.

    Raises:
        ValueError: it does not parse, or asks for what there is not; the sentence says what and where.
    """
    try:
        _compiled(expression)
    except RecursionError as error:
        raise ValueError("must not be nested that deeply") from error
    return expression


def holds(expression: str, body: str, contract: Contract) -> bool:
    """Whether `expression`, which was checked, is exactly `true` of the event in `body`."""
    try:
        return _compiled(expression).search(event_in(body, contract, _Number), _OPTIONS) is True
    except Exception:  # noqa: BLE001  (jmespath passes on whatever Python says of a wrong type)
        return False


@lru_cache
def _compiled(expression: str) -> ParsedResult:
    if len(expression) > _MAX_LENGTH:
        raise ValueError(f"must not be longer than {_MAX_LENGTH} characters")
    try:
        parsed = jmespath.compile(expression).parsed
    except ParseError as error:
        problem = "it ends too early" if error.token_type is None else getattr(error, "message", error.msg)
        raise ValueError(f"must be a JMESPath expression (column {error.lex_position + 1}: {problem})") from error
    except (ValueError, IndexError) as error:
        raise ValueError(f"must be a JMESPath expression ({error})") from error
    _check_literals(expression)
    return ParsedResult(expression, _exact(parsed))


def _check_literals(expression: str) -> None:
    """Refuse a literal that jmespath reads as something else: what is not JSON, and numbers of many digits."""
    for token in Lexer().tokenize(expression):
        if literal := _JSON_LITERAL.match(expression, token["start"]):
            try:
                json.loads(literal[1].replace("\\`", "`"), parse_float=_representable, parse_constant=_representable)
            except ValueError as error:
                problem = f"must not hold {literal[0]}, which is not JSON, or a number of too many digits"
                raise ValueError(problem) from error


def _representable(text: str) -> None:
    if _JSON_NUMBER.fullmatch(text) is None or _Number(text) != _Number(repr(float(text))):
        raise ValueError


def _exact(node: Any) -> Any:  # noqa: ANN401  (a slice's children are numbers)
    """The parsed expression with exact numbers, and only functions that exist."""
    if not isinstance(node, dict):
        return node
    if node["type"] == "literal":
        return {**node, "value": _exact_value(node["value"])}
    if node["type"] == "function_expression":
        _check_call(node["value"], node["children"])
    return {**node, "children": [_exact(child) for child in node["children"]]}


def _exact_value(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: _exact_value(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_exact_value(part) for part in value]
    return _Number(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _check_call(name: str, arguments: list[Any]) -> None:
    if name not in _FUNCTIONS:
        raise ValueError(f"must not call {name}(); there are {', '.join(_FUNCTIONS)}")
    wanted = _ExactFunctions.FUNCTION_TABLE[name]["signature"]
    if len(arguments) < len(wanted) or (len(arguments) > len(wanted) and not wanted[-1].get("variadic")):
        raise ValueError(f"must call {name}() with {len(wanted)} argument{'s' * (len(wanted) > 1)}")
    if name == "matches":
        pattern = arguments[1].get("value")
        if arguments[1]["type"] != "literal" or not isinstance(pattern, str):
            raise ValueError("must call matches() with a pattern in '…'")
        check_pattern(pattern)
