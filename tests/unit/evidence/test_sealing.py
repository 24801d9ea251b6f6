"""How a run's folder is closed, and what a crash or a race on the way leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reclaim.adapters.memory.evidence import MemoryEvidence
from reclaim.evidence.keys import ECDSA, HmacKey, KeyRing, PublicKey
from reclaim.evidence.manifest import read_manifest, sha256_of
from reclaim.evidence.verifying import verify
from reclaim.files import arriving
from reclaim.model.chain import Link
from reclaim.model.errors import ExitCode, QueueUnavailable, SettingsError, UsageError
from reclaim.runs import sealing
from reclaim.runs.sealing import prepare_folder, seal, seal_alone
from tests.builders import NOW, a_run
from tests.unit.evidence.conftest import KEY, Archive


class PrivateKey:
    """What KMS does, in memory."""

    algorithm: Final = ECDSA

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._public = PublicKey(
            self._key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        self.key_id, self.public_key = self._public.key_id, self._public.pem

    def sign(self, payload: bytes) -> str:
        return self._key.sign(payload, ec.ECDSA(hashes.SHA256())).hex()


class Away:
    """A key whose service does not answer."""

    algorithm = ECDSA
    key_id = "0" * 32
    public_key = b""

    def sign(self, payload: bytes) -> str:
        raise QueueUnavailable("AWS KMS cannot be reached.")


def ready(archive: Archive, run_id: str = "run-1", signer: object = KEY) -> object:
    return prepare_folder(archive.write(run_id), a_run(run_id, finished_at=NOW), signer)  # type: ignore[arg-type]


def test_the_manifest_says_who_what_and_when(archive: Archive) -> None:
    folder = archive.seal("run-1", reason="INC-1", approver="ann", code_version="0.1.0+abc")

    manifest = read_manifest((folder / "manifest.json").read_bytes())

    assert (manifest.operator, manifest.approver, manifest.reason) == ("maria", "ann", "INC-1")
    assert (manifest.code_version, manifest.finished_at) == ("0.1.0+abc", "2026-11-20T08:15:30.123Z")
    assert (manifest.queue, manifest.contract) == ("dlq", "client_created")
    assert manifest.counts == {"received": 5, "recovered": 5}
    assert manifest.files["messages.csv"].rows == 5
    assert (folder / "messages.csv.rows").read_text().splitlines()[3].split()[1] == "m-3"


def test_a_check_names_the_contract_of_each_run(archive: Archive) -> None:
    archive.seal("run-1")
    archive.seal("run-2", contract="order_created")

    found = archive.verify()

    assert found.sound
    assert [run.contract for run in found.runs] == ["client_created", "order_created"]
    assert [head.runs for head in found.heads] == [2]


def test_a_manifest_without_a_contract_still_verifies(archive: Archive) -> None:
    folder = archive.seal("run-1", contract="")
    text = (folder / "manifest.json").read_text()

    assert '"contract"' not in text
    assert archive.verify().sound
    (folder / "manifest.json").write_text(text.replace('  "counts"', '  "contract": null,\n  "counts"'))
    assert "is not written the way Reclaim writes it" in archive.verify().verdict


def test_the_contract_of_a_manifest_is_signed(archive: Archive) -> None:
    path = archive.seal("run-1") / "manifest.json"
    path.write_text(path.read_text().replace('"contract": "client_created"', '"contract": "order_created"'))

    assert "does not fit its signature" in archive.verify().verdict


def test_the_key_itself_is_nowhere(archive: Archive) -> None:
    archive.seal("run-1")

    everything = b"".join(path.read_bytes() for path in archive.path.rglob("*") if path.is_file())
    assert b"k" * 8 not in everything


def test_each_run_names_the_manifest_before_it(three: Archive) -> None:
    manifests = [(three.folder(f"run-{n}") / "manifest.json").read_bytes() for n in (1, 2, 3)]
    places = [read_manifest(content).place for content in manifests]

    assert places[0]
    assert (places[0].chain, places[0].previous) == ("run-1", None)
    for before, place in zip(manifests, places[1:], strict=False):
        assert place
        assert place.chain == "run-1"
        assert place.previous
        assert place.previous.sha256 == sha256_of(before)


def test_sealing_again_after_a_lost_answer_keeps_the_place(three: Archive) -> None:
    before = (three.folder("run-2") / "manifest.json").read_bytes()
    (three.folder("run-2") / "manifest.json").unlink()

    seal(prepare_folder(three.folder("run-2"), a_run("run-2"), KEY), three.chain, "here", NOW)

    assert (three.folder("run-2") / "manifest.json").read_bytes() == before
    assert three.verify().sound


def test_a_run_that_died_before_its_manifest_was_written_gets_it_from_the_next(three: Archive) -> None:
    before = (three.folder("run-3") / "manifest.json").read_bytes()
    (three.folder("run-3") / "manifest.json").unlink()
    assert three.verify().verdict.startswith("run-3 has no manifest.json: the run died before it was sealed")

    three.seal("run-4")

    assert (three.folder("run-3") / "manifest.json").read_bytes() == before
    assert three.verify().sound


def test_a_run_whose_manifest_the_next_one_writes_at_the_same_moment(
    three: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = ["run-5"]

    @contextmanager
    def while_another_run_is_sealed(target: Path, *, writer: str = "") -> Iterator[Path]:
        with arriving(target, writer=writer) as partial:
            yield partial
            if target == three.folder("run-4") / "manifest.json" and waiting:
                three.seal(waiting.pop())

    monkeypatch.setattr(sealing, "arriving", while_another_run_is_sealed)

    three.seal("run-4")

    assert waiting == []
    assert three.verify().sound
    assert not list(three.path.rglob("*.partial"))


def test_a_run_that_took_its_place_but_got_no_answer_is_corrected_by_the_next(three: Archive) -> None:
    before = (three.folder("run-3") / "manifest.json").read_bytes()
    seal_alone(prepare_folder(three.folder("run-3"), a_run("run-3"), KEY), NOW, "MongoDB does not answer.")

    three.seal("run-4")

    assert (three.folder("run-3") / "manifest.json").read_bytes() == before
    assert three.verify().sound


def test_a_manifest_that_was_tampered_with_is_not_repaired(three: Archive) -> None:
    (three.folder("run-3") / "manifest.json").write_bytes(b"{}")

    three.seal("run-4")

    assert three.verify().problems[0].run_id == "run-3"


class Contested(MemoryEvidence):
    """Another run is always a little quicker, three times."""

    def __init__(self) -> None:
        super().__init__()
        self.rivals = 3

    def append(self, link: Link) -> bool:
        if self.rivals:
            self.rivals -= 1
            super().append(replace(link, run_id=f"rival-{self.rivals}", sha256="0" * 64))
            return False
        return super().append(link)


def test_a_run_that_loses_the_race_comes_after_the_one_that_won(archive: Archive) -> None:
    archive.chain = Contested()
    folder = archive.seal("run-1")

    place = read_manifest((folder / "manifest.json").read_bytes()).place

    assert place
    assert (place.sequence, place.previous and place.previous.run_id) == (4, "rival-0")


def test_a_run_without_a_chain_says_so_and_is_sound_all_the_same(three: Archive) -> None:
    seal_alone(ready(three, "run-4"), NOW, "MongoDB does not answer.")  # type: ignore[arg-type]

    found = three.verify()

    assert found.sound
    assert found.runs[0].notes == ("This run stands in no chain: MongoDB does not answer.",)
    assert found.verdict.endswith("3 of them follow one another in one chain.")


def test_a_run_whose_signer_does_not_answer_is_left_unsigned_and_says_so(archive: Archive) -> None:
    digests = seal_alone(ready(archive, signer=Away()), NOW, "AWS KMS cannot be reached.")  # type: ignore[arg-type]

    found = archive.verify()

    assert "manifest.json" in digests
    assert "nobody vouches" in found.verdict
    assert found.runs[0].notes[1] == "It could not be signed: AWS KMS cannot be reached."


def test_without_a_key_evidence_is_not_signed_and_does_not_pass(archive: Archive) -> None:
    archive.seal("run-1", None)

    found = verify(archive.path, KeyRing())

    assert not found.sound
    assert found.verdict == (
        "manifest.json of run-1 is not signed: its fingerprints can be checked, but nobody vouches for them."
    )


def test_what_the_manifest_returns_is_what_lies_there(archive: Archive) -> None:
    folder = archive.write("run-1")
    digests = seal(prepare_folder(folder, a_run("run-1"), KEY), archive.chain, "here", NOW)

    assert digests == {
        path.relative_to(folder).as_posix(): sha256_of(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- public keys ---------------------------------------------------------------------------------------------


def test_a_pinned_public_key_checks_what_its_private_half_signed(archive: Archive) -> None:
    signer = PrivateKey()
    archive.seal("run-1", signer)

    assert verify(archive.path, KeyRing([PublicKey(signer.public_key)])).sound


def test_a_public_key_that_only_lies_beside_the_evidence_proves_nothing(archive: Archive) -> None:
    archive.seal("run-1", PrivateKey())

    found = verify(archive.path, KeyRing())

    assert not found.sound
    assert "which proves nothing by itself: give a public key that you trust with --public-key" in found.verdict


def test_another_public_key_is_named(archive: Archive) -> None:
    archive.seal("run-1", PrivateKey())

    found = verify(archive.path, KeyRing([PublicKey(PrivateKey().public_key)]))

    assert "was signed with another key" in found.verdict


def test_a_key_put_in_the_place_of_the_one_beside_the_evidence_does_not_fit(archive: Archive) -> None:
    folder = archive.seal("run-1", PrivateKey())
    (folder / "public-key.pem").write_bytes(PrivateKey().public_key)

    assert "does not fit its signature" in verify(archive.path, KeyRing()).verdict


# --- wrong calls ---------------------------------------------------------------------------------------------


def test_checking_without_the_key_is_refused(archive: Archive) -> None:
    archive.seal("run-1")

    with pytest.raises(UsageError, match="run-1 is signed with an HMAC key, and none was given") as caught:
        verify(archive.path, KeyRing())

    assert caught.value.exit_code is ExitCode.USAGE


def test_where_there_is_no_evidence_nothing_is_said_to_be_sound(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        verify(tmp_path / "nowhere", KeyRing([KEY]))
    with pytest.raises(UsageError, match="There is no evidence in"):
        verify(tmp_path, KeyRing([KEY]))


def test_a_short_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="only 31 bytes long"):
        HmacKey(b"x" * 31)


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_refused(pem: bytes) -> None:
    with pytest.raises(UsageError, match="no public key"):
        PublicKey(pem)


def test_the_log_of_a_killed_run_is_no_evidence_and_no_fault(three: Archive) -> None:
    three.folder("run-0").mkdir()
    (three.folder("run-0") / "events.jsonl").write_text("{}\n")

    found = three.verify()

    assert found.sound
    assert found.runs[-1].notes == ("Only a log is here: the run was killed before it was finalized.",)
