from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reclaim.local.layout import Layout
from reclaim.local.stack import Stack
from reclaim.local.testing.script_service import ScriptService


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.at(tmp_path)


@pytest.fixture
def stack_of(layout: Layout) -> Iterator[Callable[..., Stack]]:
    """Makes stacks of script services; takes down whatever a test leaves."""
    made: list[Stack] = []

    def make(*services: ScriptService) -> Stack:
        made.append(Stack(layout, services))
        return made[-1]

    yield make
    for stack in made:
        stack.down()
