"""What must be true of an audit's figures: they are what the rows, and MongoDB's own count, come to."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from typing import Final

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.row_conditions import Column

from expectations.audit_frames import sums_frame
from expectations.engine import SuiteCheck
from expectations.phrases import present_and_equal, unique
from reclaim.reconciliation.model import Reconciliation

_DESCRIPTIONS: Final = {
    "class": "Every class holds what its rows add up to.",
    "total": "In every currency the classes add up to all that MongoDB counts by itself.",
    "summary": "What is to be done adds up from the rows of its classes.",
    "drift": "The drift is what the wrong amounts differ by from their prices.",
}


def reconciliation_check(
    reconciliation: Reconciliation, applications: pd.DataFrame, charges: pd.DataFrame
) -> SuiteCheck:
    """The suite over `expectations.audit_frames.sums_frame`."""
    expectations = [
        unique("figure", "No figure is there twice."),
        *(
            present_and_equal("said", "found", description, row_condition=Column("kind") == kind)
            for kind, description in _DESCRIPTIONS.items()
        ),
    ]
    suite = gx.ExpectationSuite(name="reconciliation", expectations=expectations)
    frame = sums_frame(reconciliation, applications, charges)
    return SuiteCheck(suite, frame, index=("figure",), collection="reconciliation")
