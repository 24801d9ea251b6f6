"""Edits of a quarantined message: what it becomes before it goes through the pipeline again.

Patches address the event, inside whatever envelope it came in; the released body is the event alone. A body that
holds no readable event can only be replaced whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import jsonpatch
import jsonpointer

from reclaim.contracts.contract import Contract
from reclaim.model.envelope import parse
from reclaim.model.errors import UsageError
from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.quarantine.exact_json import event_in, numeral, write_json

_NEEDS: Final = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from", "remove": "path"}


class DoesNotApply(ValueError):
    """The edit does not fit this message; the sentence says why, without any of the body's values."""


@dataclass(frozen=True, slots=True)
class EditLabel:
    """How the ledger names an edit; see `reclaim.model.message.ReleasedFrom`."""

    edit: str
    sha256: str = ""
    rule: str = ""
    rule_version: int = 0

    def __str__(self) -> str:
        name = f"rule {self.rule} version {self.rule_version}" if self.rule else self.edit.replace("_", " ")
        return f"{name} ({self.sha256[:12]})" if self.sha256 else name


class Edit(Protocol):
    """Makes a new body of a quarantined message."""

    @property
    def label(self) -> EditLabel:
        """What it is."""
        ...

    def body_of(self, entry: LedgerEntry, contract: Contract) -> str:
        """The body that goes through the pipeline.

        Raises:
            DoesNotApply: the edit does not fit this message.
        """
        ...


class AsIs:
    """No edit: for a message whose obstacle is gone, such as a conflicting record that was corrected."""

    label = EditLabel("as_is")

    def body_of(self, entry: LedgerEntry, contract: Contract) -> str:  # noqa: ARG002  (the same for every contract)
        """The body as it was received."""
        return entry.body


class NewBody:
    """A whole new body, for one that no patch applies to."""

    def __init__(self, text: str) -> None:
        self.label = EditLabel("new_body", text_sha256(text))
        self._text = text

    def body_of(self, entry: LedgerEntry, contract: Contract) -> str:  # noqa: ARG002  (the same for every message)
        """The new body."""
        return self._text


class MergePatch:
    """A JSON Merge Patch, RFC 7396."""

    def __init__(self, patch: dict[str, Any]) -> None:
        self.label = EditLabel("merge_patch", text_sha256(write_json(patch, sort=True)))
        self._patch = patch

    def body_of(self, entry: LedgerEntry, contract: Contract) -> str:
        """The event with the patch merged into it."""
        return rewritten(merged(event_of(entry, contract), self._patch))


class JsonPatch:
    """A JSON Patch, RFC 6902: all operations or none."""

    def __init__(self, operations: list[dict[str, Any]]) -> None:
        self.label = EditLabel("json_patch", text_sha256(write_json(operations, sort=True)))
        self._operations = operations

    def body_of(self, entry: LedgerEntry, contract: Contract) -> str:
        """The event after all operations."""
        event = event_of(entry, contract)
        for number, operation in enumerate(self._operations, start=1):
            event = applied(event, operation, f"operation {number}")
        return rewritten(event)


def read_patch(text: str) -> Edit:
    """The patch in `text`: an array is a JSON Patch, an object a JSON Merge Patch.

    Raises:
        UsageError: it is neither.
    """
    try:
        patch = parse(text, numeral)
    except ValueError as error:
        raise UsageError(f"The patch is not JSON: {error}.", "Correct it; nothing was changed.") from error
    if isinstance(patch, dict):
        return MergePatch(patch)
    if not isinstance(patch, list) or not patch:
        raise UsageError(
            "The patch is neither an object (JSON Merge Patch) nor an array of operations (JSON Patch).",
            "Correct it; nothing was changed.",
        )
    for number, operation in enumerate(patch, start=1):
        _check(operation, number)
    return JsonPatch(patch)


def merged(target: Any, patch: Any) -> Any:  # noqa: ANN401  (JSON is any value)
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def applied(document: Any, operation: dict[str, Any], place: str) -> Any:  # noqa: ANN401
    """`document` after one operation of a JSON Patch; the document itself stays as it is.

    Raises:
        DoesNotApply: it has nothing there, or a test fails.
    """
    try:
        return jsonpatch.JsonPatch([operation]).apply(document)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, RecursionError) as error:
        raise DoesNotApply(f"{place}, {operation['op']} {operation['path'] or 'the whole event'}") from error


def event_of(entry: LedgerEntry, contract: Contract) -> Any:  # noqa: ANN401
    """The event in an entry's body, as edits see it.

    Raises:
        DoesNotApply: there is none to be read.
    """
    try:
        return event_in(entry.body, contract)
    except ValueError as error:
        raise DoesNotApply(f"its body holds no event that can be edited ({error}); replace it whole") from error


def rewritten(event: Any) -> str:  # noqa: ANN401
    """The body that carries `event`.

    Raises:
        DoesNotApply: it cannot be written.
    """
    try:
        return write_json(event)
    except ValueError as error:
        raise DoesNotApply(f"its result cannot be written: {error}") from error


def _check(operation: Any, number: int) -> None:  # noqa: ANN401
    """Refuse what is not an operation, before any message is read.

    Raises:
        UsageError: it is not one; the sentence says which.
    """
    try:
        jsonpatch.JsonPatch([operation])
        missing = {"path", _NEEDS[operation["op"]]} - operation.keys()
        jsonpointer.JsonPointer(operation.get("from", ""))
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise UsageError(
            f"Operation {number} of the JSON Patch is invalid: {error}.", "Nothing was changed."
        ) from error
    if missing:
        raise UsageError(f"Operation {number} of the JSON Patch has no {missing.pop()}.", "Nothing was changed.")
