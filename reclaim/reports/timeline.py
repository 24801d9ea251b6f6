"""The run over time: what was settled, and at what pace."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from reclaim.model.outcome import Outcome
from reclaim.reports.model import ProgressSample
from reclaim.reports.plot import Frame, Point
from reclaim.text.figures import counted, duration, number

MOST_POINTS: Final = 240
"""More would not be seen, and would make the page heavy."""

_PACE_BINS: Final = 40


def settled_chart(timeline: Sequence[ProgressSample]) -> Markup:
    """Messages accounted for so far, stacked by outcome; nothing where there is too little to draw."""
    samples = thinned(timeline)
    if not _is_drawable(samples):
        return Markup()
    last = samples[-1]
    frame = Frame.around(last.seconds, last.settled_total, 200)
    curves, lower = Markup(), [(sample.seconds, 0.0) for sample in samples]
    for outcome in Outcome:
        upper = [
            (seconds, below + sample.settled.get(outcome, 0))
            for (seconds, below), sample in zip(lower, samples, strict=True)
        ]
        if last.settled.get(outcome, 0):
            curves += frame.area(lower, upper, outcome.value)
        lower = upper
    label = f"{counted(last.settled_total, 'message')} accounted for in {duration(last.seconds)}"
    return frame.drawing(curves, f"Messages accounted for over time: {label}.")


def pace_chart(timeline: Sequence[ProgressSample]) -> Markup:
    """Messages settled per second (area) and the pace that was allowed (line)."""
    samples = thinned(timeline)
    if not _is_drawable(samples):
        return Markup()
    real, allowed = settled_pace(timeline), [(sample.seconds, sample.pace) for sample in samples]
    greatest = max(value for _, value in [*real, *allowed])
    frame = Frame.around(samples[-1].seconds, greatest, 110)
    curves = frame.area([(seconds, 0.0) for seconds, _ in real], real, "quiet")
    if any(value for _, value in allowed):
        curves += frame.line(allowed, "ink")
    top = number(round(max(value for _, value in real), 1))
    return frame.drawing(curves, f"Messages settled per second over time, at most {top}.")


def settled_pace(timeline: Sequence[ProgressSample]) -> list[Point]:
    """Messages settled per second as steps over equal spans of time, two points a step."""
    points: list[Point] = []
    for before, after in pairwise(thinned(timeline, _PACE_BINS)):
        span = after.seconds - before.seconds
        if span > 0:
            pace = (after.settled_total - before.settled_total) / span
            points += [(before.seconds, pace), (after.seconds, pace)]
    return points


def thinned(timeline: Sequence[ProgressSample], most: int = MOST_POINTS) -> list[ProgressSample]:
    """At most `most` samples, evenly taken, always with the first and the last."""
    if len(timeline) <= most:
        return list(timeline)
    stride = (len(timeline) - 1) / (most - 1)
    return [timeline[round(index * stride)] for index in range(most)]


def _is_drawable(samples: Sequence[ProgressSample]) -> bool:
    return len(samples) > 1 and samples[-1].seconds > samples[0].seconds and samples[-1].settled_total > 0
