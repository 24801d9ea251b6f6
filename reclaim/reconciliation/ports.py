"""What an audit needs from the outside, as protocols; adapters in `reclaim.adapters`, a real one and one in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reclaim.contracts.contract import Contract
from reclaim.model.validation import ValidationResult
from reclaim.ports import Validator
from reclaim.reconciliation.model import AuditWindow, Backfill, Line, Reconciliation

if TYPE_CHECKING:
    # It works in frames, and pandas takes a second that only audits should pay.
    from reclaim.reconciliation.matching import Matched

Document = Mapping[str, Any]


class RevenueReader(Protocol):
    """Reads applications, charges and clients, all as they are at one moment; from one thread.

    Documents are as the store holds them, with at least the fields that `reclaim.reconciliation.tables` reads, in no
    order; numbers of the type Decimal128 are `decimal.Decimal`.
    """

    @property
    def consistent(self) -> bool:
        """Whether it is one moment; not so where the server offers no snapshot reads. Known after the first read."""
        ...

    def applications(self, window: AuditWindow) -> Iterator[Document]:
        """The applications of the window."""
        ...

    def charges_made(self, window: AuditWindow) -> Iterator[Document]:
        """The charges that were made in the window, whatever for."""
        ...

    def charges_made_outside(self, window: AuditWindow, application_ids: Collection[str]) -> Iterator[Document]:
        """The charges for these applications that were not made in the window."""
        ...

    def existing_applications(self, application_ids: Collection[str]) -> Iterable[str]:
        """Those of these applications that exist, in the window or out of it."""
        ...

    def clients(self, client_ids: Collection[str]) -> Iterator[Document]:
        """Those of these clients that exist."""
        ...

    def awaiting(self, client_ids: Collection[str]) -> Iterable[str]:
        """Those of these clients that an open quarantined message names."""
        ...

    def application_totals(self, window: AuditWindow) -> dict[str, Line]:
        """By currency, the applications of the window, counted and added up by the store itself, exactly."""
        ...

    def charge_totals(self, window: AuditWindow) -> dict[str, Line]:
        """By currency, the window's applications' charges and the window's charges that have no application; likewise.

        The store finds out by itself which they are; nothing that was read before goes into it.
        """
        ...


class RevenueStore(Protocol):
    """The collections of the contract's revenue side, together with its records and the ledger."""

    def reading(self) -> AbstractContextManager[RevenueReader]:
        """Read all of it."""
        ...

    def attribute(self, window: AuditWindow, run_id: str, at: datetime) -> Backfill:
        """Give the window's applications of recovered clients their client's tracking ID, where they have none.

        Each says afterwards which run did that, and what was there before. A second call of the same run changes
        nothing and answers the same.
        """
        ...


class AuditValidator(Validator, Protocol):
    """What checks the data of runs and of audits."""

    def validate_audit(
        self, reconciliation: Reconciliation, matched: Matched, contract: Contract, docs_folder: Path | None
    ) -> ValidationResult:
        """Check the rows of an audit, and its figures against them.

        Args:
            reconciliation: what was found.
            matched: the rows behind it; they stay as they are.
            contract: says what form a tracking ID has, and what the collections are called.
            docs_folder: where pages about it go, inside the audit's report; None writes none.
        """
        ...
