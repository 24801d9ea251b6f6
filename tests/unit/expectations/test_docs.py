"""The Data Docs as they are read: offline, later, by somebody who trusts nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from reclaim.model.outcome import Counts
from tests.unit.expectations.conftest import validate_run

Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]

SCRIPT = "<script>alert('cl_1')</script>"
FORMULA = '=HYPERLINK("evil","<img src=x onerror=alert(1)>")'


@pytest.fixture(scope="module")
def folder(
    frames_of: Callable[[int], tuple[pd.DataFrame, pd.DataFrame]],
    tamper: Tamper,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The pages of a run in which hostile values reached every place that shows values."""
    records, ledger = frames_of(1)
    tamper(records, "record_key", {1: SCRIPT})
    tamper(records, "billing.currency", {0: FORMULA, 1: "$name ${name} $$"})
    tamper(records, "name", {0: SCRIPT})
    tamper(ledger, "cause", {3: FORMULA})
    tamper(ledger, "body_sha256", {4: SCRIPT})
    docs = tmp_path_factory.mktemp("report") / "validation"
    result = validate_run(records.drop(columns="billing.model"), ledger, Counts(), docs)
    assert result.docs == "validation/index.html"
    return docs


def pages(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.html")}


def of_validation(folder: Path, suite: str) -> str:
    (path,) = (folder / "validations" / suite).rglob("*.html")
    return path.read_text()


def test_there_is_an_index_and_a_page_for_each_suite_and_each_validation(folder: Path) -> None:
    assert sorted(re.sub(r"\d{8}T[^/]*Z", "TIME", name) for name in pages(folder)) == [
        "expectations/ledger.html",
        "expectations/records.html",
        "index.html",
        "validations/ledger/run-7/TIME/mongodb_ledger-run-7.html",
        "validations/records/run-7/TIME/mongodb_records-run-7.html",
    ]
    assert [path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".html"] == []


def test_no_page_loads_anything_or_runs_anything(folder: Path) -> None:
    for name, page in pages(folder).items():
        assert not re.search(r"<(script|link|img|iframe|object|embed|base|form)\b", page, re.IGNORECASE), name
        assert not re.search(r"\bsrc\s*=\s*[\"']|url\(|@import", re.sub("&lt;.*?&gt;", "", page)), name
        assert "http://" not in page, name
        assert "https://" not in page, name
        assert "default-src 'none'; style-src 'unsafe-inline'" in page, name


def test_every_link_leads_to_a_page_that_is_there(folder: Path) -> None:
    for name, page in pages(folder).items():
        for link in re.findall(r'href="([^"#]+)"', page):
            assert ((folder / name).parent / link).is_file(), f"{name}: {link}"
        for anchor in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{anchor}"' in page, f"{name}: {anchor}"


def test_the_index_lists_both_validations_and_how_they_ended(folder: Path) -> None:
    index = (folder / "index.html").read_text()

    ended = re.findall(r'<a class="(\w+)" href="(validations/\w+)/', index)
    assert sorted(ended) == [("failed", "validations/ledger"), ("failed", "validations/records")]
    assert "run-7" in index


def test_hostile_values_are_shown_and_nothing_more(folder: Path) -> None:
    records, ledger = of_validation(folder, "records"), of_validation(folder, "ledger")

    assert "&lt;script&gt;alert('cl_1')&lt;/script&gt;" in records
    assert "=HYPERLINK(" in records
    assert "$name ${name} $$" in records
    assert "&lt;img src=x" in ledger
    assert all("<script" not in page and "<img" not in page for page in pages(folder).values())
    assert all("&amp;lt;" not in page for page in pages(folder).values())


def test_a_broken_row_is_named_beside_its_value(folder: Path) -> None:
    assert "m3: =HYPERLINK(" in of_validation(folder, "ledger")


def test_neither_a_key_nor_a_body_is_in_any_page(folder: Path) -> None:
    for page in pages(folder).values():
        assert "a key that no page may ever show" not in page
        assert "never shown" not in page


def test_a_check_that_raised_says_why_and_not_where(folder: Path) -> None:
    page = of_validation(folder, "records")

    assert 'The column "billing.model" in BatchData does not exist.' in page
    assert "Traceback" not in page
    assert ".py" not in page


def test_the_pages_agree_with_the_result_where_only_warnings_are_broken(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, tamper: Tamper, tmp_path: Path
) -> None:
    tamper(records, "country", {0: "usa"})

    assert validate_run(records, ledger, counts, tmp_path).success
    assert 'class="failed"' not in (tmp_path / "index.html").read_text()
    assert "Every client's country is a two-letter code in capitals. (warning)" in of_validation(tmp_path, "records")


def test_building_again_replaces_the_pages(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, tmp_path: Path
) -> None:
    for _ in range(2):
        validate_run(records, ledger, counts, tmp_path, "run-profiling-8")

    assert len(list((tmp_path / "validations").rglob("*.html"))) == 2


def test_pages_that_cannot_be_written_do_not_take_the_result_with_them(
    records: pd.DataFrame,
    ledger: pd.DataFrame,
    counts: Counts,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    in_the_way = tmp_path / "validation"
    in_the_way.write_text("not a folder")

    result = validate_run(records, ledger, counts, in_the_way)

    assert result.success
    assert result.docs is None
    assert "The Data Docs could not be built" in caplog.text
