"""Spans say what the ledger says, in the trace that the sender began; without an endpoint there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from reclaim.adapters.telemetry import NoTelemetry, Spans, telemetry
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message, MessageAttribute
from reclaim.model.outcome import Cause, Outcome
from tests.builders import CONTRACT, NOW, RUN, a_message, at

SENDERS_TRACE = MessageAttribute("traceparent", "String", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def an_entry(message: Message, outcome: Outcome = Outcome.RECOVERED, cause: Cause = Cause.MISSING_ID) -> LedgerEntry:
    return LedgerEntry(
        message_id=message.message_id,
        run_id=RUN,
        delivery_id="d-1",
        contract=CONTRACT.name,
        queue="dlq",
        body="",
        body_sha256=message.body_sha256,
        receive_count=3,
        attempts=1,
        outcome=outcome,
        cause=cause,
        record_key="cl_1",
        steps={
            "sent": at(-60),
            "received": NOW,
            "recorded": at(1),
            "decided": at(2),
            "written": at(3),
            "settled": at(4),
        },
    )


def test_a_message_is_a_span_in_its_senders_trace_with_the_ledgers_times() -> None:
    message = replace(a_message(), message_attributes=(SENDERS_TRACE,))
    exporter = InMemorySpanExporter()
    spans = Spans(exporter)

    spans.settled([message], [an_entry(message)])
    spans.close()

    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("process dlq", SpanKind.CONSUMER)
    assert span.parent is not None
    assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == (
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
    )
    assert (span.start_time, span.end_time) == (
        int(NOW.timestamp() * 1000) * 10**6,
        int(at(4).timestamp() * 1000) * 10**6,
    )
    assert [event.name for event in span.events] == ["recorded", "decided", "written"]
    assert span.attributes is not None
    assert span.attributes["messaging.message.id"] == message.message_id
    assert (span.attributes["reclaim.outcome"], span.attributes["reclaim.cause"]) == (
        "recovered",
        "missing_id",
    )


def test_a_message_without_a_trace_begins_its_own_and_a_quarantined_one_is_an_error() -> None:
    messages = [a_message(), a_message()]
    exporter = InMemorySpanExporter()
    spans = Spans(exporter)

    spans.settled(messages, [an_entry(messages[0]), an_entry(messages[1], Outcome.QUARANTINED, Cause.RECORD_CONFLICT)])
    spans.close()

    good, bad = exporter.get_finished_spans()
    assert good.parent is bad.parent is None
    assert good.context.trace_id != bad.context.trace_id
    assert (good.status.status_code, bad.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)


def test_what_the_sender_did_not_sample_is_not_exported() -> None:
    unsampled = replace(SENDERS_TRACE, value=str(SENDERS_TRACE.value)[:-1] + "0")
    message = replace(a_message(), message_attributes=(unsampled,))
    exporter = InMemorySpanExporter()
    spans = Spans(exporter)

    spans.settled([message], [an_entry(message)])
    spans.close()

    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    "environment", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}]
)
def test_without_an_endpoint_there_is_silence(environment: dict[str, str]) -> None:
    assert isinstance(telemetry(environment), NoTelemetry)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Span]]:
    """A collector on loopback that OpenTelemetry's own variables point to."""
    received: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            received.extend(s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        yield received
        server.shutdown()


def test_spans_reach_the_collector_that_the_environment_names(collector: list[Span]) -> None:
    message = a_message()
    spans = telemetry()
    assert isinstance(spans, Spans)

    spans.settled([message], [an_entry(message)])
    spans.close()

    assert [span.name for span in collector] == ["process dlq"]
