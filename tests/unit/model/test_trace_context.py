"""A sender's trace is taken over if it can be read, and never does harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span

from reclaim.model.message import MessageAttribute
from reclaim.model.trace_context import trace_context

W3C = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
OF_W3C = SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, is_remote=True, trace_flags=SAMPLED)
OF_XRAY = SpanContext(0x5759E988BD862E3FE1BE46A994272793, 0x53995C3F42CD8AD8, is_remote=True, trace_flags=SAMPLED)


def traceparent(value: str | bytes, name: str = "traceparent") -> tuple[MessageAttribute, ...]:
    return (MessageAttribute(name, "String", value),)


def test_a_traceparent_is_read() -> None:
    assert trace_context({}, traceparent(W3C)) == OF_W3C


def test_the_attributes_name_may_be_written_in_any_case() -> None:
    assert trace_context({}, traceparent(W3C, "TraceParent")) == OF_W3C


def test_x_rays_header_is_read() -> None:
    assert trace_context({"AWSTraceHeader": XRAY}, ()) == OF_XRAY


def test_what_the_sender_attached_itself_counts_first() -> None:
    assert trace_context({"AWSTraceHeader": XRAY}, traceparent(W3C)) == OF_W3C


def test_an_unreadable_traceparent_leaves_x_rays() -> None:
    assert trace_context({"AWSTraceHeader": XRAY}, traceparent("garbage")) == OF_XRAY


def test_a_later_version_may_say_more() -> None:
    assert trace_context({}, traceparent(W3C.replace("00-", "01-", 1) + "-more")) == OF_W3C


def test_the_sampling_decision_is_kept() -> None:
    found = trace_context({"AWSTraceHeader": XRAY.replace("Sampled=1", "Sampled=0")}, ())
    assert found is not None
    assert not found.trace_flags.sampled


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        W3C.upper(),
        W3C + "-more",
        "ff" + W3C[2:],
        W3C[:-1],
        b"\x00\xff",
    ],
)
def test_what_the_standard_forbids_is_no_context(header: str | bytes) -> None:
    assert trace_context({}, traceparent(header)) is None


@pytest.mark.parametrize(
    "header", ["Root=1-5759e988-bd862e3fe1be46a994272793", "Root=;Parent=;Sampled=", ";;;=", "Parent"]
)
def test_half_an_x_ray_header_is_no_context(header: str) -> None:
    assert trace_context({"AWSTraceHeader": header}, ()) is None


def test_a_span_of_our_own_is_not_the_messages() -> None:
    with use_span(NonRecordingSpan(OF_W3C)):
        assert trace_context({}, traceparent("garbage")) is None


def _damaged(header: str) -> st.SearchStrategy[str]:
    """The header with some of its characters replaced."""
    replaced = st.lists(st.tuples(st.integers(0, len(header) - 1), st.characters()), min_size=1, max_size=3)
    return replaced.map(lambda all_: "".join(dict(all_).get(at, one) for at, one in enumerate(header)))


@given(st.text() | st.binary() | _damaged(W3C), st.text() | _damaged(XRAY), st.text() | st.just("TRACEPARENT"))
def test_whatever_it_says_nothing_is_raised(attribute: str | bytes, header: str, name: str) -> None:
    found = trace_context({"AWSTraceHeader": header}, traceparent(attribute, name))

    assert found is None or len(f"{found.trace_id:032x}{found.span_id:016x}") == 48
