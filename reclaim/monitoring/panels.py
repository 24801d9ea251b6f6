"""A panel of a dashboard, for CloudWatch and Grafana alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reclaim.model.metric import NAMESPACE, Unit
from reclaim.monitoring.alarms import Alarm, AlarmKind

PERIOD_SECONDS: Final = 60
"""A point a minute, as often as `reclaim watch` checks and SQS reports."""

SQS: Final = "AWS/SQS"

EVERY: Final = "*"
"""As a dimension's value: one line for each value that there is."""


class Style(StrEnum):
    """How a panel draws its series."""

    LINES = "lines"
    STACK = "stack"
    """On top of each other, to add up."""
    TOTALS = "totals"
    """A number each: the sum over all the time shown."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a panel, or several where a dimension is `EVERY`.

    Attributes:
        label: its name in the legend; lines of `EVERY` are labelled with the dimension's value.
        statistic: CloudWatch's, of the values of a period.
        dimensions: beside the queue, which all have.
    """

    label: str
    metric: str
    statistic: str = "Maximum"
    namespace: str = NAMESPACE
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def all_dimensions(self, queue: str) -> dict[str, str]:
        """With the queue, as this namespace calls it."""
        return {"QueueName" if self.namespace == SQS else "Queue": queue, **self.dimensions}

    @property
    def every(self) -> str | None:
        """The dimension of whose values each has a line."""
        return next((name for name, value in self.dimensions.items() if value == EVERY), None)


@dataclass(frozen=True, slots=True)
class Panel:
    """One graph.

    Attributes:
        tells: what it shows and what to do about it, for the person on call.
        alarm: the alarm whose threshold it draws.
        floor: where its axis begins; None where values may be negative.
    """

    title: str
    tells: str
    unit: Unit
    series: tuple[Series, ...]
    alarm: AlarmKind | None = None
    style: Style = Style.LINES
    floor: float | None = 0.0

    def alarm_among(self, alarms: Iterable[Alarm]) -> Alarm | None:
        """The one of `alarms` whose threshold it draws."""
        return next((alarm for alarm in alarms if alarm.kind is self.alarm), None)


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Panels side by side, under a heading."""

    title: str
    panels: tuple[Panel, ...]
