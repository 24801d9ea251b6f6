"""Checks one run's folder against its manifest: offline, with the folder and a key alone.

Checked in this order: the manifest can be read, it is signed, every file is as it was signed, there is no other file.
Whatever the folder holds, the result is a value, never an exception.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reclaim.evidence.keys import HMAC, KeyRing, PublicKey
from reclaim.evidence.listing import opened, plain_files, read_at_most, sha256_of_file
from reclaim.evidence.manifest import (
    MANIFEST,
    MAX_BYTES,
    PUBLIC_KEY,
    FileEntry,
    MalformedManifest,
    Manifest,
    Signature,
    read_manifest,
    sha256_of,
)
from reclaim.evidence.rows import SUFFIX, first_difference, read_row_prints, row_prints
from reclaim.evidence.verification import Problem, ProblemKind, RunVerification
from reclaim.model.errors import UsageError

_MAX_KEY_BYTES: Final = 2**16


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run's manifest, if it could be read, and what was found."""

    manifest: Manifest | None
    result: RunVerification


def check_run(folder: Path, keys: KeyRing) -> CheckedRun:
    """Check the run in `folder`.

    Raises:
        UsageError: it is signed with HMAC, and no key at all was given.
    """
    check = _FolderCheck(folder.name, keys)
    try:
        files, others = plain_files(folder)
    except OSError as error:
        return check.broken(f"{folder.name} cannot be listed: {error.strerror}.")
    if MANIFEST not in files:
        return check.broken(
            f"{folder.name} has no {MANIFEST}: the run died before it was sealed, or it was removed since."
        )
    try:
        content = read_at_most(files[MANIFEST], MAX_BYTES)
        manifest = read_manifest(content)
    except OSError as error:
        return check.broken(f"{MANIFEST} of {folder.name} cannot be read: {error.strerror}.")
    except MalformedManifest as error:
        return check.broken(f"{MANIFEST} of {folder.name} {error}.")
    return check.run(manifest, sha256_of(content), files, others)


