"""Whatever is done to the evidence, the check says what, and where first."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reclaim.evidence.manifest import read_manifest, render, sha256_of
from reclaim.evidence.verification import ProblemKind
from tests.unit.evidence.conftest import HEADER, KEY, OTHER, ROWS, Archive


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode())


def table(*rows: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "messages.csv").write_bytes("".join([HEADER, *rows]).encode())


def test_untouched_evidence_is_sound(three: Archive) -> None:
    found = three.verify()

    assert (found.sound, found.problems) == (True, ())
    assert found.verdict == (
        "3 runs: 12 files with 15 rows are as they were signed; 3 of them follow one another in one chain."
    )
    assert [run.sequence for run in found.runs] == [1, 2, 3]


def test_one_run_alone_is_sound_under_any_folder_name(three: Archive, tmp_path: Path) -> None:
    shutil.copytree(three.folder("run-2"), tmp_path / "for-the-auditor")

    found = three.verify(run_id="../for-the-auditor")

    assert found.sound
    assert (found.runs[0].sequence, found.runs[0].previous) == (2, "run-1")


@pytest.mark.parametrize(
    ("tamper", "kind", "sentence"),
    [
        (
            lambda folder: rewrite(folder / "messages.csv", "m-3,recovered", "m-3,duplicate"),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: row 3 (m-3) was changed.",
        ),
        (
            table(*ROWS[:1], *ROWS[2:]),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: row 2 (m-2) is missing.",
        ),
        (
            table(*ROWS[:4]),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: row 5 (m-5) is missing at the end.",
        ),
        (
            table(*ROWS[:2], "m-x,recovered,\r\n", *ROWS[2:]),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: row 3 (m-x) was added before m-3.",
        ),
        (
            table(*ROWS, "m-x,recovered,\r\n"),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: row 6 (m-x) was added at the end.",
        ),
        (
            table(ROWS[0], ROWS[3], ROWS[2], ROWS[1], ROWS[4]),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: row 2 (m-2) is out of order: row 4 (m-4) stands there.",
        ),
        (
            lambda folder: rewrite(folder / "messages.csv", "outcome", "Outcome"),
            ProblemKind.ROW,
            "messages.csv of run-2 was changed: the header was changed.",
        ),
        (
            lambda folder: rewrite(folder / "messages.csv.rows", "m-3", "m-9"),
            ProblemKind.FILE,
            "messages.csv.rows of run-2 was changed.",
        ),
        (
            lambda folder: (folder / "report.json").write_text("{}"),
            ProblemKind.FILE,
            "report.json of run-2 was changed: it has 2 bytes, and 19 were signed.",
        ),
        (
            lambda folder: (folder / "validation" / "index.html").unlink(),
            ProblemKind.FILE,
            "validation/index.html of run-2 is missing.",
        ),
        (
            lambda folder: (folder / "validation" / "extra.html").write_text(""),
            ProblemKind.FILE,
            "validation/extra.html of run-2 was added: the manifest does not know it.",
        ),
        (
            lambda folder: rewrite(folder / "manifest.json", '"operator": "maria"', '"operator": "maris"'),
            ProblemKind.SIGNATURE,
            "manifest.json of run-2 does not fit its signature: it was changed, or signed by somebody else.",
        ),
        (
            lambda folder: rewrite(folder / "manifest.json", '"approver": ""', '"approver":  ""'),
            ProblemKind.MANIFEST,
            "manifest.json of run-2 is not written the way Reclaim writes it, so it was changed afterwards.",
        ),
        (
            lambda folder: rewrite(folder / "manifest.json", '"format": 1', '"format": 2'),
            ProblemKind.MANIFEST,
            "manifest.json of run-2 cannot be read: format: Input should be 1.",
        ),
        (
            lambda folder: (folder / "manifest.json").unlink(),
            ProblemKind.MANIFEST,
            "run-2 has no manifest.json: the run died before it was sealed, or it was removed since.",
        ),
    ],
)
def test_tampering_is_named_by_file_and_row(
    three: Archive, tamper: Callable[[Path], object], kind: ProblemKind, sentence: str
) -> None:
    tamper(three.folder("run-2"))

    for found in (three.verify(), three.verify(run_id="run-2")):
        assert (found.sound, found.verdict) == (False, sentence)
        assert (found.problems[0].kind, found.problems[0].run_id) == (kind, "run-2")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_found_and_its_file_named(three: Archive, data: st.DataObject) -> None:
    files = sorted(path for path in three.path.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    flipped = before[at] ^ (1 << data.draw(st.integers(0, 7)))
    path.write_bytes(before[:at] + bytes([flipped]) + before[at + 1 :])
    try:
        first = three.verify().problems[0]
    finally:
        path.write_bytes(before)

    run_id, name = path.relative_to(three.path).as_posix().split("/", 1)
    assert (first.run_id, first.file) == (run_id, name)
    if name == "messages.csv":
        assert first.row == before[:at].count(b"\n")


@pytest.mark.parametrize("dropped", [0, 1, 2, 3, 4])
def test_any_dropped_row_is_named(archive: Archive, dropped: int) -> None:
    folder = archive.seal("run-1")

    table(*ROWS[:dropped], *ROWS[dropped + 1 :])(folder)

    found = archive.verify().problems[0]
    assert (found.kind, found.row) == (ProblemKind.ROW, dropped + 1)
    assert f"(m-{dropped + 1}) is missing" in found.sentence


# --- keys ----------------------------------------------------------------------------------------------------


def test_another_key_is_named_by_its_fingerprint(three: Archive) -> None:
    found = three.verify(OTHER)

    assert found.verdict == (
        f"manifest.json of run-1 was signed with another key ({KEY.key_id}) than was given ({OTHER.key_id})."
    )
    assert len(found.problems) == 3


def test_a_manifest_signed_again_with_another_key_is_found(three: Archive) -> None:
    path = three.folder("run-2") / "manifest.json"
    forged = read_manifest(path.read_bytes()).model_copy(update={"operator": "nobody"})
    assert forged.signature
    path.write_bytes(
        render(
            forged.model_copy(
                update={"signature": forged.signature.model_copy(update={"value": OTHER.sign(forged.payload)})}
            )
        )
    )

    assert three.verify().verdict.startswith("manifest.json of run-2 does not fit its signature")


def test_a_manifest_that_was_made_to_name_another_run_is_named_by_its_folder(three: Archive) -> None:
    rewrite(three.folder("run-2") / "manifest.json", '"run_id": "run-2"', '"run_id": "sun-2"')

    first = three.verify().problems[0]

    assert (first.run_id, first.kind) == ("run-2", ProblemKind.SIGNATURE)
    assert first.sentence.startswith("manifest.json of run-2 does not fit its signature")


def test_a_signature_that_was_removed_is_missed(three: Archive) -> None:
    path = three.folder("run-2") / "manifest.json"
    path.write_bytes(render(read_manifest(path.read_bytes()).model_copy(update={"signature": None})))

    assert three.verify().verdict == (
        "manifest.json of run-2 is not signed: its fingerprints can be checked, but nobody vouches for them."
    )


def test_an_earlier_key_may_be_given_beside_the_present_one(archive: Archive) -> None:
    archive.seal("run-1", OTHER)
    archive.seal("run-2", KEY)

    assert not archive.verify(KEY).sound
    assert archive.verify(KEY, OTHER).sound


# --- the chain -----------------------------------------------------------------------------------------------


def test_a_removed_run_is_named(three: Archive) -> None:
    shutil.rmtree(three.folder("run-2"))

    found = three.verify()

    assert found.problems[0].kind is ProblemKind.LINK
    assert found.verdict == (
        "run-3 (number 3) follows run-2, which is not here: it was removed, or died before it was sealed."
    )


def test_a_removed_beginning_is_named(three: Archive) -> None:
    shutil.rmtree(three.folder("run-1"))

    assert three.verify().verdict == (
        "run-2 (number 2) follows run-1, which is not here: the chain has lost its beginning."
    )


def test_runs_removed_from_the_end_are_missed_where_the_newest_was_noted_down(three: Archive) -> None:
    noted = three.verify().heads[0].manifest_sha256
    archive_grew = three.seal("run-4")

    assert three.verify(head=noted).sound
    shutil.rmtree(archive_grew)
    shutil.rmtree(three.folder("run-3"))

    assert three.verify().sound
    assert three.verify(head=noted).verdict == (
        f"No manifest here has the SHA-256 {noted} that was noted down: runs were removed, or all was rewritten."
    )


def test_folders_that_were_exchanged_are_named(three: Archive) -> None:
    three.folder("run-1").rename(three.path / "swap")
    three.folder("run-2").rename(three.folder("run-1"))
    (three.path / "swap").rename(three.folder("run-2"))

    assert three.verify().verdict == "The folder run-1 holds the evidence of run-2."


def resealed(archive: Archive, run_id: str, **place: object) -> None:
    """What somebody who has the key could do."""
    path = archive.folder(run_id) / "manifest.json"
    manifest = read_manifest(path.read_bytes())
    assert manifest.place
    assert manifest.signature
    moved = manifest.model_copy(update={"place": manifest.place.model_copy(update=place)})
    value = KEY.sign(moved.payload)
    path.write_bytes(
        render(moved.model_copy(update={"signature": manifest.signature.model_copy(update={"value": value})}))
    )


def test_a_chain_put_in_another_order_is_found_even_if_signed_again(three: Archive) -> None:
    resealed(three, "run-2", sequence=3)
    resealed(three, "run-3", sequence=2)

    found = three.verify()

    assert found.problems[0].kind is ProblemKind.LINK
    assert found.verdict.startswith("run-3 (number 2) follows run-2 with the manifest ")
    assert ", but before it stands run-1 with " in found.verdict


def test_a_run_rewritten_and_signed_again_no_longer_fits_its_successor(three: Archive) -> None:
    path = three.folder("run-2") / "manifest.json"
    before = sha256_of(path.read_bytes())
    (three.folder("run-2") / "report.json").unlink()
    manifest = read_manifest(path.read_bytes())
    files = {name: entry for name, entry in manifest.files.items() if name != "report.json"}
    path.write_bytes(render(manifest.model_copy(update={"files": files})))
    resealed(three, "run-2")

    assert three.verify().verdict.startswith(f"run-3 (number 3) follows run-2 with the manifest {before[:16]}…")


def test_two_runs_cannot_have_one_place(three: Archive) -> None:
    resealed(three, "run-3", sequence=2)

    assert "the same place in the chain" in three.verify().verdict


# --- hostile folders -----------------------------------------------------------------------------------------


def test_links_and_pipes_are_named_and_never_opened(three: Archive, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    folder = three.folder("run-1")
    (folder / "report.json").unlink()
    (folder / "report.json").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    (three.path / "elsewhere").symlink_to(tmp_path)

    sentences = [problem.sentence for problem in three.verify().problems]

    assert sentences == [
        "report.json of run-1 is no plain file, and was not opened.",
        "pipe of run-1 was added: the manifest does not know it.",
        "elsewhere is a link, and was not followed.",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"format": 1}',
        b"[" * 200_000,
        b'{"format": ' + b"9" * 10_000 + b"}",
        b'{"run_id": "\x1b[31m"}',
    ],
)
def test_a_manifest_that_is_none_is_a_finding(archive: Archive, content: bytes) -> None:
    folder = archive.seal("run-1")
    (folder / "manifest.json").write_bytes(content)

    found = archive.verify()

    assert found.problems[0].kind is ProblemKind.MANIFEST
    assert found.verdict.startswith("manifest.json of run-1 ")
    assert "\x1b" not in found.verdict


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "", "a//b", "./a", "a\\..\\b", "a\u0000"])
def test_a_manifest_cannot_name_a_file_outside(archive: Archive, name: str) -> None:
    folder = archive.seal("run-1")
    document = json.loads((folder / "manifest.json").read_text())
    document["files"][name] = {"bytes": 1, "rows": None, "sha256": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps(document))

    assert "not the name of a file inside the folder" in archive.verify().verdict


def test_a_file_that_cannot_be_read_is_a_finding(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.seal("run-1")
    really = os.open

    def refuses(path: Path, flags: int) -> int:
        if path.name == "report.json":
            raise PermissionError(13, "Permission denied")
        return really(path, flags)

    monkeypatch.setattr("os.open", refuses)

    assert archive.verify().verdict == "report.json of run-1 cannot be read: Permission denied."
