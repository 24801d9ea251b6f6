"""The frame of a chart over time: horizontal rules with their values, moments below, curves between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reclaim.reports.scale import marks, time_marks
from reclaim.text.figures import duration, number

UNITS: Final = 1000
"""Curves are drawn on a square of this many units, which the frame stretches to its own size."""

_TOP: Final = 18
_BOTTOM: Final = 22
_LAST_MARK_PERCENT: Final = 97

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
