"""Divides whole things by shares, so that the parts add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")


def apportion(total: int, shares: Mapping[Key, int]) -> dict[Key, int]:
    """Divide `total` by the method of the largest remainder (Hamilton's).

    With two or more for each share, every share gets at least one, at the expense of the largest: rare kinds
    must show in small outages too. With fewer, only the common ones are seen.
    """
    whole = sum(shares.values())
    parts = {key: total * share // whole for key, share in shares.items()}
    # Sorting is stable: equal remainders are served in the order of the shares.
    by_remainder = sorted(shares, key=lambda key: -(total * shares[key] % whole))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    if total >= 2 * len(shares):
        _see_each(parts)
    return parts


def _see_each(parts: dict[Key, int]) -> None:
    for key, part in parts.items():
        if part == 0:
            parts[max(parts, key=parts.__getitem__)] -= 1
            parts[key] = 1
