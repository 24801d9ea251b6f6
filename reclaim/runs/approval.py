"""Approval by a second person: above limits that the settings name, a recovery needs an approver and a reason.

A recovery changes what is billed. A small one is routine; a large one that is wrong costs money, and no single person
should be able to decide on it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from reclaim.model.errors import UsageError
from reclaim.text.money import format_minor


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """The limits above which an approver is needed.

    Attributes:
        messages: the most messages without one; None for no limit.
        money: the most money without one, by currency, in minor units.
    """

    messages: int | None = None
    money: Mapping[str, int] = field(default_factory=dict)

    def needed(self, messages: int, money: Mapping[str, int]) -> str | None:
        """Why this many messages, worth that much by currency, need an approver, in a sentence; None if they do not."""
        if self.messages is not None and messages > self.messages:
            return (
                f"A recovery of {messages:,} messages needs an approver: the limit without one is {self.messages:,}"
                " (RECLAIM_APPROVAL_MESSAGES)."
            )
        for currency, limit in sorted(self.money.items()):
            if money.get(currency, 0) > limit:
                amount, most = format_minor(money[currency], currency), format_minor(limit, currency)
                return (
                    f"A recovery worth {amount} needs an approver: the limit without one is {most}"
                    " (RECLAIM_APPROVAL_MONEY)."
                )
        return None


def check_approval(needed: str | None, operator: str, approver: str, reason: str) -> None:
    """Refuse a run that lacks what it needs, and an approver who is the operator whether one is needed or not.

    Raises:
        UsageError: one sentence; nothing has been touched.
    """
    if approver.strip() and same_person(operator, approver):
        raise UsageError(
            f"{approver.strip()} runs this and cannot approve it as well; nothing was touched.",
            "Name somebody else with --approver.",
        )
    if needed and not approver.strip():
        raise UsageError(f"{needed} Nothing was touched.", "Name who agreed with --approver, and why with --reason.")
    if needed and not reason.strip():
        raise UsageError(f"{needed} It needs a reason too; nothing was touched.", "Give it with --reason.")


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case, blanks and the form of their characters."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