class _FolderCheck:
    """The check of one folder in progress."""

    def __init__(self, folder: str, keys: KeyRing) -> None:
        self._folder = folder
        self._keys = keys
        self._run_id = folder
        self._notes: list[str] = []

    def broken(self, sentence: str) -> CheckedRun:
        """There is no manifest that could be checked."""
        problem = self._problem(ProblemKind.MANIFEST, sentence, MANIFEST)
        return CheckedRun(None, RunVerification(run_id=self._folder, folder=self._folder, problems=(problem,)))

    def run(self, manifest: Manifest, sha256: str, files: Mapping[str, Path], others: Collection[str]) -> CheckedRun:
        """Check everything that the manifest says."""
        self._run_id = manifest.run_id
        self._notes += manifest.remarks
        problems = [
            *self._signature(manifest, files),
            *self._files(manifest, files, others),
            *self._added(manifest, files, others),
        ]
        place, signature = manifest.place, manifest.signature
        result = RunVerification(
            run_id=manifest.run_id,
            folder=self._folder,
            kind=manifest.kind,
            contract=manifest.contract or "",
            operator=manifest.operator,
            approver=manifest.approver,
            chain=place.chain if place else "",
            sequence=place.sequence if place else None,
            previous=place.previous.run_id if place and place.previous else "",
            manifest_sha256=sha256,
            files=len(manifest.files),
            rows=sum(entry.rows or 0 for entry in manifest.files.values()),
            signature=f"{signature.algorithm} {signature.key_id}" if signature else "",
            problems=tuple(problems),
            notes=tuple(self._notes),
        )
        return CheckedRun(manifest, result)

    # --- the signature ---------------------------------------------------------------------------------------

    def _signature(self, manifest: Manifest, files: Mapping[str, Path]) -> Iterator[Problem]:
        signature = manifest.signature
        if signature is None:
            yield self._unvouched("is not signed: its fingerprints can be checked, but nobody vouches for them.")
            return
        key = self._keys.find(signature)
        if key is None and signature.algorithm == HMAC and not self._keys:
            raise UsageError(
                f"{self._run_id} is signed with an HMAC key, and none was given to check it with.",
                "Set RECLAIM_EVIDENCE_KEY, or name a file with --key-file.",
            )
        if key is None and (self._keys.has_one_for(signature.algorithm) or signature.algorithm == HMAC):
            given = ", ".join(self._keys.ids)
            yield self._unvouched(f"was signed with another key ({signature.key_id}) than was given ({given}).")
            return
        pinned = key is not None
        key = key or self._enclosed(signature, files)
        if key is None or not key.vouches(manifest.payload, signature.value):
            yield self._unvouched("does not fit its signature: it was changed, or signed by somebody else.")
        elif not pinned:
            yield self._unvouched(
                f"fits the key that lies beside it ({signature.key_id}), which proves nothing by itself:"
                " give a public key that you trust with --public-key."
            )

    def _enclosed(self, signature: Signature, files: Mapping[str, Path]) -> PublicKey | None:
        """The key in the folder itself, if it is the one that the signature names."""
        try:
            key = PublicKey(read_at_most(files[PUBLIC_KEY], _MAX_KEY_BYTES))
        except (KeyError, OSError, UsageError):
            return None
        return key if key.key_id == signature.key_id else None

    def _unvouched(self, what: str) -> Problem:
        """Names the folder: a manifest that nothing vouches for may name any run."""
        sentence = f"{MANIFEST} of {self._folder} {what}"
        return Problem(kind=ProblemKind.SIGNATURE, run_id=self._folder, sentence=sentence, file=MANIFEST)

    # --- the files -------------------------------------------------------------------------------------------

    def _files(self, manifest: Manifest, files: Mapping[str, Path], others: Collection[str]) -> Iterator[Problem]:
        for name, entry in sorted(manifest.files.items()):
            said = f"{name} of {self._run_id}"
            if name in others:
                yield self._problem(ProblemKind.FILE, f"{said} is no plain file, and was not opened.", name)
            elif name not in files:
                yield self._problem(ProblemKind.FILE, f"{said} is missing.", name)
            else:
                try:
                    if not _is_as_it_was(files[name], entry):
                        yield self._row(name, manifest, files) or self._changed(name, files[name], entry)
                except OSError as error:
                    yield self._problem(ProblemKind.FILE, f"{said} cannot be read: {error.strerror}.", name)

    def _changed(self, name: str, path: Path, entry: FileEntry) -> Problem:
        length = path.stat(follow_symlinks=False).st_size
        how = f": it has {length} bytes, and {entry.bytes} were signed." if length != entry.bytes else "."
        return self._problem(ProblemKind.FILE, f"{name} of {self._run_id} was changed{how}", name)

    def _row(self, name: str, manifest: Manifest, files: Mapping[str, Path]) -> Problem | None:
        """The first row that is wrong, if the fingerprints of the rows are what they were."""
        prints = name + SUFFIX
        if prints not in files or prints not in manifest.files:
            return None
        try:
            if not _is_as_it_was(files[prints], manifest.files[prints]):
                return None
            with opened(files[prints]) as signed, opened(files[name]) as table:
                number, said = first_difference(read_row_prints(signed), row_prints(table))
        except (OSError, ValueError):
            return None
        sentence = f"{name} of {self._run_id} was changed: {said}."
        return self._problem(ProblemKind.ROW, sentence, name, number)

    def _added(self, manifest: Manifest, files: Mapping[str, Path], others: Collection[str]) -> Iterator[Problem]:
        for name in sorted({*files, *others} - {*manifest.files, MANIFEST}):
            sentence = f"{name} of {self._run_id} was added: the manifest does not know it."
            yield self._problem(ProblemKind.FILE, sentence, name)

    def _problem(self, kind: ProblemKind, sentence: str, file: str = "", row: int | None = None) -> Problem:
        return Problem(kind=kind, run_id=self._run_id, sentence=sentence, file=file, row=row)


def _is_as_it_was(path: Path, entry: FileEntry) -> bool:
    """Whether the file has the length and the fingerprint that were signed; one of another length is not read."""
    if path.stat(follow_symlinks=False).st_size != entry.bytes:
        return False
    return hmac.compare_digest(sha256_of_file(path), entry.sha256)
