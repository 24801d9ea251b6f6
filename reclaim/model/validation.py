"""What a validation found: plain values, whatever tool did the checking."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

MAX_NAMED_ROWS = 100
"""How many offending rows a result names; their number is always exact."""


class ExpectationResult(BaseModel):
    """One expectation over one frame.

    Attributes:
        expectation: the expectation as a sentence a person understands.
        severity: critical, warning or info; only a critical failure fails the run.
        checked: how many rows it looked at.
        unexpected: how many rows broke it.
        unexpected_ids: the first of those rows, by their ID.
    """

    model_config = ConfigDict(frozen=True)

    expectation: str
    column: str
    severity: str
    success: bool
    checked: int
    unexpected: int = 0
    unexpected_ids: tuple[str, ...] = ()


class SuiteResult(BaseModel):
    """All expectations of one suite."""

    model_config = ConfigDict(frozen=True)

    suite: str
    success: bool
    expectations: tuple[ExpectationResult, ...]


class ValidationResult(BaseModel):
    """All suites of one run.

    Attributes:
        success: no critical expectation failed.
        docs: path of the Data Docs' index inside the report's folder; None where none were built.
        skipped: why nothing could be validated; empty where it was.
    """

    model_config = ConfigDict(frozen=True)

    success: bool
    suites: tuple[SuiteResult, ...] = ()
    docs: str | None = None
    skipped: str = ""

    @property
    def failures(self) -> tuple[tuple[str, ExpectationResult], ...]:
        """Every broken expectation with the name of its suite."""
        return tuple((s.suite, e) for s in self.suites for e in s.expectations if not e.success)
