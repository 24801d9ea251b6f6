from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta

from reclaim.contracts.reading import read_event
from reclaim.local.outage import MessageKind, Outage
from reclaim.local.outage.client_created.lexicon import HOSTILE_NAMES
from reclaim.model.event import Event, Rejection

_DECIDED_AGAINST_OTHERS = {MessageKind.RECORD_CONFLICT, MessageKind.ID_CONFLICT}
_ENVELOPES = {
    MessageKind.SNS: "sns",
    MessageKind.EVENTBRIDGE: "eventbridge",
    MessageKind.LAMBDA_DESTINATION: "lambda_destination",
}


def _events(outage: Outage) -> dict[str, list[tuple[MessageKind, Event]]]:
    events = defaultdict(list)
    for message in outage.messages:
        event = read_event(message.body, outage.contract)
        if isinstance(event, Event):
            events[event.record_key].append((message.kind, event))
    return events


def test_every_message_reads_as_its_truth_says(any_outage: Outage) -> None:
    for message in any_outage.messages:
        reading = read_event(message.body, any_outage.contract)
        assert reading.record_key == message.record_key, message.kind
        if message.outcome == "quarantined" and message.kind not in _DECIDED_AGAINST_OTHERS:
            assert isinstance(reading, Rejection), message.kind
            assert reading.cause == message.cause
        else:
            assert isinstance(reading, Event), message.kind


def test_the_events_of_one_client_are_clearly_apart_in_time(outage: Outage) -> None:
    several = [events for events in _events(outage).values() if len(events) > 1]

    assert several
    for events in several:
        earlier, later = sorted(event.occurred_at for _, event in events)
        assert later - earlier >= timedelta(minutes=1)


def test_a_follow_up_comes_after_the_message_that_brings_its_client(outage: Outage) -> None:
    for events in _events(outage).values():
        kinds = [kind for kind, _ in sorted(events, key=lambda pair: pair[1].occurred_at)]
        assert MessageKind.AGREEING_DUPLICATE not in kinds[:1]
        assert not (MessageKind.RECORD_CONFLICT in kinds[:1] and len(kinds) > 1)


def test_the_order_in_the_queue_is_not_the_order_of_events(outage: Outage) -> None:
    orders = [
        kinds[0] is MessageKind.AGREEING_DUPLICATE
        for events in _events(outage).values()
        if MessageKind.AGREEING_DUPLICATE in (kinds := [kind for kind, _ in events])
    ]

    assert True in orders
    assert False in orders


def test_duplicates_have_an_event_id_of_their_own(outage: Outage) -> None:
    for events in _events(outage).values():
        assert len({event.event_id for _, event in events}) == len(events)


def test_enveloped_events_are_repairable_and_say_what_they_came_in(outage: Outage) -> None:
    for message in outage.messages:
        if message.kind in _ENVELOPES:
            reading = read_event(message.body, outage.contract)
            assert isinstance(reading, Event)
            assert reading.envelope.startswith(_ENVELOPES[message.kind])


def test_envelopes_within_envelopes_occur(outage: Outage) -> None:
    kinds = {event.envelope for events in _events(outage).values() for _, event in events}

    assert {"sns/eventbridge", "lambda_destination/records"} <= kinds


def test_hostile_names_are_valid_and_occur(outage: Outage) -> None:
    names = {event.fields["name"] for events in _events(outage).values() for _, event in events}
    held = {client["name"] for client in outage.records}

    assert set(HOSTILE_NAMES) <= names | held
    assert len(set(HOSTILE_NAMES) & names) >= 5


def test_unknown_fields_occur_in_valid_events(outage: Outage) -> None:
    bodies = [json.loads(m.body) for m in outage.messages if m.kind is MessageKind.MISSING_NULL]

    assert any("labels" in body for body in bodies)


def test_violations_carry_markup_formulas_and_operators(outage: Outage) -> None:
    bodies = "".join(m.body for m in outage.messages if m.kind is MessageKind.SCHEMA_VIOLATION)

    for trap in ("<script>", "=HYPERLINK(", '"$gt"', '"rate.minor"', "ZZZ"):
        assert trap in bodies


def test_malformed_bodies_are_malformed_in_every_way(outage: Outage) -> None:
    details = {
        read_event(m.body, outage.contract).detail.split(" at ")[0]  # type: ignore[union-attr]
        for m in outage.messages
        if m.kind is MessageKind.MALFORMED
    }

    assert {
        "nested too deeply",
        "holds escapes that are no valid Unicode text",
        "holds a number that no program can hold",
    } <= details
