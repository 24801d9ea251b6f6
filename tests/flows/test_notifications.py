"""Notifications of a run or a check: exactly one event each, and none where none is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client

from reclaim.model.errors import SettingsError, StoreUnavailable
from reclaim.monitoring.run_notifications import Notification, Occasion
from reclaim.settings import read_settings
from tests.flows.test_pausing import ANN, deploy
from tests.flows.test_watch import check
from tests.flows.world import PASSWORD, QUEUE, World, always, event

Heard = Callable[[], list[dict[str, Any]]]
URL = "http://127.0.0.1:9/SECRETMARKER"


@pytest.fixture
def heard(world: World) -> Heard:
    """The payloads of the notifications that Prefect's server was given since the test began, in their order."""
    since = datetime.now(UTC).isoformat()
    occasions = [occasion.value for occasion in Occasion]

    def asked(names: list[str], resource: str) -> list[dict[str, Any]]:
        narrowed = {"event": {"name": names}, "resource": {"id": [resource]}, "occurred": {"since": since}}
        with get_client(sync_client=True) as server:
            found: list[dict[str, Any]] = server.request(
                "POST", "/events/filter", json={"filter": {**narrowed, "order": "ASC"}}
            ).json()["events"]
        return found

    def hear() -> list[dict[str, Any]]:
        from reclaim.adapters.prefect_api.events import emit  # noqa: PLC0415  (Prefect reads its settings when it is imported)

        # Whatever was sent before it is there when it is: the server keeps events in the order in which they came.
        last = Notification(Occasion.FAILED, f"sentinel-{uuid4().hex[:8]}", "", datetime.now(UTC))
        emit([last], "the test does not know")
        until = time.monotonic() + 30
        while not asked([last.name], last.resource_id):
            assert time.monotonic() < until
            time.sleep(0.25)
        return [{"event": one["event"], **one["payload"]} for one in asked(occasions, f"reclaim.queue.{QUEUE}")]

    return hear


def events(heard: list[dict[str, Any]]) -> list[str]:
    return [one["event"] for one in heard]


def test_a_run_that_halts_is_notified_once_with_its_sentence_and_no_body_or_secret(world: World, heard: Heard) -> None:
    world.send_events(30)
    world.meddle("records.write", always(StoreUnavailable("MongoDB does not answer.")))

    report = world.recover()

    (notified,) = heard()
    assert notified["event"] == Occasion.HALTED
    assert (notified["run_id"], notified["queue"]) == (report.run_id, QUEUE)
    assert notified["headline"].startswith("Halted: 0 of ")
    assert "MongoDB does not answer." in notified["detail"]
    assert "/runs/flow-run/" in notified["link"]
    assert not any(secret in str(notified) for secret in ("BODYMARKER", "KEYMARKER", PASSWORD))


def test_a_run_that_fails_its_validation_is_notified_once(world: World, heard: Heard) -> None:
    world.memory.validator = None  # the real one
    world.send_events(3)
    world.meddle("records.recovered_by", lambda _real, *_args: [])

    world.recover()

    (notified,) = heard()
    assert notified["event"] == Occasion.VALIDATION_FAILED
    assert "critical expectation" in notified["headline"]


def test_an_approver_is_notified_when_the_run_is_suspended_and_not_again(
    world: World, settings: pytest.MonkeyPatch, heard: Heard
) -> None:
    settings.setenv("RECLAIM_APPROVAL_MESSAGES", "1")
    run = deploy(world, reason="INC-1")
    run.take_up()

    (notified,) = heard()
    assert notified["event"] == Occasion.NEEDS_APPROVAL
    assert "A recovery of 2 messages needs an approver" in notified["headline"]
    assert str(run.run_id) in notified["link"]

    run.answer(**{**ANN, "decision": "reject"})
    run.take_up()
    assert events(heard()) == [Occasion.NEEDS_APPROVAL, Occasion.HALTED]


def test_a_deadline_is_notified_once(world: World, settings: pytest.MonkeyPatch, heard: Heard) -> None:
    settings.setenv("RECLAIM_NOTIFY_RETENTION_PERCENT", "0.000000001")
    world.send_events(3)
    world.clock.sleep(1)

    check(world)
    check(world)

    (notified,) = heard()
    assert notified["event"] == Occasion.DEADLINE_NEAR
    assert notified["headline"].startswith("SQS drops the oldest of 3 messages in ")


