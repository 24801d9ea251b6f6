"""OpenTelemetry spans: one for every message that was settled, in the trace that its sender began.

Spans are made after the fact, from the times in the ledger, so that a message's span says what the ledger says. The
names follow the semantic conventions for messaging (https://opentelemetry.io/docs/specs/semconv/messaging/).
Configured by OpenTelemetry's own variables; without an endpoint nothing is built and nothing is sent.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanKind, Status, StatusCode, set_span_in_context

from reclaim import __version__
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message
from reclaim.model.outcome import Outcome
from reclaim.model.trace_context import trace_context

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_EVENTS: Final = ("recorded", "decided", "written")
"""The steps between a message's receipt and its settlement; each is an event of the span."""


class Telemetry(Protocol):
    """Gets every message that was settled."""

    def settled(self, messages: Sequence[Message], entries: Sequence[LedgerEntry]) -> None:
        """The `entries` of these `messages` are settled; entries come without their attributes, messages have them."""
        ...


class NoTelemetry:
    """For a process without an endpoint; does nothing."""

    def settled(self, messages: Sequence[Message], entries: Sequence[LedgerEntry]) -> None:
        """Nothing."""


class Spans:
    """Makes spans and exports them in the background; a collector that is down costs spans, never the run."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "reclaim", "service.version": __version__})
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("reclaim", __version__)

    def settled(self, messages: Sequence[Message], entries: Sequence[LedgerEntry]) -> None:
        """One span a message, from its receipt to its settlement."""
        by_id = {message.message_id: message for message in messages}
        for entry in entries:
            if message := by_id.get(entry.message_id):
                self._span(message, entry)

    def close(self) -> None:
        """Export what is waiting; the provider also does it when the process ends."""
        self._provider.shutdown()

    def _span(self, message: Message, entry: LedgerEntry) -> None:
        parent = trace_context(message.attributes, message.message_attributes)
        span = self._tracer.start_span(
            f"process {entry.queue}",
            context=set_span_in_context(NonRecordingSpan(parent), Context()) if parent else Context(),
            kind=SpanKind.CONSUMER,
            attributes=_attributes(entry),
            start_time=_nanoseconds(entry.steps["received"]),
        )
        for step in _EVENTS:
            if at := entry.steps.get(step):
                span.add_event(step, timestamp=_nanoseconds(at))
        if entry.outcome is Outcome.QUARANTINED:
            span.set_status(Status(StatusCode.ERROR, entry.cause.value if entry.cause else None))
        span.end(_nanoseconds(entry.steps["settled"]))


def telemetry(environment: Mapping[str, str] = os.environ) -> Telemetry:
    """Spans where the environment names an endpoint, else nothing."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(environment.get(e) for e in _ENDPOINTS):
        return NoTelemetry()
    # The exporter imports requests and protobuf, which only a process that uses it should wait for.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return Spans(OTLPSpanExporter())


def _attributes(entry: LedgerEntry) -> dict[str, str | int]:
    return {
        "messaging.system": "aws_sqs",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": entry.queue,
        "messaging.message.id": entry.message_id,
        "reclaim.run_id": entry.run_id,
        "reclaim.outcome": entry.outcome.value if entry.outcome else "",
        "reclaim.cause": entry.cause.value if entry.cause else "",
        "reclaim.receive_count": entry.receive_count,
        **({"reclaim.record_key": entry.record_key} if entry.record_key else {}),
    }


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1000
