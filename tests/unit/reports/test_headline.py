from collections.abc import Callable
from typing import Any

import pytest

from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Counts
from reclaim.model.run import RunState
from reclaim.reports.headline import Tone, headline, tone
from reclaim.reports.model import Attention, BrokenExpectation, RunReport

NOTHING = Attention()
BROKEN = BrokenExpectation(suite="s", expectation="e", severity="critical", unexpected=1)


@pytest.mark.parametrize(
    ("changes", "sentence", "expected"),
    [
        ({}, "4,812 of 5,000 messages recovered; 97 need a person.", Tone.ATTENTION),
        (
            {"counts": Counts(5000, 5000), "attention": NOTHING},
            "All 5,000 messages recovered; nothing needs a person.",
            Tone.GOOD,
        ),
        (
            {"counts": Counts(10, 9, 1), "attention": NOTHING},
            "9 of 10 messages recovered, 1 was a duplicate; nothing needs a person.",
            Tone.GOOD,
        ),
        (
            {"counts": Counts(1, 1), "attention": Attention(expectations=(BROKEN,))},
            "1 message recovered; no message needs a person; 1 expectation not met.",
            Tone.ATTENTION,
        ),
        (
            {"counts": Counts(12, 9, 0, 1, 2)},
            "9 of 12 messages recovered; 1 needs a person; 2 stayed in the queue.",
            Tone.ATTENTION,
        ),
        (
            {"dry_run": True},
            "Dry run, nothing was changed. 4,812 of 5,000 messages would be recovered; 97 would need a person.",
            Tone.NEUTRAL,
        ),
        (
            {"state": RunState.HALTED, "counts": Counts(120, 100, 0, 5, 15)},
            "Halted: 100 of 120 messages recovered; 5 need a person; 15 back in the queue.",
            Tone.BAD,
        ),
        (
            {"state": RunState.HALTED, "counts": Counts()},
            "Halted before any message was received; nothing was touched.",
            Tone.BAD,
        ),
        (
            {"state": RunState.FAILED, "counts": Counts(5000, 4812), "balanced": False},
            "Failed: the counts do not balance. 5,000 received, 4,812 accounted for.",
            Tone.BAD,
        ),
        (
            {"state": RunState.FAILED, "attention": Attention(expectations=(BROKEN,))},
            "Failed: 4,812 of 5,000 messages recovered, but 1 critical expectation not met.",
            Tone.BAD,
        ),
        ({"state": RunState.FAILED, "counts": Counts()}, "Failed before any message was received.", Tone.BAD),
        (
            {"state": RunState.FAILED, "counts": Counts(108, 108)},
            "Failed before the end: 108 of 108 messages recovered; 0 back in the queue.",
            Tone.BAD,
        ),
        (
            {"state": RunState.HALTED, "counts": Counts(148, 148)},
            "Halted: 148 of 148 messages recovered; 0 back in the queue.",
            Tone.BAD,
        ),
        (
            {"state": RunState.INTERRUPTED},
            "Interrupted: 4,812 of 5,000 messages recovered before the process died. A rerun finishes the work safely.",
            Tone.BAD,
        ),
        (
            {"state": RunState.RUNNING},
            "Still running: 4,812 of 5,000 messages recovered so far.",
            Tone.NEUTRAL,
        ),
        (
            {"counts": Counts(), "attention": NOTHING},
            "The queue was empty: there was nothing to recover.",
            Tone.GOOD,
        ),
        (
            {"counts": Counts(), "attention": NOTHING, "reacknowledged": 14},
            "Nothing new to recover; 14 messages settled by an earlier run deleted again.",
            Tone.GOOD,
        ),
        (
            {"counts": Counts(), "queue_after": QueueDepth(0, 3, 0), "attention": NOTHING},
            "No message could be received; 3 messages in flight elsewhere.",
            Tone.GOOD,
        ),
    ],
)
def test_each_end_of_a_run_is_said_in_one_sentence(
    report: Callable[..., RunReport], changes: dict[str, Any], sentence: str, expected: Tone
) -> None:
    made = report(**changes)

    assert headline(made) == sentence
    assert tone(made) is expected
