"""The frame of a chart over time: horizontal rules with their values, moments below, curves between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reclaim.text.figures import duration, number

UNITS: Final = 1000
"""Curves are drawn on a square of this many units, which the frame stretches to its own size."""

_TOP: Final = 18
_BOTTOM: Final = 22
_LAST_MARK_PERCENT: Final = 97

_TIME_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Seconds that people count in."""

Point = tuple[float, float]
"""Seconds, value."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A chart's extent: seconds to the right, values upward to the last of the round numbers."""

    seconds: float
    values: tuple[float, ...]
    height: int

    @classmethod
    def around(cls, seconds: float, greatest: float, height: int) -> Frame:
        """The frame that holds values up to `greatest`; `height` in pixels without the labels."""
        return cls(max(seconds, 1e-9), tuple(marks(greatest, 3 if height < 150 else 4)), height)  # noqa: PLR2004

    def line(self, points: Sequence[Point], kind: str) -> Markup:
        """A line through `points`."""
        return Markup('<path class="line line-{}" d="M{}"></path>').format(kind, self._path(points))

    def area(self, lower: Sequence[Point], upper: Sequence[Point], kind: str) -> Markup:
        """The area between two lines."""
        outline = f"{self._path(upper)}L{self._path(list(reversed(lower)))}Z"
        return Markup('<path class="area fill-{}" d="M{}"></path>').format(kind, outline)

    def drawing(self, curves: Markup, label: str) -> Markup:
        """The whole chart; `label` says in words what it shows."""
        return Markup(
            '<svg class="plot" width="100%" height="{}" role="img" aria-label="{}">{}'
            '<svg x="0" y="{}" width="100%" height="{}" viewBox="0 0 {units} {units}" '
            'preserveAspectRatio="none">{}</svg>{}</svg>'
        ).format(
            self.height + _TOP + _BOTTOM, label, self._rules(), _TOP, self.height, curves, self._marks(), units=UNITS
        )

    def _path(self, points: Sequence[Point]) -> str:
        top = self.values[-1] if self.values else 1.0
        return "L".join(
            f"{UNITS * seconds / self.seconds:.1f},{UNITS * (1 - value / top):.1f}" for seconds, value in points
        )

    def _rules(self) -> Markup:
        """The horizontal lines, the base included."""
        line = Markup('<line class="{}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"></line>')
        base = line.format("base", y=_TOP + self.height)
        return base + Markup().join(line.format("rule", y=self._y(value)) for value in self.values)

    def _marks(self) -> Markup:
        """The words, above the curves so that these cannot hide them."""
        value_mark = Markup('<text class="mark" x="0" y="{:.1f}">{}</text>')
        values = Markup().join(value_mark.format(self._y(value) - 4, number(value)) for value in self.values)
        return values + Markup().join(self._moment(seconds) for seconds in time_marks(self.seconds))

    def _moment(self, seconds: float) -> Markup:
        percent = 100 * seconds / self.seconds
        anchor = "start" if seconds == 0 else "end" if percent > _LAST_MARK_PERCENT else "middle"
        return Markup('<text class="mark" x="{:.2f}%" y="{}" text-anchor="{}">{}</text>').format(
            percent, self.height + _TOP + _BOTTOM - 6, anchor, duration(seconds)
        )

    def _y(self, value: float) -> float:
        return _TOP + self.height * (1 - value / self.values[-1])


def marks(greatest: float, count: int = 4) -> list[float]:
    """About `count` round numbers above 0; the last is `greatest` or the next round number above it."""
    if greatest <= 0:
        return []
    rough = greatest / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [step * number for number in range(1, math.ceil(greatest / step - 1e-9) + 1)]


def time_marks(seconds: float, count: int = 6) -> list[float]:
    """Round moments from 0 up to `seconds`, at most `count` after the first."""
    if seconds <= 0:
        return [0.0]
    step = next((step for step in _TIME_STEPS if seconds / step <= count), None)
    if step is None:
        step = math.ceil(seconds / count / _TIME_STEPS[-1]) * _TIME_STEPS[-1]
    return [float(step * number) for number in range(int(seconds // step) + 1)]
