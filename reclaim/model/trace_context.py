"""Where a message's own trace began: the context that its sender attached, if any.

Two forms are understood: the W3C header as a message attribute `traceparent`
(https://www.w3.org/TR/trace-context/#traceparent-header), and AWS X-Ray's as SQS's own attribute `AWSTraceHeader`
(https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reclaim.model.message import MessageAttribute

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?:-.*)?"
)
_XRAY_ROOT: Final = re.compile(r"1-(?P<time>[0-9a-f]{8})-(?P<rest>[0-9a-f]{24})")
_XRAY_PARENT: Final = re.compile(r"[0-9a-f]{16}")
_SAMPLED: Final = 0x01


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A span of somebody else's that this message belongs to.

    Attributes:
        trace_id, span_id: as unsigned integers of 128 and 64 bits, neither 0.
        sampled: whether its maker records it.
    """

    trace_id: int
    span_id: int
    sampled: bool


def trace_context(attributes: Mapping[str, str], message_attributes: Iterable[MessageAttribute]) -> TraceContext | None:
    """The context of one message; `traceparent` counts before `AWSTraceHeader`; None where neither is readable."""
    for attribute in message_attributes:
        if attribute.name.lower() == "traceparent" and isinstance(attribute.value, str):
            found = _of_traceparent(attribute.value)
            if found:
                return found
    return _of_xray(attributes.get("AWSTraceHeader", ""))


def _of_traceparent(header: str) -> TraceContext | None:
    match = _TRACEPARENT.fullmatch(header.strip())
    if not match or (header.startswith("00") and header.strip().count("-") > 3):  # noqa: PLR2004  (version 00 has four parts)
        return None
    return _valid(int(match["trace"], 16), int(match["span"], 16), sampled=bool(int(match["flags"], 16) & _SAMPLED))


def _of_xray(header: str) -> TraceContext | None:
    parts = dict(part.strip().split("=", 1) for part in header.split(";") if "=" in part)
    root = _XRAY_ROOT.fullmatch(parts.get("Root", ""))
    parent = _XRAY_PARENT.fullmatch(parts.get("Parent", ""))
    if not root or not parent:
        return None
    trace_id = int(root["time"] + root["rest"], 16)
    return _valid(trace_id, int(parent[0], 16), sampled=parts.get("Sampled") == "1")


def _valid(trace_id: int, span_id: int, *, sampled: bool) -> TraceContext | None:
    return TraceContext(trace_id, span_id, sampled) if trace_id and span_id else None
