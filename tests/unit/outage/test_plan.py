from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from reclaim.local.outage import MessageKind, Mix, Outage, plan_outage
from reclaim.local.outage.client_created.lexicon import MARKETS
from reclaim.local.outage.client_created.revenue import StagedApplication, StagedCharge
from reclaim.text.money import exponent, is_currency

# What SQS accepts in a body: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_ACCEPTED = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def test_the_same_arguments_plan_the_same_outage_to_the_byte() -> None:
    assert plan_outage(300, seed=7) == plan_outage(300, seed=7)


def test_another_seed_shares_no_body_client_application_or_charge() -> None:
    one, other = plan_outage(300, seed=7), plan_outage(300, seed=8)

    assert not {m.body for m in one.messages} & {m.body for m in other.messages}
    assert not {c["_id"] for c in one.records} & {c["_id"] for c in other.records}
    assert not {a.application_id for a in one.applications} & {a.application_id for a in other.applications}
    assert not {c.charge_id for c in one.charges} & {c.charge_id for c in other.charges}


def test_the_number_of_applications_changes_no_body() -> None:
    few, many = plan_outage(200, 7, applications_per_record=0), plan_outage(200, 7, applications_per_record=5)

    assert few.messages == many.messages
    assert (len(few.applications), len(few.charges)) == (0, 0)
    assert len(many.applications) == pytest.approx(5 * (len(many.records) + 190), rel=0.2)


def test_two_applications_for_each_client_unless_told_otherwise(outage: Outage) -> None:
    clients = {a.client_id for a in outage.applications}

    assert len(outage.applications) / len(clients) == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("messages", [0, 1, 2, 7, 20, 40, 333])
def test_an_outage_has_as_many_messages_as_it_was_asked_for(messages: int) -> None:
    assert len(plan_outage(messages, seed=3).messages) == messages


def test_the_kinds_are_exactly_those_of_the_mix(outage: Outage) -> None:
    assert outage.kinds == Mix().counts(len(outage.messages))


def test_forty_messages_show_every_kind() -> None:
    assert set(plan_outage(40, seed=1).kinds) == set(MessageKind)


def test_a_mix_of_only_follow_ups_is_refused() -> None:
    with pytest.raises(ValueError, match="brings a record"):
        plan_outage(5, 1, mix=Mix({MessageKind.AGREEING_DUPLICATE: 1}))


def test_no_two_bodies_are_alike(outage: Outage) -> None:
    assert len({message.body_sha256 for message in outage.messages}) == len(outage.messages)


def test_every_body_is_one_that_sqs_accepts(outage: Outage) -> None:
    for message in outage.messages:
        assert _ACCEPTED.fullmatch(message.body), message.kind
        assert 1 <= len(message.body.encode()) <= 110_000


def test_only_one_body_is_large(outage: Outage) -> None:
    assert sum(len(message.body) > 50_000 for message in outage.messages) == 1


def test_message_attributes_are_ones_that_sqs_accepts(outage: Outage) -> None:
    for message in outage.messages:
        assert 1 <= len(message.attributes) <= 10
        assert all(message.attributes.values())


def test_all_money_is_whole_and_in_real_currencies_of_no_two_and_three_decimals() -> None:
    outage = plan_outage(40, seed=5)
    entries: list[StagedApplication | StagedCharge] = [*outage.applications, *outage.charges]

    assert all(type(entry.amount_minor) is int for entry in entries)
    assert all(type(client["billing"]["rate_minor"]) is int for client in outage.records)
    assert {exponent(entry.currency) for entry in entries} == {0, 2, 3}
    assert all(is_currency(market.currency) for market in MARKETS)


def test_dates_are_dates_to_the_millisecond_and_lie_before_the_audit_ends(outage: Outage) -> None:
    moments = [a.document()["applied_at"] for a in outage.applications]
    moments += [c.document()["charged_at"] for c in outage.charges]

    assert all(isinstance(moment, datetime) and moment.tzinfo is UTC for moment in moments)
    assert all(moment.microsecond % 1000 == 0 for moment in moments)
    assert max(moments) < outage.window.as_of


def test_what_was_applied_for_during_the_outage_has_no_tracking_id(outage: Outage) -> None:
    during = [a for a in outage.applications if a.applied_at >= outage.window.started_at]

    assert during
    assert all(application.tracking_id is None for application in during)


def test_the_outage_can_be_moved_in_time() -> None:
    later = plan_outage(50, 7, datetime(2027, 1, 1, tzinfo=UTC))

    first = min(json.loads(m.body)["occurred_at"] for m in later.messages if m.kind is MessageKind.MISSING_NULL)
    assert first.startswith("2027-01-01T")
    assert later.window.as_of - later.window.opens_at == timedelta(days=61)


def test_clients_that_are_there_beforehand_lack_their_id_in_every_way(outage: Outage) -> None:
    lacking = [client.get("tracking_id", "(absent)") for client in outage.records]

    assert {None, "", "(absent)"} <= set(lacking)
    held = [tracking_id for tracking_id in lacking if tracking_id and tracking_id != "(absent)"]
    assert len(held) == len(set(held))


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_plans_the_same_bytes(hash_seed: str) -> None:
    program = (
        "from hashlib import sha256; from reclaim.local.outage import plan_outage; "
        "print(sha256(repr(plan_outage(120, 9)).encode()).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}

    printed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == sha256(repr(plan_outage(120, 9)).encode()).hexdigest()
