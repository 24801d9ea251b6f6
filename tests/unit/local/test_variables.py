"""What a stack keeps from one `up` to the next."""

from __future__ import annotations

import json
from pathlib import Path

from reclaim.local.variables import SavedSettings


def test_keys_and_ports_come_back(tmp_path: Path) -> None:
    known = SavedSettings(tracking_key="t" * 64, ports={"mongod": 1})
    known.save(tmp_path / "stack.json")

    assert SavedSettings.load(tmp_path / "stack.json") == known


def test_what_an_earlier_version_saved_gets_an_evidence_key_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"tracking_key": "t" * 64, "ports": {"mongod": 1}}))

    known = SavedSettings.load(tmp_path / "stack.json")

    assert (known.tracking_key, known.ports, len(known.evidence_key)) == ("t" * 64, {"mongod": 1}, 64)


def test_keys_are_not_shown() -> None:
    known = SavedSettings(tracking_key="t" * 64)

    assert known.tracking_key not in repr(known)
    assert known.evidence_key not in repr(known)
