"""Events of any contract, made from its `sample_event`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from reclaim.contracts.contract import Contract, value_at
from reclaim.contracts.reading import read_event
from reclaim.local.outage.events import EventSource, Payload, StagedEvent, put, render, timestamp, without
from reclaim.local.outage.planned import StagedRecord
from reclaim.model.errors import SettingsError
from reclaim.model.event import Event, Rejection
from reclaim.model.outcome import Cause

_NUMBERS_OF_A_SEED: Final = 10**7
_TRIES: Final = 100


class SampledEvents(EventSource):
    """Draws records from the contract's sample events.

    Raises:
        SettingsError: the contract makes no samples, or none that a recovery could use; at the first that is wanted.
    """

    def __init__(self, contract: Contract, seed: int, started_at: datetime) -> None:
        super().__init__(contract, seed, started_at)
        self._sampled = 0
        self._keys: set[str] = set()

    def draw(self, *, paying: bool = False) -> StagedRecord:  # noqa: ARG002  (a sample is worth what it says)
        """The record of the next sample."""
        sample = self._sample()
        event = self._read(sample)
        if event.record_key in self._keys:
            raise self._refusal(f"makes two events of {self.contract.words.record} {event.record_key}")
        self._keys.add(event.record_key)
        return StagedRecord(event.record_key, event.fields, self.contract.identity, sample)

    def disagreeing(self, event: StagedEvent, turn: int) -> Payload:
        """With the value of another sample in a field that must agree."""
        leaves = [leaf for leaf in self.contract.document_fields if leaf.must_agree]
        for step in range(_TRIES):
            path = leaves[(turn + step) % len(leaves)].event_path
            put(changed := deepcopy(event.payload), path, value_at(self._sample(), path))
            if self.contract.differences(self._read(changed).fields, event.record.fields):
                return changed
        raise self._refusal("never makes two events that disagree in a field of must_agree")

    def violation(self, event: StagedEvent, turn: int) -> tuple[object, bool]:
        """A field dropped or of another type: each field of the model in each way that the model refuses."""
        ways = [(path, change) for change in _CHANGES for path in self.contract.event_fields]
        for step in range(len(ways)):
            path, change = ways[(turn + step) % len(ways)]
            payload = deepcopy(event.payload)
            change(payload, path)
            reading = read_event(render(payload), self.contract)
            if isinstance(reading, Rejection) and reading.cause is Cause.SCHEMA_VIOLATION:
                return payload, reading.record_key is not None
        return [event.payload], False

    def _payload(self, record: StagedRecord, number: int, occurred_at: datetime) -> Payload:  # noqa: ARG002
        """The record's sample with the event ID of a sample of its own."""
        payload = deepcopy(dict(record.sample))
        put(payload, self.contract.event_id, value_at(self._sample(), self.contract.event_id))
        put(payload, self.contract.occurred_at, timestamp(occurred_at))
        without(payload, self.contract.identity_path)
        return payload

    def _sample(self) -> Payload:
        if self.contract.sample_event is None:
            raise SettingsError(
                f"Contract {self.contract.name} has no sample_event, so no outage of it can be staged.",
                "Give it one; reclaim.contracts.contract says what it makes.",
            )
        number = self._seed * _NUMBERS_OF_A_SEED + self._sampled
        self._sampled += 1
        return self.contract.sample_event(self.rng, number)

    def _read(self, payload: Payload) -> Event:
        reading = read_event(render(payload), self.contract)
        if isinstance(reading, Rejection):
            raise self._refusal(f"makes an event that cannot be used: {reading.detail}")
        return reading

    def _refusal(self, problem: str) -> SettingsError:
        return SettingsError(f"The sample_event of contract {self.contract.name} {problem}.", "Correct it.")


def _enclose(payload: Payload, path: str) -> None:
    put(payload, path, [value_at(payload, path)])


def _change_type(payload: Payload, path: str) -> None:
    """A number as text, text as a number."""
    value: Any = value_at(payload, path)
    try:
        put(payload, path, float(value) if isinstance(value, str) else str(value))
    except ValueError:
        put(payload, path, len(value))


_CHANGES: Final[tuple[Callable[[Payload, str], None], ...]] = (_change_type, without, _enclose)
