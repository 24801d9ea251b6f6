"""How a run without lanes is closed when it breaks off: only its entry in the registry is to be set right."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.model.errors import ReclaimError, TransientError
from reclaim.model.run import RunRecord, RunState

_log = logging.getLogger(__name__)


@contextmanager
def closed_on_error(target: Target, ended: Callable[[RunState, str], RunRecord]) -> Iterator[None]:
    """Enter a run whose block raises into the registry as over, with the reason, and let the error go on.

    Args:
        target: whose registry it is.
        ended: the run's entry with this state and explanation. A run that was stopped, or that found something
            outside unavailable, is halted; any other failed.
    """
    try:
        yield
    except BaseException as error:
        stopped = isinstance(error, TransientError) or not isinstance(error, Exception)
        explanation = str(error) if isinstance(error, ReclaimError) else type(error).__name__
        record = ended(RunState.HALTED if stopped else RunState.FAILED, explanation)
        try:
            # Once is enough: what brought us here has been tried often, and nobody's books wait for this.
            adapters(target).runs.save(record)
        except ReclaimError as unsaved:
            _log.warning("%s could not be closed in the registry: %s", record.run_id, unsaved)
        raise
