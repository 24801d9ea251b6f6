"""Repair rules: which messages they fit, and the steps that repair them.

::

    name: whole-rate            # how it is asked for
    version: 1                  # kept with every message that it repairs, as is its fingerprint
    match:                      # all of it must hold
      cause: schema_violation
      detail: 'rate_minor'      # a regular expression, searched for in the ledger's detail
      where: >-                 # of the event, in JMESPath; see `reclaim.quarantine.matching`
        matches(data.rate_minor, '^[0-9]+$')
    steps:                      # in this order; all or none
      - cast: {path: /data/rate_minor, to: integer}
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reclaim.contracts.contract import Contract
from reclaim.model.fingerprint import text_sha256
from reclaim.model.frozen import FrozenModel
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine.edits import DoesNotApply, EditLabel, event_of, rewritten
from reclaim.quarantine.exact_json import write_json
from reclaim.quarantine.matching import SEARCHED_CHARACTERS, check_expression, check_pattern, holds
from reclaim.quarantine.repair_steps import Step


def _of_quarantine(cause: Cause) -> Cause:
    if cause.outcome is not Outcome.QUARANTINED:
        raise ValueError("must be a cause of quarantine")
    return cause


class RuleMatch(FrozenModel):
    """Which messages a rule fits."""

    cause: Annotated[Cause, AfterValidator(_of_quarantine)]
    detail: Annotated[str, AfterValidator(check_pattern)] | None = None
    where: Annotated[str, AfterValidator(check_expression)] | None = None


class RepairRule(FrozenModel):
    """A named, versioned way to repair messages; an edit like any other."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    version: Annotated[int, Field(ge=1, strict=True)]
    description: str = ""
    match: RuleMatch
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def label(self) -> EditLabel:
        """Its name, its version, and the fingerprint of all it says."""
        return EditLabel("rule", text_sha256(write_json(self.canonical(), sort=True)), self.name, self.version)

    def canonical(self) -> dict[str, Any]:
        """The rule as the registry keeps it."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def body_of(self, entry: LedgerEntry, contract: Contract) -> str:
        """The event after all steps; see `reclaim.quarantine.edits.Edit`."""
        event = self._matched_event(entry, contract)
        for number, step in enumerate(self.steps, start=1):
            event = step.apply(event, contract, f"step {number}")
        return rewritten(event)

    def _matched_event(self, entry: LedgerEntry, contract: Contract) -> Any:  # noqa: ANN401
        if entry.cause is not self.match.cause:
            raise DoesNotApply(f"its cause is not {self.match.cause}")
        detail, where = self.match.detail, self.match.where
        if detail is not None and not re.search(detail, entry.detail[:SEARCHED_CHARACTERS]):
            raise DoesNotApply("its detail does not match")
        event = event_of(entry, contract)
        if where is not None and not holds(where, entry.body, contract):
            raise DoesNotApply("its event is not as `where` says")
        return event
