"""Looks at every message of a queue once and puts all of them back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from reclaim.model.message import DeadLetter
from reclaim.recovery.dry_run import HoldingQueue

_CALL_LIMIT = 10
_AT_ONCE = 4


def look_at_all(
    queue: HoldingQueue,
    limit: int,
    wait_seconds: int,
    hold_seconds: int,
    on_letters: Callable[[list[DeadLetter]], None],
) -> None:
    """Receive up to `limit` messages, a few calls at once, until a round brings none; then release every one.

    What was received stays hidden meanwhile, so that it is seen once. Receiving raises the receive count: that is
    the one trace a look leaves.

    Every round's messages go to `on_letters`.
    """
    seen: set[str] = set()
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while len(seen) < limit:
                calls = min(_AT_ONCE, -(-(limit - len(seen)) // _CALL_LIMIT))
                rounds = pool.map(lambda _: queue.receive(_CALL_LIMIT, wait_seconds, hold_seconds), range(calls))
                got = {letter.message_id: letter for letters in rounds for letter in letters}
                if not got:
                    return
                fresh = [letter for message_id, letter in got.items() if message_id not in seen]
                seen |= got.keys()
                on_letters(fresh[: limit - len(seen) + len(fresh)])
    finally:
        queue.release()
