"""Numbers as people read them: thousands apart, durations in their own unit, money in its own currency."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from reclaim.text.money import format_minor

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_SECOND_MS: Final = 1000


def number(value: float) -> str:
    """``5000`` → ``"5,000"``; a fraction keeps one decimal below 100 and none above."""
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"  # noqa: PLR2004


def counted(count: int, one: str, many: str = "") -> str:
    """``1, "message"`` → ``"1 message"``; ``2`` → ``"2 messages"``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """What part of the whole, as a percentage that says neither 0 nor 100 unless it is."""
    if whole <= 0 or part == 0:
        return "0%"
    if part == whole:
        return "100%"
    percent = 100 * part / whole
    if percent < 0.1:  # noqa: PLR2004
        return "<0.1%"
    return ">99.9%" if percent > 99.9 else f"{percent:.1f}%"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """``192`` → ``"3 min 12 s"``; the two largest units, a tenth of a second below ten seconds."""
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for unit, name, smaller, small_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {small_name}" if rest else "")
    return f"{whole} s"


def elapsed(milliseconds_: float) -> str:
    """A latency that may be days: as `milliseconds` below ten seconds, as `duration` from there."""
    seconds = milliseconds_ / _SECOND_MS
    return milliseconds(milliseconds_) if seconds < 10 else duration(seconds)  # noqa: PLR2004


def milliseconds(value: float) -> str:
    """A latency: ``"0.4 ms"``, ``"38 ms"``, ``"1.25 s"``."""
    if value >= _SECOND_MS:
        return f"{value / _SECOND_MS:,.2f} s"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"  # noqa: PLR2004


def moment(when: datetime | None) -> str:
    """``"20 November 2026, 08:15:30 UTC"``; in words where there is none."""
    if when is None:
        return "not known"
    utc = when.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M:%S} UTC"


def amount(minor: int, currency: str) -> str:
    """Money in the currency's own decimals; bare minor units where the code is none that ISO 4217 knows."""
    try:
        return format_minor(minor, currency)
    except ValueError:
        return f"{minor:,} minor units of {currency}"
