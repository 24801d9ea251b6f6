import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reclaim.model.ledger import LedgerEntry
from reclaim.reports.model import RunReport
from reclaim.reports.writer import load_report, render_again, write_report

OWN_FILES = ["messages.csv", "messages.parquet", "report.html", "report.json"]


def test_the_folder_holds_the_four_files_with_their_fingerprints(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    folder = tmp_path / "reports" / "run_1"

    digests = write_report(report(), [entry()], folder)

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

    digests = write_report(report(), [], tmp_path)

    assert "validation/static/docs.css" in digests
    assert "manifest.json" not in digests


def test_entries_are_read_once(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    write_report(report(), iter([entry("a"), entry("b")]), tmp_path)

    assert len((tmp_path / "messages.csv").read_text().splitlines()) == 3


def test_a_ledger_that_breaks_off_leaves_no_half_file_and_the_old_one_whole(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    write_report(report(), [entry("old")], tmp_path)
    before = (tmp_path / "messages.csv").read_bytes()

    def breaking_off() -> Iterator[LedgerEntry]:
        yield entry("new")
        raise ConnectionError("the store went away")

    with pytest.raises(ConnectionError):
        write_report(report(), breaking_off(), tmp_path)

    assert (tmp_path / "messages.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == OWN_FILES


def test_whoever_is_reading_keeps_the_old_file_whole(report: Callable[..., RunReport], tmp_path: Path) -> None:
    write_report(report(), [], tmp_path)

    with (tmp_path / "report.json").open("rb") as reader:
        write_report(report(operator="somebody else"), [], tmp_path)

        assert json.loads(reader.read())["operator"] == "maria"


def test_the_same_report_is_the_same_bytes(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    assert write_report(report(), [entry()], tmp_path / "a") == write_report(report(), [entry()], tmp_path / "b")


def test_rendering_again_leaves_the_messages_alone(
    report: Callable[..., RunReport], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    first = write_report(report(), [entry()], tmp_path)

    assert render_again(load_report(tmp_path), tmp_path) == first


def test_report_json_is_plain_json(report: Callable[..., RunReport], tmp_path: Path) -> None:
    write_report(report(), [], tmp_path)

    assert json.loads((tmp_path / "report.json").read_text())["run_id"] == "run_1"
