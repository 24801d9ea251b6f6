"""The composition root: what it hands over, and that handing over touches nothing."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from reclaim.adapters.bootstrap import DryRunPorts, MemoryPorts, Ports, open_ports
from reclaim.adapters.memory.world import MemoryWorld
from reclaim.model.clock import ManualClock
from reclaim.model.errors import SettingsError
from reclaim.settings import Settings, read_settings
from tests.builders import CONTRACT, a_creation, a_delivery, a_message, a_record, a_settlement, at

KEY = "thirty-two bytes of a test's key"


def settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"MONGO_URI": "mongodb://127.0.0.1:1", "TRACKING_KEY": KEY, **values}.items():
        monkeypatch.setenv(f"RECLAIM_{name}", value)
    return read_settings()


def in_memory(monkeypatch: pytest.MonkeyPatch, name: str = "world", **options: Any) -> tuple[MemoryWorld, Settings]:  # noqa: ANN401
    world = MemoryWorld(name, CONTRACT, ManualClock(), **options)
    return world, settings(monkeypatch, MONGO_URI=f"memory://{name}")


def test_opening_ports_reaches_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)

    ports = open_ports(settings(monkeypatch), "a-queue")
    dry = open_ports(settings(monkeypatch), "a-queue", dry_run=True)

    assert (ports.target, ports.is_dry_run) == ("a-queue", False)
    assert (dry.target, dry.is_dry_run) == ("a-queue", True)


def test_without_a_queue_the_configured_one_is_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_ports(settings(monkeypatch)).target == CONTRACT.dead_letter_queue
    assert open_ports(settings(monkeypatch, QUEUE="another")).target == "another"


@pytest.mark.parametrize("kind", [Ports, DryRunPorts])
def test_in_another_process_ports_are_their_settings_and_what_they_work_on(
    kind: type[Ports], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = open_ports(settings(monkeypatch), "a-queue", dry_run=kind is DryRunPorts)
    assert ports.contract is CONTRACT  # something was opened by now

    there: Ports = pickle.loads(pickle.dumps(ports))  # noqa: S301  (our own)

    assert type(there) is kind
    assert (there.settings, there.target) == (ports.settings, "a-queue")
    assert "contract" not in vars(there)


def test_a_world_in_memory_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = in_memory(monkeypatch)

    ports = open_ports(asked)

    assert isinstance(ports, MemoryPorts)
    assert ports.records is world.records
    assert ports.queue is world.queue
    assert ports.clock is world.clock


def test_every_port_of_a_world_passes_its_observer(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def observed(name: str, port: object) -> object:
        seen.append(name)
        return port

    _, asked = in_memory(monkeypatch, observer=observed)

    ports = open_ports(asked)
    for name in ("queue", "records", "ledger", "resolutions", "runs", "applications", "evidence", "watch_states"):
        getattr(ports, name)

    assert seen == ["queue", "records", "ledger", "resolutions", "runs", "applications", "evidence", "watch_states"]


def test_a_dry_run_reads_what_is_there_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = in_memory(monkeypatch)
    world.records.put(a_record("cl_there"))
    world.queue.send("a body")
    ports = open_ports(asked, dry_run=True)

    (message,) = ports.queue.receive(10, 0, 30)
    ports.ledger.record([message], a_delivery(), at(0))
    ports.ledger.settle([a_settlement(message.message_id)], a_delivery(), at(1))
    ports.records.write([a_creation("cl_new")])
    ports.queue.delete([message.receipt])

    assert set(ports.records.find(["cl_there", "cl_new"])) == {"cl_there", "cl_new"}
    assert set(world.records.find(["cl_there", "cl_new"])) == {"cl_there"}
    assert world.ledger.all() == []
    assert world.queue.depth().in_flight == 1
    ports.release_held()
    assert world.queue.depth().visible == 1


def test_a_dry_run_knows_what_was_settled_before(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = in_memory(monkeypatch)
    message = a_message()
    world.ledger.record([message], a_delivery(), at(0))
    world.ledger.settle([a_settlement(message.message_id)], a_delivery(), at(1))

    recorded = open_ports(asked, dry_run=True).ledger.record([message], a_delivery("another"), at(2))

    assert (recorded.fresh, recorded.settled) == ((), (message,))


def test_ports_without_a_key_refuse_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = open_ports(settings(monkeypatch, TRACKING_KEY="short"))

    with pytest.raises(SettingsError, match="RECLAIM_TRACKING_KEY is only 5 bytes long"):
        _ = ports.tracking_key


def test_ports_opened_without_a_validator_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="without a validator"):
        _ = open_ports(settings(monkeypatch)).validator
