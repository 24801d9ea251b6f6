from __future__ import annotations

from dataclasses import asdict

import pytest

from reclaim.model.outcome import Cause, Counts, Outcome


def test_the_counts_balance_when_every_received_message_has_one_outcome() -> None:
    assert Counts(received=10, recovered=4, duplicate=3, quarantined=2, deferred=1).balanced


@pytest.mark.parametrize(
    "counts", [Counts(received=1), Counts(recovered=1), Counts(received=3, recovered=2, deferred=2)]
)
def test_a_message_lost_or_counted_twice_shows(counts: Counts) -> None:
    assert not counts.balanced


def test_outcomes_that_no_message_had_count_as_none() -> None:
    counts = Counts.of(3, {Outcome.RECOVERED: 2, Outcome.DEFERRED: 1})

    assert counts.as_dict() == asdict(Counts(received=3, recovered=2, deferred=1))
    assert list(counts.as_dict()) == ["received", "recovered", "duplicate", "quarantined", "deferred"]


def test_only_a_deferred_message_stays_in_the_queue() -> None:
    assert [outcome for outcome in Outcome if not outcome.is_final] == [Outcome.DEFERRED]


def test_the_codes_are_those_that_reports_and_alarms_are_built_on() -> None:
    assert {cause.value for cause in Cause} == {
        "missing_id",
        "carried_id",
        "already_recovered",
        "malformed_json",
        "schema_violation",
        "unsupported_event_type",
        "unsupported_schema_version",
        "record_conflict",
        "id_conflict",
        "unreadable_envelope",
        "payload_unavailable",
        "unusable_record",
        "store_unavailable",
        "halted",
    }


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_belongs_to_one_outcome(cause: Cause) -> None:
    expected = {
        Cause.MISSING_ID: Outcome.RECOVERED,
        Cause.CARRIED_ID: Outcome.RECOVERED,
        Cause.ALREADY_RECOVERED: Outcome.DUPLICATE,
        Cause.STORE_UNAVAILABLE: Outcome.DEFERRED,
        Cause.HALTED: Outcome.DEFERRED,
    }

    assert cause.outcome is expected.get(cause, Outcome.QUARANTINED)
