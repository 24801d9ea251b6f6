"""Where reports are kept: a folder, or a bucket (moto's)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from reclaim.adapters.aws.report_store import ReportStore
from reclaim.model.errors import QueueUnavailable, SettingsError, UsageError


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="evidence")
        yield s3


def written(store: ReportStore, run_id: str = "run-1") -> Path:
    folder = store.folder(run_id)
    (folder / "validation").mkdir(parents=True)
    (folder / "report.json").write_text("{}")
    (folder / "report.html").write_text("<html>")
    (folder / "validation" / "index.html").write_text("<html>")
    return folder


def test_a_folder_keeps_what_is_written_into_it(tmp_path: Path) -> None:
    store = ReportStore(str(tmp_path / "reports"))
    folder = written(store)

    assert store.publish("run-1") == str(tmp_path / "reports" / "run-1" / "report.html")
    assert store.fetch("run-1") == folder


def test_a_relative_folder_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert ReportStore("reports").folder("run-1") == tmp_path / "reports" / "run-1"


def test_asking_for_the_folder_makes_none(tmp_path: Path) -> None:
    ReportStore(str(tmp_path / "reports")).folder("run-1")

    assert not (tmp_path / "reports").exists()


def test_a_run_without_a_report_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report of run run-9"):
        ReportStore(str(tmp_path)).fetch("run-9")


@pytest.mark.parametrize(("url", "prefix"), [("s3://evidence", ""), ("s3://evidence/dlq/2026/", "dlq/2026/")])
def test_a_bucket_gets_every_file_under_its_prefix(s3: Any, url: str, prefix: str) -> None:  # noqa: ANN401
    store = ReportStore(url)
    written(store)

    page = store.publish("run-1")

    keys = {item["Key"] for item in s3.list_objects_v2(Bucket="evidence")["Contents"]}
    assert page == f"s3://evidence/{prefix}run-1/report.html"
    assert keys == {f"{prefix}run-1/{name}" for name in ("report.json", "report.html", "validation/index.html")}


def test_a_report_in_a_bucket_is_fetched_where_it_is_not_at_hand(s3: Any, tmp_path: Path) -> None:  # noqa: ANN401
    s3.put_object(Bucket="evidence", Key="run-1/report.json", Body=b'{"run_id": "run-1"}')

    folder = ReportStore("s3://evidence").fetch("run-1")

    assert (folder / "report.json").read_text() == '{"run_id": "run-1"}'


@pytest.mark.usefixtures("s3")
def test_a_run_without_a_report_in_the_bucket_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no report of run run-9"):
        ReportStore("s3://evidence").fetch("run-9")


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_does_not_exist_is_a_matter_of_settings() -> None:
    store = ReportStore("s3://nowhere")
    written(store)

    with pytest.raises(SettingsError, match="bucket nowhere"):
        store.publish("run-1")


def test_an_endpoint_that_nobody_serves_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store = ReportStore("s3://evidence")
    written(store)

    with pytest.raises(QueueUnavailable, match="bucket evidence"):
        store.publish("run-1")


def test_a_seal_comes_back_with_its_report(s3: Any) -> None:  # noqa: ANN401  (boto3 has no types)
    store = ReportStore("s3://evidence/runs")
    (written(store) / "manifest.json").write_text("{}")
    store.publish("run-1")
    shutil.rmtree(store.folder("run-1"))

    assert (store.fetch("run-1") / "manifest.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://evidence", "s3://evidence"),
        ("s3://evidence/", "s3://evidence"),
        ("s3://evidence/runs/", "s3://evidence/runs"),
    ],
)
def test_a_place_has_one_name_however_it_is_written(url: str, location: str) -> None:
    assert ReportStore(url).location == location


def test_a_folder_has_one_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert ReportStore("reports").location == ReportStore(f"{tmp_path}/other/../reports/").location
