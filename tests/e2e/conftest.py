"""A stack that a test may start and stop as it likes; the running one is in `tests/conftest.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reclaim.local.stack import Stack
from reclaim.local.testing.stack_handle import StackHandle
from tests.support.commands import ForkServer


@pytest.fixture
def idle_stack(tmp_path: Path, tools: Path, commands: ForkServer) -> Iterator[StackHandle]:
    """A stack that is not up; whatever a test starts of it is stopped."""
    handle = StackHandle.at(tmp_path, tools, commands.start)
    yield handle
    Stack(handle.layout).down()
