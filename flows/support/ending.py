"""How a flow ends: the state that Prefect shows, and the result for the caller of the flow in this process."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

from prefect.client.schemas.objects import State
from prefect.exceptions import FailedRun, MissingResult
from prefect.states import Completed, Failed

if TYPE_CHECKING:
    from prefect import Flow

R = TypeVar("R")
T = TypeVar("T")

_results: ContextVar[list[Any] | None] = ContextVar("results", default=None)


def ends_with(result: T, message: str, *, well: bool = True) -> State[T]:
    """The last state of a flow, which shows `message` and holds `result`."""
    results = _results.get()
    if results is not None:
        results.append(result)
    state = Completed if well else Failed
    return state(message=message, data=result)


def result_of(flow: Flow[[R], State[T]], request: R) -> T:
    """What `flow` ends with, run in this process.

    The state that Prefect hands back may lack it: a server so busy that the request for the run's end is sent twice
    accepts the first, refuses the second, and answers with its own copy of the state, which has no result.

    Raises:
        BaseException: what the flow raised.
    """
    results: list[T] = []
    token = _results.set(results)
    try:
        state: State[Any] = flow(request, return_state=True)
    finally:
        _results.reset(token)
    try:
        found = state.result(raise_on_failure=False)
    except MissingResult as error:
        found = error
    if isinstance(found, FailedRun | MissingResult) and results:
        return results[-1]
    if isinstance(found, BaseException):
        raise found
    return cast("T", found)
