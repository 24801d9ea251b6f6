"""The preflight as a whole: everything that is asked for observed, judged, and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.contracts.client_created import EVENT_TYPE
from reclaim.model.errors import ReclaimError, UsageError
from reclaim.model.identity import MIN_KEY_BYTES
from reclaim.model.message import queue_name
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.checklist_file import look_at_ownership
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.judgement import NOT_ASKED, Observations, judge
from reclaim.preflight.keys import KeysSeen
from reclaim.preflight.orchestrator import OrchestratorSeen
from reclaim.preflight.ownership import OwnershipSeen
from reclaim.preflight.ports import Probes
from reclaim.preflight.result import Preflight, Status
from reclaim.preflight.samples import SamplesSeen, look_at_samples, read_events
from reclaim.requests import PreflightRequest
from reclaim.settings import Settings, read_settings

T = TypeVar("T")


def look(request: PreflightRequest, orchestrator: OrchestratorSeen | NoAnswer = NOT_ASKED) -> Preflight:
    """Everything the request asks for, observed and judged; what does not answer is noted.

    Args:
        request: what to look at.
        orchestrator: what was seen of the Prefect server, which nobody below the tasks can ask.

    Raises:
        SettingsError: a setting is not usable.
        UsageError: the sampled events cannot be read.
    """
    settings = read_settings()
    outside = adapters(Target(request.queue or settings.queue))
    ownership = look_at_ownership(request.checklist or settings.checklist)
    if request.offline:
        seen = Observations(ownership, _samples(ownership.checklist, request, None))
    else:
        seen = observe(outside.preflight, settings, ownership, request, orchestrator)
    return Preflight(
        checked_at=outside.clock.now(),
        queue=queue_name(request.queue or settings.queue),
        checklist=ownership.path,
        findings=judge(seen),
    )


def observe(
    probes: Probes,
    settings: Settings,
    ownership: OwnershipSeen,
    request: PreflightRequest,
    orchestrator: OrchestratorSeen | NoAnswer,
) -> Observations:
    """All parts of the running system."""
    return Observations(
        ownership=ownership,
        samples=_samples(ownership.checklist, request, probes),
        keys=_keys(settings),
        queues=_asked(probes.queues),
        store=_asked(lambda: probes.store(_usable_key(settings))),
        alarms=_asked(lambda: probes.alarms(ownership.checklist)),
        orchestrator=orchestrator,
    )


def observe_blocking(probes: Probes, settings: Settings) -> Observations:
    """What a recovery asks before it starts: a handful of quick reads.

    Raises:
        TransientError: SQS or MongoDB cannot be reached.
        SettingsError: they may not be asked.
    """
    return Observations(
        ownership=look_at_ownership(settings.checklist),
        keys=_keys(settings),
        queues=probes.queues(),
        store=probes.store(_usable_key(settings)),
    )


def _samples(checklist: Checklist | None, request: PreflightRequest, probes: Probes | None) -> SamplesSeen | NoAnswer:
    """From the file if one is given, else from the dead-letter queue if that may be asked."""
    if checklist is None:
        return NoAnswer(Status.SKIP, "The checklist cannot be read.")
    if request.events:
        seen = look_at_samples(request.events, read_events(request.events), checklist)
        if not seen.events:  # a step of CI that looks at nothing must not pass
            raise UsageError(f"{request.events} holds no {EVENT_TYPE} event.", "Give some, one a line.")
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
