"""Reads the checklist file; an error names the file, the line and the field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

import reclaim
from reclaim.contracts.contract import Contract
from reclaim.model.errors import SettingsError
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.ownership import OwnershipSeen

_NEXT: Final = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it, or correct its name.",
}


def find_checklist(path: str) -> Path:
    """`path` from the current folder or, where it is not there, from the project's: a worker runs anywhere."""
    here = Path(path)
    beside_the_code = Path(reclaim.__file__).parents[1] / path
    return beside_the_code if not here.exists() and beside_the_code.exists() else here


def load_checklist(path: Path, contract: Contract) -> Checklist:
    """The checklist of `contract` in that file.

    Raises:
        SettingsError: it cannot be read, or is about another event.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"The ownership checklist {path} cannot be read: {why}.", "Name it with --checklist or RECLAIM_CHECKLIST."
        ) from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}{_mark(error)} is not YAML: {_problem(error)}.", "Correct it.") from error
    try:
        checklist = Checklist.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        line = _line(yaml.compose(text, Loader=yaml.SafeLoader), first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(
            f"{path} line {line}: {place}: {message}.", _NEXT.get(first["type"], "Correct it.")
        ) from error
    if checklist.event != str(contract.event_type.value):
        line = _line(yaml.compose(text, Loader=yaml.SafeLoader), ["event"])
        raise SettingsError(
            f"{path} line {line}: event: it is about {checklist.event}, not {contract.event_type.value}.",
            f"Name the checklist of contract {contract.name} with --checklist or RECLAIM_CHECKLIST.",
        )
    return checklist


def read_ownership(path: str, contract: Contract) -> OwnershipSeen:
    """The checklist in that file, or why it cannot be read."""
    file = find_checklist(path)
    try:
        checklist = load_checklist(file, contract)
    except SettingsError as error:
        return OwnershipSeen(str(file), None, str(error))
    folder = file.resolve().parent
    at_hand = (folder.parent / "docs").is_dir() or (folder / "README.md").is_file()
    documents = missing_documents(checklist, (folder.parent, folder)) if at_hand else None
    return OwnershipSeen(str(file), checklist, missing_documents=documents)


def missing_documents(checklist: Checklist, roots: Sequence[Path]) -> tuple[str, ...]:
    """The documents and runbooks that the checklist names and that no root has, or that have no such heading there."""
    named = dict.fromkeys(place for entry in checklist.fields for place in (entry.documented, entry.runbook))
    return tuple(place for place in named if "://" not in place and not any(_is_there(place, root) for root in roots))


def _is_there(place: str, root: Path) -> bool:
    name, _, anchor = place.partition("#")
    file = root / name
    if not file.is_file():
        return False
    headings = re.findall(r"^#+ +(.+)$", file.read_text(encoding="utf-8"), re.MULTILINE) if anchor else ()
    return not anchor or anchor in map(_slug, headings)


def _slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _mark(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" line {mark.line + 1} column {mark.column + 1}" if mark else ""


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]


def _line(root: yaml.Node | None, place: Sequence[str | int]) -> int:
    """The line of what `place` names, or of the innermost thing around it that is there."""
    node = root
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(part)]
            if not pairs:
                break
            line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
