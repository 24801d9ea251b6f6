"""Plans an outage of any contract: the messages, and what MongoDB held before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from reclaim.contracts.client_created import contract as DEFAULT_CONTRACT  # noqa: N812  (a constant)
from reclaim.contracts.contract import Contract
from reclaim.local.outage.client_created.events import DefaultEvents
from reclaim.local.outage.client_created.revenue import APPLICATIONS_PER_RECORD
from reclaim.local.outage.client_created.revenue_plan import plan_revenue
from reclaim.local.outage.events import ABSENT, EventSource
from reclaim.local.outage.messages import MessageWriter
from reclaim.local.outage.mix import MessageKind, Mix
from reclaim.local.outage.planned import OUTAGE_START, FinalStatus, Outage, OutageWindow, StagedRecord, between
from reclaim.local.outage.sampled_events import SampledEvents

_FEWEST_VETERANS: Final = 12
_MESSAGES_PER_VETERAN: Final = 4
_MESSAGES_PER_UNNAMED: Final = 100


def plan_outage(
    messages: int,
    seed: int,
    started_at: datetime = OUTAGE_START,
    *,
    contract: Contract = DEFAULT_CONTRACT,
    applications_per_record: int = APPLICATIONS_PER_RECORD,
    mix: Mix | None = None,
) -> Outage:
    """Plan an outage of `messages` messages.

    Two seeds share no record, event, application or charge. The number of applications does not change the bodies;
    only the default contract has a generator of them. `started_at` is aware, and cut to seconds.

    Raises:
        SettingsError: the contract makes no sample events, or none that can be used.
    """
    window = OutageWindow(started_at.astimezone(UTC).replace(microsecond=0))
    is_default = contract is DEFAULT_CONTRACT
    source = (DefaultEvents if is_default else SampledEvents)(contract, seed, window.started_at)
    veterans = [source.draw(paying=True) for _ in range(max(_FEWEST_VETERANS, messages // _MESSAGES_PER_VETERAN))]
    writer = MessageWriter(source, veterans)
    writer.write((mix or _mix_of(contract)).counts(messages))
    source.rng.shuffle(writer.messages)
    unnamed = [source.draw() for _ in range(1 + messages // _MESSAGES_PER_UNNAMED)] if is_default else []
    statuses = writer.statuses | dict.fromkeys(unnamed, FinalStatus.UNKNOWN)
    revenue = plan_revenue(seed, window, veterans, statuses, applications_per_record) if is_default else ((), ())
    known = {record: record.issued_id for record in veterans} | writer.known
    documents = _documents(source, window, known)
    return Outage(contract, seed, window, tuple(writer.messages), tuple(documents), *revenue)


def _mix_of(contract: Contract) -> Mix:
    """Every kind that the contract knows: where no field must agree, no two events disagree."""
    shares = Mix().shares
    return Mix({k: n for k, n in shares.items() if contract.must_agree or k is not MessageKind.RECORD_CONFLICT})


def _documents(
    source: EventSource, window: OutageWindow, known: Mapping[StagedRecord, str | None]
) -> list[dict[str, Any]]:
    """The records that MongoDB holds, each created up to two years before the outage's window."""
    return [
        {
            "_id": record.key,
            **record.fields,
            **({} if identity == ABSENT else {source.contract.identity_field: identity}),
            "created_at": window.opens_at - between(source.rng, timedelta(days=3), timedelta(days=730)),
            "source_event_id": f"evt_{record.key}_created",
        }
        for record, identity in known.items()
    ]
