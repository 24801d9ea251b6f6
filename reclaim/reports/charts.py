"""Small inline charts as SVG: no scripts, no fonts of their own, coloured by the page's style sheet.

Widths are percentages and texts keep their size, so that one drawing fits a phone, a screen and paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reclaim.reports.model import StepLatency

LEAST_PERCENT: Final = 0.6
"""Whatever exists is visible: no segment is drawn narrower than this."""

_BAR_HEIGHT: Final = 12
_MIDDLE: Final = _BAR_HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a whole; `kind` is the style sheet's name for its colour, `shown` its value in words if not a count."""

    label: str
    value: int
    kind: str
    shown: str = ""


def proportion_bar(segments: Sequence[Segment], label: str) -> Markup:
    """The segments side by side, to scale but for the least width; nothing where all are zero."""
    shown = [segment for segment in segments if segment.value > 0]
    if not shown:
        return Markup()
    parts, start = Markup(), 0.0
    for segment, width in zip(shown, _widths([segment.value for segment in shown]), strict=True):
        said = segment.shown or f"{segment.value:,}"
        parts += Markup(
            '<rect class="fill-{}" x="{:.2f}%" width="{:.2f}%" height="100%"><title>{}</title></rect>'
        ).format(
            segment.kind,
            start,
            max(width - 0.15, 0.1),
            f"{segment.label}: {said}",
        )
        start += width
    return _drawing("proportion", 22, label, parts)


def bar(value: float, greatest: float, kind: str) -> Markup:
    """One bar on a scale that ends at `greatest`, hidden from readers: the page says its number beside it."""
    percent = 0.0 if value <= 0 or greatest <= 0 else max(100 * value / greatest, LEAST_PERCENT)
    track = Markup('<rect class="track" width="100%" height="100%"></rect>')
    fill = Markup('<rect class="fill-{}" width="{:.2f}%" height="100%"></rect>').format(kind, percent)
    return _decoration(track + fill)


def latency_bar(latency: StepLatency, greatest_ms: float) -> Markup:
    """From the median (dot) to the 95th percentile (thick) and the slowest batch (thin), hidden from readers."""
    if greatest_ms <= 0:
        return Markup()
    p50, p95, top = (100 * value / greatest_ms for value in (latency.p50_ms, latency.p95_ms, latency.max_ms))
    line = Markup('<line class="{}" x1="{:.2f}%" x2="{:.2f}%" y1="{y}" y2="{y}"></line>')
    dot = Markup('<circle class="fill-ink" cx="{:.2f}%" cy="{}" r="3.5"></circle>').format(p50, _MIDDLE)
    return _decoration(line.format("whisker", p50, top, y=_MIDDLE) + line.format("range", p50, p95, y=_MIDDLE) + dot)


def _widths(values: Sequence[int]) -> list[float]:
    """Percentages that sum to 100, none below `LEAST_PERCENT`, the others in proportion."""
    total = sum(values)
    lifted = [max(100 * value / total, LEAST_PERCENT) for value in values]
    return [100 * width / sum(lifted) for width in lifted]


def _drawing(name: str, height: int, label: str, content: Markup) -> Markup:
    return Markup('<svg class="{}" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        name, height, label, content
    )


def _decoration(content: Markup) -> Markup:
    return Markup('<svg class="bar" width="100%" height="{}" aria-hidden="true">{}</svg>').format(_BAR_HEIGHT, content)
