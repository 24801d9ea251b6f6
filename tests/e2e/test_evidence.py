"""What recoveries leave behind, checked by an auditor who has the folder and the keys, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.builders import a_body
from tests.e2e.scene import Finished, Scene

pytestmark = pytest.mark.stack

KEY = "an auditor's key of more than thirty-two bytes"


class Auditor:
    """Has copies of the reports, the HMAC key and a public key; knows of no stack."""

    def __init__(self, scene: Scene, public_key: Path) -> None:
        self.reports = Path(scene.env["RECLAIM_REPORTS_URL"])
        self.public_key = public_key
        self._scene = scene
        self._stack = scene.stack

    @property
    def as_processes(self) -> Auditor:
        return Auditor(self._scene.as_processes, self.public_key)

    def verify(self, path: Path, key: str = KEY) -> Finished:
        env = {name: value for name, value in self._stack.env.items() if not name.startswith(("AWS_", "RECLAIM_"))}
        env |= {"RECLAIM_EVIDENCE_KEY": key, "RECLAIM_MONGO_URI": "mongodb://127.0.0.1:1/"}
        stack = replace(self._stack, env=env)
        done = stack.run("verify", str(path), "--public-key", str(self.public_key), "--json")
        return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def auditor(stack: StackHandle, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """Two recoveries: one signed with HMAC, one by KMS."""
    folder = tmp_path_factory.mktemp("evidence")
    kms = boto3.client(
        "kms",
        endpoint_url=stack.env["AWS_ENDPOINT_URL"],
        region_name=stack.env["AWS_DEFAULT_REGION"],
        aws_access_key_id=stack.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.env["AWS_SECRET_ACCESS_KEY"],
    )
    key_id = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    scene = Scene.on(stack, RECLAIM_REPORTS_URL=str(folder / "reports"), RECLAIM_EVIDENCE_KEY=KEY)
    scene.send([a_body(f"cl_{number}") for number in range(6)])
    assert scene.recover("--reason", "INC-1").exit_code == 0
    scene.send([a_body(f"cl_{number}") for number in range(6, 9)])
    by_kms = scene.with_settings(RECLAIM_EVIDENCE_KMS_KEY_ID=key_id)
    assert by_kms.recover("--operator", "maria", "--approver", "ann", "--reason", "INC-2").exit_code == 0
    public_key = folder / "evidence.der"
    public_key.write_bytes(kms.get_public_key(KeyId=key_id)["PublicKey"])
    return Auditor(scene, public_key)


@pytest.fixture
def copy(auditor: Auditor, tmp_path: Path) -> Path:
    """The reports, to be tampered with."""
    return shutil.copytree(auditor.reports, tmp_path / "reports")


def runs_in(reports: Path) -> list[Path]:
    return sorted(reports.iterdir())


def test_untouched_evidence_passes_and_says_what_it_is(auditor: Auditor) -> None:
    done = auditor.verify(auditor.reports)

    assert (done.exit_code, done.report["sound"]) == (0, True)
    first, second = done.report["runs"]
    assert (first["sequence"], first["rows"], first["signature"].split()[0]) == (1, 6, "HMAC-SHA256")
    assert (second["sequence"], second["rows"], second["signature"].split()[0]) == (2, 3, "ECDSA-P256-SHA256")
    assert (second["operator"], second["approver"], second["previous"]) == ("maria", "ann", first["run_id"])
    assert auditor.as_processes.verify(auditor.reports / second["run_id"]).exit_code == 0


def test_another_key_is_not_taken_for_the_one_that_signed(auditor: Auditor) -> None:
    done = auditor.verify(auditor.reports, "another key of more than thirty-two bytes")

    assert done.exit_code == 2
    assert "was signed with another key" in done.report["verdict"]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def drop_second_row(run: Path) -> None:
    lines = (run / "messages.csv").read_bytes().splitlines(keepends=True)
    (run / "messages.csv").write_bytes(b"".join(lines[:2] + lines[3:]))


def swap(reports: Path) -> None:
    one, two = runs_in(reports)
    for name in ("manifest.json", "messages.csv"):
        content = (one / name).read_bytes()
        (one / name).write_bytes((two / name).read_bytes())
        (two / name).write_bytes(content)


@pytest.mark.parametrize(
    ("tamper", "kind", "said"),
    [
        (lambda reports: flip(runs_in(reports)[1] / "report.html"), "file", "report.html of {1} was changed."),
        (
            lambda reports: flip(runs_in(reports)[0] / "messages.parquet"),
            "file",
            "messages.parquet of {0} was changed.",
        ),
        (lambda reports: drop_second_row(runs_in(reports)[0]), "row", "messages.csv of {0} was changed: row 2 ("),
        (lambda reports: shutil.rmtree(runs_in(reports)[0]), "link", "{1} (number 2) follows {0}, which is not here"),
        (swap, "file", "events.jsonl of {0} was changed"),
    ],
)
def test_tampering_is_named(auditor: Auditor, copy: Path, tamper: Callable[[Path], Any], kind: str, said: str) -> None:
    names = [path.name for path in runs_in(copy)]
    tamper(copy)

    done = auditor.verify(copy)

    assert done.exit_code == 2
    assert done.report["verdict"].startswith(said.format(*names))
    assert done.report["problems"][0]["kind"] == kind
    assert "Traceback" not in done.stderr


def test_without_evidence_or_key_it_is_a_wrong_call(auditor: Auditor, tmp_path: Path) -> None:
    assert auditor.verify(tmp_path / "nowhere").exit_code == 64
    short = auditor.verify(auditor.reports, "too short")
    assert (short.exit_code, "only 9 bytes long" in short.stderr) == (64, True)


def test_showing_a_report_again_leaves_the_evidence_as_it_is(auditor: Auditor, copy: Path) -> None:
    run = runs_in(copy)[0]
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}

    done = replace(auditor._stack, env={**auditor._stack.env, "RECLAIM_REPORTS_URL": str(copy)}).run(
        "report", run.name, "--json"
    )

    assert json.loads(done.stdout)["run_id"] == run.name
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
