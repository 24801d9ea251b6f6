"""Splits an iterable into lists of a given length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items in their order; the last may be shorter, none is empty.

    `items` is read as the lists are asked for, never further. Python 3.12 has `itertools.batched`, which yields tuples.
    """
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
