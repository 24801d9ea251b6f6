import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from reclaim.model.ledger import LedgerEntry
from reclaim.reports.message_files import MessageRows, message_files
from reclaim.reports.model import RunReport
from reclaim.reports.writer import load_report, write_report

OWN_FILES = ["messages.csv", "messages.parquet", "report.html", "report.json"]


def write_messages(entries: Iterable[LedgerEntry], folder: Path) -> None:
    with message_files(folder, MessageRows()) as files:
        for entry in entries:
            files.add(entry)


def test_the_folder_holds_the_four_files_with_their_fingerprints(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    folder = tmp_path / "reports" / "run_1"

    write_messages([entry()], folder)
    digests = write_report(report(), folder)

    assert sorted(path.name for path in folder.iterdir()) == OWN_FILES
    assert list(digests) == OWN_FILES
    for name, digest in digests.items():
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_files_of_the_validation_are_fingerprinted_but_not_the_manifest(
    report: Callable[..., RunReport], tmp_path: Path
) -> None:
    (tmp_path / "validation" / "static").mkdir(parents=True)
    (tmp_path / "validation" / "static" / "docs.css").write_text("x")
    (tmp_path / "manifest.json").write_text("{}")

    digests = write_report(report(), tmp_path)

    assert "validation/static/docs.css" in digests
    assert "manifest.json" not in digests


def test_a_ledger_that_cannot_be_read_leaves_message_files_without_rows(
    report: Callable[..., RunReport], tmp_path: Path
) -> None:
    digests = write_report(report(), tmp_path)

    assert list(digests) == OWN_FILES
    assert len((tmp_path / "messages.csv").read_text().splitlines()) == 1


def test_a_ledger_that_fails_halfway_leaves_no_half_file_and_the_old_one_whole(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    write_messages([entry("old")], tmp_path)
    before = (tmp_path / "messages.csv").read_bytes()

    def failing() -> Iterator[LedgerEntry]:
        yield entry("new")
        raise ConnectionError("the store went away")

    with pytest.raises(ConnectionError):
        write_messages(failing(), tmp_path)

    assert (tmp_path / "messages.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == OWN_FILES[:2]


def test_a_reader_keeps_the_old_file_whole(report: Callable[..., RunReport], tmp_path: Path) -> None:
    write_report(report(), tmp_path)

    with (tmp_path / "report.json").open("rb") as reader:
        write_report(report(operator="somebody else"), tmp_path)

        assert json.loads(reader.read())["operator"] == "maria"


def test_the_same_report_is_the_same_bytes(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        write_messages([entry()], folder)

    assert write_report(report(), tmp_path / "a") == write_report(report(), tmp_path / "b")


def test_rendering_again_leaves_the_messages_alone(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    write_messages([entry()], tmp_path)
    first = write_report(report(), tmp_path)

    assert write_report(load_report(tmp_path), tmp_path) == first


def test_report_json_is_plain_json(report: Callable[..., RunReport], tmp_path: Path) -> None:
    write_report(report(), tmp_path)

    assert json.loads((tmp_path / "report.json").read_text())["run_id"] == "run_1"
