"""Reads repair rules from a YAML file, strictly: what is ambiguous is refused, with file, rule and place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node

from reclaim.model.errors import SettingsError, UsageError
from reclaim.model.frozen import FrozenModel
from reclaim.quarantine.rules import RepairRule

_MAX_BYTES: Final = 2**20


class _RuleFile(FrozenModel):
    rules: tuple[RepairRule, ...]


class _StrictLoader(yaml.SafeLoader):
    """YAML with JSON's types only: NO is text and not a boolean, no text is a date, no key occurs twice, no aliases."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not used here", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# What is not text, by JSON: PyYAML follows YAML 1.1, in which NO, 0o7 and 12:30 are not text either.
_StrictLoader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789"),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), list(_first))


def read_rules(path: Path) -> Mapping[str, RepairRule]:
    """The rules of a file by name.

    Raises:
        UsageError: the file cannot be read, or holds what is not a rule; the sentence names file, rule and place.
    """
    rules = _validated(path, _parsed(path)).rules
    found = {rule.name: rule for rule in rules}
    if len(found) < len(rules):
        names = [rule.name for rule in rules]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refusal(path, f"there are two rules called {twice}")
    return found


def rule_called(name: str, path: str | None) -> RepairRule:
    """The rule of that name in the file at `path`.

    Raises:
        SettingsError: no file is configured.
        UsageError: the file is not usable, or has no such rule.
    """
    if not path:
        raise SettingsError(
            "RECLAIM_REPAIR_RULES is not set, so there are no repair rules.", "Set it, or give --rules FILE."
        )
    rules = read_rules(Path(path))
    if name not in rules:
        raise UsageError(f"{path} has no rule {name}.", f"It has {', '.join(rules) or 'none'}.")
    return rules[name]


def _parsed(path: Path) -> Any:  # noqa: ANN401  (YAML is any value)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _refusal(path, f"it is larger than {_MAX_BYTES} bytes")
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  (a safe loader)
    except OSError as error:
        raise UsageError(
            f"The repair rules {path} cannot be read: {error.strerror}.", "Nothing was changed."
        ) from error
    except UnicodeDecodeError as error:
        raise _refusal(path, "it is not UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _refusal(path, f"{place}{getattr(error, 'problem', None) or 'it is not YAML'}") from error


def _validated(path: Path, content: Any) -> _RuleFile:  # noqa: ANN401
    try:
        return _RuleFile.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _refusal(path, f"{_place(first, content)}: {_problem(first)}") from error


def _place(problem: ErrorDetails, content: Any) -> str:  # noqa: ANN401
    """Where it is, with the rule by name: ``rule whole-rate, steps 1, cast.path``."""
    match problem["loc"]:
        case ("rules", int(number), *rest):
            rule = content["rules"][number]
            name = rule.get("name") if isinstance(rule, dict) else None
            parts = [f"{part + 1}" if isinstance(part, int) else str(part) for part in rest]
            return f"rule {name or number + 1}" + (f", {'.'.join(parts)}" if parts else "")
        case other:
            return ".".join(map(str, other)) or "the file"


def _problem(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return "is not known"
    return problem["msg"].removeprefix("Value error, ")


def _refusal(path: Path, problem: str) -> UsageError:
    return UsageError(f"The repair rules {path} are not usable: {problem}.", "Nothing was changed.")