def test_a_deployed_run_that_is_refused_is_notified_and_one_at_a_terminal_is_not(
    world: World, settings: pytest.MonkeyPatch, heard: Heard
) -> None:
    settings.setenv("RECLAIM_TRACKING_KEY", "short")
    with pytest.raises(SettingsError):
        world.recover()

    deploy(world).take_up()

    (notified,) = heard()
    assert notified["event"] == Occasion.FAILED
    assert "RECLAIM_TRACKING_KEY is only 5 bytes long" in notified["detail"]


def test_nobody_is_notified_of_a_run_that_did_its_work(world: World, heard: Heard) -> None:
    world.send(event("cl_1"), "not JSON")
    world.recover(dry_run=True)
    world.recover()

    assert heard() == []


@pytest.mark.usefixtures("prefect_database")
def test_provisioning_creates_what_is_missing_once_and_corrects_what_differs(settings: pytest.MonkeyPatch) -> None:
    from reclaim.adapters.prefect_api.notifications import Notifications  # noqa: PLC0415

    settings.setenv("RECLAIM_QUEUE", "Mixed_Case-dlq")
    first, moved = Notifications(read_settings(), URL), Notifications(read_settings(), f"{URL}2")

    planned = first.plan()
    assert [line.rpartition(" ")[2] for line in planned] == ["create", "create"]
    assert first.apply() == planned
    assert (first.plan(), first.apply()) == ([], [])
    assert [line.rpartition(" ")[2] for line in moved.apply()] == ["change"]
    assert moved.plan() == []


@pytest.mark.usefixtures("prefect_database")
def test_what_is_switched_off_stays_off(settings: pytest.MonkeyPatch) -> None:
    from reclaim.adapters.prefect_api.notifications import Notifications  # noqa: PLC0415

    settings.setenv("RECLAIM_QUEUE", "muted-dlq")
    Notifications(read_settings(), URL).apply()
    with get_client(sync_client=True) as server:
        (automation,) = server.read_automations_by_name("reclaim-muted-dlq-notifications")
        server.pause_automation(automation.id)

        assert Notifications(read_settings(), URL).plan() == []
        Notifications(read_settings(), f"{URL}2").apply()
        (automation,) = server.read_automations_by_name("reclaim-muted-dlq-notifications")

    assert not automation.enabled


@pytest.mark.usefixtures("prefect_database")
def test_the_address_is_a_secret_to_those_who_may_read_blocks(settings: pytest.MonkeyPatch) -> None:
    from reclaim.adapters.prefect_api.notifications import Notifications  # noqa: PLC0415

    settings.setenv("RECLAIM_QUEUE", "secret-dlq")
    Notifications(read_settings(), URL).apply()

    with get_client(sync_client=True) as server:
        block = server.read_block_document_by_name("reclaim-secret-dlq", "custom-webhook", include_secrets=False)

    assert "SECRETMARKER" not in str(block.data)


@pytest.mark.usefixtures("prefect_database")
@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.example.com/x", "custom-webhook"),
        ("https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/aaaaaaaaaaaaaaaaaaaaaaaa", "slack-webhook"),
        ("mailtos://user:password@example.com?to=oncall@example.com", "slack-webhook"),
    ],
)
def test_the_address_says_what_kind_of_block_it_takes(url: str, kind: str) -> None:
    from reclaim.adapters.prefect_api.channels import channel  # noqa: PLC0415

    assert channel(url).get_block_type_slug() == kind


@pytest.mark.usefixtures("prefect_database")
@pytest.mark.parametrize("url", ["nonsense", "https://", "gopher://SECRETMARKER"])
def test_an_address_that_nothing_can_be_sent_to_is_refused_and_not_repeated(url: str) -> None:
    from reclaim.adapters.prefect_api.channels import channel  # noqa: PLC0415

    with pytest.raises(SettingsError, match="RECLAIM_NOTIFY_URL") as refused:
        channel(url)
    assert "SECRETMARKER" not in str(refused.value)


@pytest.mark.usefixtures("prefect_database")
def test_two_queues_never_share_a_block() -> None:
    from reclaim.adapters.prefect_api.channels import slug  # noqa: PLC0415

    names = ["jobs-dlq", "Jobs-dlq", "jobs_dlq", "jobs-dlq.fifo", "jobs.dlq"]

    assert len({slug(name) for name in names}) == len(names)
    assert slug("jobs-dlq") == "jobs-dlq"
