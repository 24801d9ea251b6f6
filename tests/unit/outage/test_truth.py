from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from reclaim.local.outage import Outage, truth_of, truth_path, write_truth
from reclaim.model.outcome import Counts, Outcome


def test_received_is_the_sum_of_all_outcomes(outage: Outage) -> None:
    counts = truth_of(outage)["counts"]

    assert Counts(**counts).balanced
    assert counts["received"] == len(outage.messages)
    assert counts["deferred"] == 0


def test_causes_and_kinds_add_up_to_all_messages(outage: Outage) -> None:
    truth = truth_of(outage)

    assert sum(truth["causes"].values()) == sum(truth["kinds"].values()) == truth["messages"]


def test_every_message_is_found_by_the_fingerprint_of_its_body(outage: Outage) -> None:
    events = truth_of(outage)["events"]

    for message in outage.messages:
        entry = events[sha256(message.body.encode()).hexdigest()]
        assert (entry["outcome"], entry["cause"]) == (message.outcome, message.cause)


def test_the_file_holds_the_truth_and_is_the_same_each_time(outage: Outage, tmp_path: Path) -> None:
    path = truth_path(tmp_path / "state", outage.seed, len(outage.messages))

    write_truth(outage, path)
    first = path.read_bytes()
    write_truth(outage, path)

    assert path.name == "outage-7-3000.json"
    assert path.read_bytes() == first
    assert json.loads(first) == truth_of(outage)


def test_every_outcome_but_deferred_is_to_be_reached(outage: Outage) -> None:
    counts = truth_of(outage)["counts"]

    assert all(counts[outcome] for outcome in Outcome if outcome is not Outcome.DEFERRED)
