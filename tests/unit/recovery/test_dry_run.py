"""I9: a dry run goes the way of a real one, writes nothing, deletes nothing, and puts back what it received."""

from __future__ import annotations

import pytest

from reclaim.exposure.holding import HoldingQueue
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import RecordWrite, WriteKind
from reclaim.recovery.dry_run import OverlayLedger, OverlayRecords
from tests.bench import Bench
from tests.builders import (
    CONTRACT,
    RUN,
    a_body,
    a_creation,
    a_delivery,
    a_message,
    a_record,
    a_recovery,
    a_settlement,
    at,
)

HOLD = 300


@pytest.fixture
def real() -> Bench:
    bench = Bench()
    for body in (a_body("cl_1"), a_body("cl_1", second=1), a_body("cl_2"), "{", a_body("cl_3", name="Beta Talent")):
        bench.queue.send(body)
    bench.records.put(a_record("cl_2"))
    bench.records.put(a_record("cl_3", identity=None))
    return bench


@pytest.fixture
def dry(real: Bench) -> Bench:
    """The real world with its writes held back."""
    bench = Bench()
    bench.clock = real.clock
    bench.runs = real.runs
    bench.queue = HoldingQueue(real.queue, HOLD, real.clock)  # type: ignore[assignment]
    bench.ledger = OverlayLedger(real.ledger)  # type: ignore[assignment]
    bench.records = OverlayRecords(CONTRACT, bench.ledger, real.records)  # type: ignore[assignment]
    return bench


def drain(bench: Bench) -> None:
    while bench.drain_one(batch_size=2):
        pass


def test_a_dry_run_decides_what_a_real_run_decides(real: Bench, dry: Bench) -> None:
    drain(dry)
    decided = dry.ledger.count(RUN)
    dry.queue.release()  # type: ignore[attr-defined]

    drain(real)

    assert decided == real.ledger.count(RUN)
    assert decided == {
        (Outcome.RECOVERED, Cause.MISSING_ID): 1,
        (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED): 2,
        (Outcome.QUARANTINED, Cause.MALFORMED_JSON): 1,
        (Outcome.QUARANTINED, Cause.RECORD_CONFLICT): 1,
    }


def test_a_dry_run_writes_nothing_and_deletes_nothing(real: Bench, dry: Bench) -> None:
    before = real.records.all()

    drain(dry)

    assert real.records.all() == before
    assert list(real.ledger.of_run(RUN)) == []
    assert real.queue.depth().total == 5


def test_what_a_dry_run_received_stays_hidden_until_it_is_released(real: Bench, dry: Bench) -> None:
    drain(dry)
    hidden = real.queue.depth().visible
    seems_left = dry.queue.depth().total

    dry.queue.release()  # type: ignore[attr-defined]

    assert (hidden, seems_left, real.queue.depth().visible) == (0, 0, 5)


def test_what_a_real_run_settled_is_settled_for_the_dry_run_too(real: Bench, dry: Bench) -> None:
    messages = [a_message(message_id="m-1"), a_message(message_id="m-2")]
    real.ledger.record(messages[:1], a_delivery(), at(0))
    real.ledger.settle([a_settlement("m-1")], a_delivery(), at(1))

    recorded = dry.ledger.record(messages, a_delivery("d-2", "dry"), at(2))
    dry.ledger.mark_deleted(["m-1", "m-2"], at(3))

    assert [message.message_id for message in recorded.fresh] == ["m-2"]
    assert [message.message_id for message in recorded.settled] == ["m-1"]
    assert "deleted" not in real.ledger.find(["m-1"])["m-1"].steps


def test_later_batches_see_what_earlier_ones_would_have_written(dry: Bench) -> None:
    dry.records.write([a_creation("cl_9", "m-9")])

    assert dry.records.find(["cl_9", "cl_2"]).keys() == {"cl_9", "cl_2"}
    own, real_one = a_record("cl_9").identity or "", a_record("cl_2").identity or ""
    assert dry.records.owners([own, real_one]) == {own: "cl_9", real_one: "cl_2"}


def test_a_write_is_compared_with_what_is_really_there(dry: Bench) -> None:
    taken = a_record("cl_2").identity
    dry.records.write(
        [
            a_creation("cl_2", name="another name"),
            a_creation("cl_9", identity=taken),
            RecordWrite(WriteKind.ATTACH, a_record("cl_3", recovery=a_recovery("m-3"))),
        ]
    )

    found = dry.records.find(["cl_2", "cl_3", "cl_9"])
    assert found["cl_2"].fields["name"] == "Acme Staffing"
    assert found["cl_3"].identity == a_record("cl_3").identity
    assert "cl_9" not in found
