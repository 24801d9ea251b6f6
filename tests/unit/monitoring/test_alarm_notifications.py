"""Notifications come from outside: what can be read is read, everything else is ignored."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.monitoring.alarm_notifications import AlarmNotification, IgnoredNotification, read_alarm_notification
from reclaim.monitoring.alarms import AlarmKind

ALARM = {
    "AlarmName": "reclaim-jobs-dlq-depth",
    "NewStateValue": "ALARM",
    "OldStateValue": "OK",
    "StateChangeTime": "2026-11-23T07:03:46.915+0000",
}
NOTIFICATION = AlarmNotification(
    "reclaim-jobs-dlq-depth",
    "jobs-dlq",
    AlarmKind.DEPTH,
    "ALARM",
    "OK",
    datetime(2026, 11, 23, 7, 3, 46, 915000, tzinfo=UTC),
)


def test_a_notification_is_read_in_the_envelope_of_sns_and_without_it() -> None:
    assert read_alarm_notification(json.dumps({"Type": "Notification", "Message": json.dumps(ALARM)})) == NOTIFICATION
    assert read_alarm_notification(json.dumps(ALARM)) == NOTIFICATION


@pytest.mark.parametrize(
    "change",
    [
        {"AlarmName": "somebody-elses"},
        {"AlarmName": ["reclaim-jobs-dlq-depth"]},
        {"AlarmName": "reclaim-jobs dlq; drop-depth"},
        {"AlarmName": "reclaim-https://example.org/q-depth"},
        {"AlarmName": f"reclaim-{'q' * 81}-depth"},
        {"NewStateValue": "PANIC"},
        {"OldStateValue": {}},
        {"StateChangeTime": "yesterday"},
        {"StateChangeTime": "2026-11-23T07:03:46"},
        {"StateChangeTime": "0001-01-01T00:00:00+14:00"},
        {"StateChangeTime": 17},
    ],
)
def test_what_an_alarm_of_ours_cannot_have_sent_is_ignored(change: dict[str, object]) -> None:
    assert isinstance(read_alarm_notification(json.dumps({**ALARM, **change})), IgnoredNotification)


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{", '{"Message": "{"}', '{"Message": "[1]"}', "\ud800", "[" * 5000]
)
def test_what_is_no_notification_is_ignored(body: str) -> None:
    assert isinstance(read_alarm_notification(body), IgnoredNotification)


@given(st.text() | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps))
def test_nothing_raises(body: str) -> None:
    assert isinstance(read_alarm_notification(body), IgnoredNotification)


def test_the_reason_quotes_nothing() -> None:
    ignored = read_alarm_notification(json.dumps({**ALARM, "AlarmName": "SECRET"}))

    assert "SECRET" not in str(ignored)
