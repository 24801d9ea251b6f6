"""The middle one of three levels of retries, which do not multiply.

The SDK retries a blip within a second or so. The task retries what lasts longer, with exponential delays and jitter,
until the run halts. The message itself comes back much later, when its visibility timeout has run out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

from prefect import Task
from prefect import task as prefect_task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.tasks import exponential_backoff

from reclaim.model.errors import TransientError
from reclaim.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

JITTER: Final = 0.3
"""Lanes that failed together shall not come back together."""


def step(function: Callable[P, R]) -> Task[P, R]:
    """Make `function` a task that is never answered from a cache, nor its result written anywhere."""
    return prefect_task(
        name=function.__name__.replace("_", " "), cache_policy=NO_CACHE, persist_result=False, log_prints=False
    )(function)


class Retries:
    """Gives tasks the retries that the settings ask for, and counts those that are used.

    Args:
        on_trouble: called at every transient failure; its answer is whether trying again is still wanted.
    """

    def __init__(self, settings: Settings, on_trouble: Callable[[], bool] = lambda: True) -> None:
        self._settings = settings
        self._on_trouble = on_trouble
        self.used = 0

    def around(self, task: Task[P, R]) -> Task[P, R]:
        """`task` with exponential backoff and jitter on transient failures, and none on any other."""
        return task.with_options(
            retries=self._settings.task_retries,
            retry_delay_seconds=exponential_backoff(self._settings.retry_seconds),
            retry_jitter_factor=JITTER,
            # A function, not a bound method: Prefect asks `inspect.isfunction`, and takes anything else for a no.
            retry_condition_fn=lambda _task, _run, state: self._is_worth_it(state),
        )

    def _is_worth_it(self, state: State[Any]) -> bool:
        error = state.result(raise_on_failure=False)
        if not isinstance(error, TransientError):
            return False
        wanted = self._on_trouble()
        self.used += wanted
        return wanted
