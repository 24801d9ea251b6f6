"""The report of an undo."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reclaim.undo.model import KeptItem, Obstacle, Undo, UndoEffect, UndoReport, UndoTotals
from tests.builders import NOW

KEPT = KeptItem("m-2", "cl_2", Obstacle.CHARGED, "Its client has had 1 charge since.")


def a_report(*, kept: tuple[KeptItem, ...] = (), removed: int = 0, **changes: Any) -> UndoReport:  # noqa: ANN401
    totals = UndoTotals()
    totals.add_undone([Undo(f"m-{n}", "cl_1", UndoEffect.REMOVED, returns=True) for n in range(10, 10 + removed)], kept)
    values: dict[str, Any] = {
        "run_id": "run-2",
        "undone_run": "run-1",
        "undone_kind": "recover",
        "queue": "dlq",
        "operator": "ann",
        "started_at": NOW,
        "finished_at": NOW,
        "counts": totals.counts,
        "kept": totals.kept,
    }
    return UndoReport(**{**values, **changes})


@pytest.mark.parametrize(
    ("report", "headline", "exit_code"),
    [
        (a_report(removed=3), "Run run-1 is undone.", 0),
        (a_report(removed=3, kept=(KEPT,)), "Run run-1 is undone, except for 1 that cannot be.", 2),
        (a_report(removed=3, dry_run=True), "Of run run-1, 3 would be undone.", 0),
        (a_report(undone_by="run-9"), "Run run-1 was undone by run-9 already. Nothing was changed.", 0),
        (a_report(), "Run run-1 left nothing that could be undone. Nothing was changed.", 0),
    ],
)
def test_the_result_is_one_sentence_and_an_exit_code(report: UndoReport, headline: str, exit_code: int) -> None:
    assert (report.headline, report.exit_code) == (headline, exit_code)


def test_what_was_refused_after_all_is_not_counted_as_undone() -> None:
    totals = UndoTotals()

    undos = [Undo("m-1", None, UndoEffect.RETURNED, returns=True), Undo("m-2", None, UndoEffect.REMOVED, returns=True)]
    totals.add_undone(undos, [KEPT])

    counted = {what: count for what, count in totals.counts.items() if count}
    assert counted == {UndoEffect.RETURNED: 1, UndoEffect.KEPT: 1}


def test_the_file_says_all_of_it() -> None:
    written = json.loads(a_report(removed=1, kept=(KEPT,)).to_json())

    assert written["counts"] == {"removed": 1, "restored": 0, "returned": 0, "detached": 0, "kept": 1}
    assert written["kept"] == [{"id": "m-2", "record_key": "cl_2", "reason": "charged", "detail": KEPT.detail}]
    assert written["exit_code"] == 2
