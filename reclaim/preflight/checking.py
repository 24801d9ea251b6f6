"""The whole preflight: observe what the request asks for, and evaluate it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.model.errors import ReclaimError, UsageError
from reclaim.model.identity import MIN_KEY_BYTES
from reclaim.model.message import queue_name
from reclaim.preflight.alarms import AlarmsSeen
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.checklist_file import read_ownership
from reclaim.preflight.evaluation import NOT_ASKED, Observations, evaluate
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.keys import KeysSeen
from reclaim.preflight.orchestrator import OrchestratorSeen
from reclaim.preflight.queues import QueuesSeen
from reclaim.preflight.result import Preflight, Status
from reclaim.preflight.samples import SamplesSeen, inspect_samples, read_events
from reclaim.preflight.store import StoreSeen
from reclaim.requests import PreflightRequest
from reclaim.settings import Settings

T = TypeVar("T")


class Probes(Protocol):
    """Reads the running system and changes nothing in it.

    Each raises a `reclaim.model.errors.ReclaimError` where access is refused, or nothing answers.
    """

    def queues(self) -> QueuesSeen:
        """The source queue and the dead-letter queue, and AWS's clock."""
        ...

    def store(self, key: bytes) -> StoreSeen:
        """MongoDB; the identities it holds are compared with what `key` derives. `key` may be empty."""
        ...

    def alarms(self, checklist: Checklist | None) -> AlarmsSeen | NoAnswer:
        """The alarms that must exist, and the subscriptions that receive them."""
        ...

    def samples(self, limit: int, checklist: Checklist) -> SamplesSeen | NoAnswer:
        """Up to `limit` messages of the dead-letter queue, inspected and put back."""
        ...


def run_preflight(
    request: PreflightRequest,
    settings: Settings,
    contract: Contract,
    clock: Clock,
    probes: Probes | None,
    orchestrator: OrchestratorSeen | NoAnswer = NOT_ASKED,
) -> Preflight:
    """Every item, evaluated; what does not answer is noted.

    Args:
        request: what is asked for; its queue is the one that `probes` read.
        settings: where everything is.
        contract: what must be owned, and what is sampled.
        clock: the time of the result.
        probes: read the running system; None for an offline preflight.
        orchestrator: what was observed of the Prefect server, which nothing below the tasks can ask.

    Raises:
        UsageError: the sampled events cannot be read.
    """
    ownership = read_ownership(request.checklist or settings.checklist, contract)
    if probes is None:
        observed = Observations(ownership, _samples(ownership.checklist, request, contract, None))
    else:
        observed = Observations(
            ownership=ownership,
            samples=_samples(ownership.checklist, request, contract, probes),
            keys=_keys(settings),
            queues=_asked(probes.queues),
            store=_asked(lambda: probes.store(_usable_key(settings))),
            alarms=_asked(lambda: probes.alarms(ownership.checklist)),
            orchestrator=orchestrator,
        )
    return Preflight(
        checked_at=clock.now(),
        queue=queue_name(request.queue or settings.queue),
        checklist=ownership.path,
        findings=evaluate(observed, contract),
    )


def observe_blocking(probes: Probes, settings: Settings, contract: Contract) -> Observations:
    """What a recovery needs to know before it starts: a few quick reads.

    Raises:
        TransientError: SQS or MongoDB cannot be reached.
        SettingsError: the credentials do not suffice.
    """
    return Observations(
        ownership=read_ownership(settings.checklist, contract),
        keys=_keys(settings),
        queues=probes.queues(),
        store=probes.store(_usable_key(settings)),
    )


def _samples(
    checklist: Checklist | None, request: PreflightRequest, contract: Contract, probes: Probes | None
) -> SamplesSeen | NoAnswer:
    """From the file if one is given, else from the dead-letter queue if there are probes."""
    if checklist is None:
        return NoAnswer(Status.SKIP, "The checklist cannot be read.")
    if request.events:
        seen = inspect_samples(request.events, read_events(request.events), checklist, contract)
        if not seen.events:  # a step of CI that checks nothing must not pass
            raise UsageError(f"{request.events} holds no {contract.event_type.value} event.", "Give some, one a line.")
        return seen
    if probes is None or not request.sample:
        return NOT_ASKED
    return _asked(lambda: probes.samples(request.sample, checklist))


def _asked(probe: Callable[[], T | NoAnswer]) -> T | NoAnswer:
    try:
        return probe()
    except ReclaimError as error:
        return NoAnswer(Status.UNREACHABLE, str(error))


def _usable_key(settings: Settings) -> bytes:
    """The tracking key; empty where it is too short for anything to be derived with it."""
    key = settings.tracking_key_bytes
    return key if len(key) >= MIN_KEY_BYTES else b""


def _keys(settings: Settings) -> KeysSeen:
    return KeysSeen.of(
        settings.tracking_key_bytes,
        settings.evidence_key_bytes,
        evidence_in_kms=bool(settings.evidence_kms_key_id),
    )
