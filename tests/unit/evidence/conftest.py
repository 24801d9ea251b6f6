"""Sealed runs to tamper with."""

from __future__ import annotations

from pathlib import Path

import pytest

from reclaim.adapters.memory.evidence import MemoryEvidence
from reclaim.evidence.keys import HmacKey, KeyRing, Signer
from reclaim.evidence.verification import Verification
from reclaim.evidence.verifying import verify
from reclaim.runs.sealing import prepare_folder, seal
from tests.builders import NOW, a_run

KEY = HmacKey(b"k" * 32)
OTHER = HmacKey(b"o" * 32)
HEADER = "message_id,outcome,detail\r\n"
ROWS = [f"m-{number},recovered,\r\n" for number in range(1, 6)]


class Archive:
    """A reports folder with its chain."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.chain = MemoryEvidence()

    def folder(self, run_id: str) -> Path:
        return self.path / run_id

    def write(self, run_id: str) -> Path:
        """A run's files, not sealed yet."""
        folder = self.folder(run_id)
        (folder / "validation").mkdir(parents=True)
        (folder / "messages.csv").write_bytes("".join([HEADER, *ROWS]).encode())
        (folder / "report.json").write_text(f'{{"run_id": "{run_id}"}}')
        (folder / "validation" / "index.html").write_text("<html>")
        return folder

    def seal(self, run_id: str, signer: Signer | None = KEY, **changes: object) -> Path:
        """A run from its files to its manifest."""
        folder = self.write(run_id)
        record = a_run(run_id, finished_at=NOW, counts={"received": 5, "recovered": 5}, **changes)
        seal(prepare_folder(folder, record, signer), self.chain, "here", NOW)
        return folder

    def verify(self, *keys: HmacKey, run_id: str = "", head: str = "") -> Verification:
        return verify(self.path / run_id, KeyRing(keys or [KEY]), head)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """No runs yet."""
    return Archive(tmp_path / "reports")


@pytest.fixture
def three(archive: Archive) -> Archive:
    """Three runs, one after the other."""
    for run_id in ("run-1", "run-2", "run-3"):
        archive.seal(run_id)
    return archive
