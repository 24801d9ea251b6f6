"""Looks at the running system for the preflight, and turns what does not answer into something that can be judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

from pymongo.database import Database

from reclaim.adapters.dry_run import HoldingQueue
from reclaim.adapters.looking import look_at_all
from reclaim.adapters.mongo import Document
from reclaim.adapters.preflight_alarms import AlarmProbe
from reclaim.adapters.preflight_queues import QueueProbe
from reclaim.adapters.preflight_store import StoreProbe
from reclaim.adapters.sqs import SqsQueue
from reclaim.clock import Clock
from reclaim.errors import ReclaimError, SettingsError, UsageError
from reclaim.letters import DeadLetter
from reclaim.preflight.alarms import AlarmsSeen
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.checklist_file import find_checklist, load_checklist, missing_documents
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.judgement import Observations
from reclaim.preflight.keys import KeysSeen
from reclaim.preflight.ownership import OwnershipSeen
from reclaim.preflight.probes import Probes
from reclaim.preflight.queues import QueuesSeen
from reclaim.preflight.result import Status
from reclaim.preflight.samples import SamplesSeen, look_at_samples
from reclaim.preflight.store import StoreSeen
from reclaim.settings import Settings
from reclaim.watching.alarms import alarms_for

T = TypeVar("T")

_HOLD_SECONDS: Final = 60
_OFFLINE: Final = NoAnswer(Status.SKIP, "Offline.")


class SystemProbes:
    """See `reclaim.preflight.probes.Probes`.

    Args:
        queue: the dead-letter queue. If it is not the configured one, whichever queue redrives into it is its source.
    """

    def __init__(self, settings: Settings, queue: str, database: Database[Document], clock: Clock) -> None:
        self._settings = settings
        self._queue = queue
        self._database = database
        self._clock = clock

    def queues(self) -> QueuesSeen:
        """By GetQueueAttributes of both."""
        source = self._settings.source_queue if _name(self._queue) == _name(self._settings.queue) else ""
        return QueueProbe(self._queue, source, self._clock).look()

    def store(self, key: bytes) -> StoreSeen:
        """By what MongoDB says of itself and its collections."""
        return StoreProbe(self._database, self._clock).look(key)

    def alarms(self, checklist: Checklist | None) -> AlarmsSeen | NoAnswer:
        """Those that provisioning creates, and those that the checklist names."""
        wanted = [alarm.name for alarm in alarms_for(self._settings, _name(self._queue))]
        named = [entry.alarm.format(queue=_name(self._queue)) for entry in checklist.fields] if checklist else []
        return AlarmProbe().look(list(dict.fromkeys(wanted + named)))

    def samples(self, limit: int, checklist: Checklist) -> SamplesSeen | NoAnswer:
        """Messages of the dead-letter queue. Never of the source queue: every receive there counts, and would move
        healthy messages a step towards the dead-letter queue."""
        if (dead_letters := self.queues().dead_letters) is None:
            return NoAnswer(Status.SKIP, "There is no dead-letter queue.")
        if dead_letters.redrives_to:
            return NoAnswer(Status.SKIP, "The dead-letter queue redrives itself: a look would move messages on.")
        queue = HoldingQueue(SqsQueue(self._queue), _HOLD_SECONDS, self._clock)
        letters: list[DeadLetter] = []
        if queue.depth().visible:
            look_at_all(queue, limit, self._settings.wait_time_seconds, _HOLD_SECONDS, letters.extend)
        return look_at_samples(f"queue {dead_letters.name}", (letter.body for letter in letters), checklist)


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
        store=probes.store(settings.tracking_key_bytes),
    )


def observe(probes: Probes, settings: Settings, checklist: str, sample: int, events: str | None) -> Observations:
    """Everything that can be seen without Prefect; what does not answer is noted.

    Args:
        checklist: path of the ownership checklist.
        sample: most messages of the dead-letter queue to look at.
        events: a file or folder of events to look at instead.

    Raises:
        UsageError: `events` cannot be read.
    """
    ownership = look_at_ownership(checklist)
    held = ownership.checklist
    return Observations(
        ownership=ownership,
        samples=_samples(held, events, lambda known: _asked(lambda: probes.samples(sample, known))),
        keys=_keys(settings),
        queues=_asked(probes.queues),
        store=_asked(lambda: probes.store(settings.tracking_key_bytes)),
        alarms=_asked(lambda: probes.alarms(held)),
    )


def observe_offline(checklist: str, events: str | None) -> Observations:
    """The checklist, and events from a file if there are any.

    Raises:
        UsageError: `events` cannot be read.
    """
    ownership = look_at_ownership(checklist)
    return Observations(
        ownership=ownership,
        samples=_samples(ownership.checklist, events, lambda _known: _OFFLINE),
        **dict.fromkeys(("keys", "queues", "store", "alarms", "orchestrator"), _OFFLINE),
    )


def look_at_ownership(path: str) -> OwnershipSeen:
    """The checklist in that file, or why it cannot be read."""
    file = find_checklist(path)
    try:
        checklist = load_checklist(file)
    except SettingsError as error:
        return OwnershipSeen(str(file), None, str(error))
    root = file.resolve().parent.parent
    documents = missing_documents(checklist, root) if (root / "docs").is_dir() else None
    return OwnershipSeen(str(file), checklist, missing_documents=documents)


def read_events(path: str) -> list[str]:
    """The bodies in a file of JSON lines, or in all of a folder's.

    Raises:
        UsageError: it cannot be read.
    """
    place = Path(path)
    files = sorted(place.glob("*.json*")) if place.is_dir() else [place]
    try:
        return [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(
            f"The events in {path} cannot be read: {why}.", "Give a file with one event a line, or a folder of such."
        ) from error


def _samples(
    checklist: Checklist | None, events: str | None, otherwise: Callable[[Checklist], SamplesSeen | NoAnswer]
) -> SamplesSeen | NoAnswer:
    if checklist is None:
        return NoAnswer(Status.SKIP, "The checklist cannot be read.")
    return look_at_samples(events, read_events(events), checklist) if events else otherwise(checklist)


def _asked(probe: Callable[[], T | NoAnswer]) -> T | NoAnswer:
    try:
        return probe()
    except ReclaimError as error:
        return NoAnswer(Status.UNREACHABLE, str(error))


def _keys(settings: Settings) -> KeysSeen:
    return KeysSeen.of(
        settings.tracking_key_bytes,
        settings.evidence_key_bytes,
        evidence_in_kms=bool(settings.evidence_kms_key_id),
    )


def _name(queue: str) -> str:
    return queue.rstrip("/").rsplit("/", 1)[-1]
