"""The task that finds out whether a recovery is so large that somebody besides its operator must agree."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Ports
from reclaim.exposure.assessment import assess
from reclaim.exposure.holding import HoldingQueue, peek_all
from reclaim.exposure.inspection import Inspector
from reclaim.exposure.retention import Retention
from reclaim.runs.approval import ApprovalPolicy
from tasks.retrying import step


@step
def approval_needed(ports: Ports, max_messages: int | None) -> str | None:
    """Why a recovery of this queue needs an approver, in a sentence; None if it does not. Changes nothing.

    Only if a limit on money is set is every message read, which raises its receive count.
    """
    settings = ports.settings
    policy = ApprovalPolicy(settings.approval_messages, settings.approval_money or {})
    if policy.messages is None and not policy.money:
        return None
    waiting = ports.queue.depth().total
    messages = min(waiting, max_messages or waiting)
    return policy.needed(messages, {}) or (policy.needed(messages, _money(ports)) if policy.money else None)


def _money(ports: Ports) -> dict[str, int]:
    """What is in the queue, by currency: one unit of each record, or all that they were not charged if more."""
    hold_seconds = 10 * ports.settings.visibility_timeout_seconds
    held = HoldingQueue(ports.queue, hold_seconds, ports.clock)
    inspector = Inspector(ports.contract, Retention(held.name, held.retention()))
    limit = max(1, 2 * held.depth().total)  # messages may arrive meanwhile
    peek_all(held, limit, ports.settings.wait_time_seconds, hold_seconds, inspector.add)
    uncharged = assess(inspector.claims, ports.records, ports.applications).exposure
    one_each = {currency: one.rate_minor_total for currency, one in inspector.money().items()}
    at_risk = {currency: held.at_risk.amount_minor for currency, held in uncharged.items()}
    return {c: max(one_each.get(c, 0), at_risk.get(c, 0)) for c in one_each.keys() | at_risk.keys()}
