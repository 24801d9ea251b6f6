"""What a recovery leaves is sealed, whatever happens to it."""

from __future__ import annotations

import pytest

from reclaim.evidence.keys import HmacKey, KeyRing
from reclaim.evidence.verification import Verification
from reclaim.evidence.verifying import verify
from reclaim.model.errors import SettingsError, StoreUnavailable
from tests.flows.world import World, always

KEY = "EVIDENCEMARKER-0123456789abcdef0123456789"


@pytest.fixture
def signed(world: World, settings: pytest.MonkeyPatch) -> World:
    settings.setenv("RECLAIM_EVIDENCE_KEY", KEY)
    return world


def checked(world: World) -> Verification:
    return verify(world.reports, KeyRing([HmacKey(KEY.encode())]))


def test_nothing_is_written_into_a_folder_after_its_manifest(signed: World) -> None:
    signed.send_events(5)
    first = signed.recover(reason="INC-1").run_id
    second = signed.recover(dry_run=True).run_id

    found = checked(signed)

    assert found.verdict.startswith("2 runs: ")
    assert found.sound
    assert [run.run_id for run in found.runs] == [first, second]
    saved = signed.runs.get(first)
    assert saved
    assert saved.evidence["manifest.json"] == found.runs[0].manifest_sha256
    assert {"messages.csv", "messages.csv.rows", "events.jsonl", "report.html"} <= saved.evidence.keys()


def test_a_halted_run_whose_chain_does_not_answer_is_sealed_without_it(signed: World) -> None:
    signed.recover()
    signed.send_events(5)
    away = StoreUnavailable("MongoDB does not answer.")
    signed.meddle("ledger.record", always(away))
    signed.meddle("evidence.of_run", always(away))
    signed.run()

    found = checked(signed)

    assert found.sound
    assert found.runs[0].notes == ("This run stands in no chain: MongoDB does not answer.",)
    signed.meddling.clear()
    signed.recover()
    assert [run.sequence for run in checked(signed).runs] == [None, 1, 2]


def test_a_key_that_cannot_sign_is_found_out_before_anything_is_touched(
    world: World, settings: pytest.MonkeyPatch
) -> None:
    settings.setenv("RECLAIM_EVIDENCE_KEY", "short")
    world.send_events(1)

    with pytest.raises(SettingsError, match="only 5 bytes long"):
        world.recover()

    assert world.depth.visible == 1
    assert world.runs.latest(1) == []


def test_a_run_that_dies_between_its_place_and_its_manifest_is_finished_by_the_next(signed: World) -> None:
    first = signed.recover().run_id
    # What is left of a run that was killed there: its place in the chain, and no manifest.
    (signed.reports / first / "manifest.json").unlink()
    assert not checked(signed).sound

    signed.recover()

    assert checked(signed).sound
