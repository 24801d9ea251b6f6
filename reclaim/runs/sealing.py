"""Closes a run's folder: every file hashed, the manifest signed and chained. Nothing is written there afterwards.

The place in the chain is taken first and the file written then. A run that dies in between has left the manifest's text
in the chain, and the next run writes it into its folder; so a crash neither forks the chain nor leaves a gap in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reclaim.evidence.keys import Signer
from reclaim.evidence.manifest import (
    MANIFEST,
    PUBLIC_KEY,
    ChainPlace,
    FileEntry,
    MalformedManifest,
    Manifest,
    PreviousRun,
    Signature,
    read_manifest,
    render,
    sha256_of,
)
from reclaim.evidence.rows import SUFFIX, write_row_prints
from reclaim.files import arriving, fingerprints
from reclaim.model.chain import Link
from reclaim.model.errors import ReclaimError, StoreUnavailable
from reclaim.model.run import RunRecord
from reclaim.ports import EvidenceChain
from reclaim.text.printable import printable

_TRIES = 100
"""Each lost race means that another run took its place; so many in a row do not happen."""

UNSIGNED = "No signing key is configured, so nobody vouches for this evidence."


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder, ready to be sealed: what is in it and who runs it.

    Attributes:
        files: every file but the manifest, by its name in the folder.
    """

    path: Path
    files: dict[str, FileEntry]
    record: RunRecord
    signer: Signer | None

    def manifest(self, now: datetime, place: ChainPlace | None, remarks: Iterable[str] = ()) -> Manifest:
        """The signed manifest of the run at this place.

        Raises:
            TransientError: the service that holds the signing key does not answer.
        """
        unsigned = _manifest(self.record, self.files, now, place, tuple(remarks))
        if self.signer is None:
            return unsigned.model_copy(update={"remarks": (*unsigned.remarks, UNSIGNED)})
        named = Signature(algorithm=self.signer.algorithm, key_id=self.signer.key_id)
        manifest = unsigned.model_copy(update={"signature": named})
        signed = named.model_copy(update={"value": self.signer.sign(manifest.payload)})
        return manifest.model_copy(update={"signature": signed})

    def write(self, text: bytes) -> dict[str, str]:
        """Put the manifest into the folder; SHA-256 by name of all that is in it, the manifest included."""
        with arriving(self.path / MANIFEST) as partial:
            partial.write_bytes(text)
        return {**{name: entry.sha256 for name, entry in self.files.items()}, MANIFEST: sha256_of(text)}


def prepare_folder(path: Path, record: RunRecord, signer: Signer | None) -> RunFolder:
    """Write the fingerprints of the tables' rows and the public key into the folder, and hash every file."""
    path.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    for table in sorted(path.glob("*.csv")):
        with arriving(table.with_name(table.name + SUFFIX)) as partial:
            rows[table.name] = write_row_prints(table, partial)
    if signer and signer.public_key:
        with arriving(path / PUBLIC_KEY) as partial:
            partial.write_bytes(signer.public_key)
    files = {
        name: FileEntry(sha256=digest, bytes=(path / name).stat().st_size, rows=rows.get(name))
        for name, digest in fingerprints(path).items()
    }
    return RunFolder(path, files, record, signer)


def seal(folder: RunFolder, chain: EvidenceChain, location: str, now: datetime) -> dict[str, str]:
    """Take the next place in the chain and write the manifest; SHA-256 by name of all files.

    Called again after a crash or a lost answer, the run keeps the place that it took.

    Raises:
        TransientError: the chain, or the service that holds the signing key, does not answer.
    """
    run_id = folder.record.run_id
    for _ in range(_TRIES):
        if mine := chain.of_run(location, run_id):
            return folder.write(mine.manifest.encode())
        head = chain.head(location)
        if head:
            _restore(head, folder.path.parent, run_id)
        place = _after(head, run_id)
        text = render(folder.manifest(now, place))
        link = Link(location, place.chain, place.sequence, run_id, sha256_of(text), text.decode())
        if chain.append(link):
            return folder.write(text)
    raise StoreUnavailable("The chain of evidence has no free place.", "Run again.")


def seal_alone(folder: RunFolder, now: datetime, why: str) -> dict[str, str]:
    """Write a manifest that is in no chain and says so; unsigned too if the key's service does not answer."""
    remarks = [f"This run stands in no chain: {why}"]
    try:
        manifest = folder.manifest(now, None, remarks)
    except ReclaimError as error:
        manifest = replace(folder, signer=None).manifest(now, None, [*remarks, f"It could not be signed: {error}"])
    return folder.write(render(manifest))


def _after(head: Link | None, run_id: str) -> ChainPlace:
    if head is None:
        return ChainPlace(chain=run_id, sequence=1, previous=None)
    previous = PreviousRun(run_id=head.run_id, sha256=head.sha256)
    return ChainPlace(chain=head.chain, sequence=head.sequence + 1, previous=previous)


def _restore(link: Link, reports: Path, writer: str) -> None:
    """Write the manifest of the run before from the chain, where that run died or did not get the chain's answer.

    It may also be writing the same manifest itself at this moment, so `writer` keeps the two apart.
    """
    path = reports / link.run_id / MANIFEST
    if path.parent.is_dir() and not _is_chained(path):
        with arriving(path, writer=writer) as partial:
            partial.write_bytes(link.manifest.encode())


def _is_chained(path: Path) -> bool:
    """Whether the manifest at `path` has a place in a chain; one that cannot be read is left as it is."""
    try:
        return read_manifest(path.read_bytes()).place is not None
    except FileNotFoundError:
        return False
    except (OSError, MalformedManifest):
        return True


def _manifest(
    record: RunRecord, files: dict[str, FileEntry], now: datetime, place: ChainPlace | None, remarks: tuple[str, ...]
) -> Manifest:
    return Manifest(
        run_id=record.run_id,
        kind=record.kind,
        state=record.state.value,
        queue=printable(record.queue),
        contract=printable(record.contract) or None,
        dry_run=bool(record.parameters.get("dry_run")),
        operator=printable(record.operator),
        reason=printable(record.reason),
        approver=printable(record.approver),
        code_version=printable(record.code_version),
        started_at=_moment(record.started_at),
        finished_at=_moment(record.finished_at),
        written_at=_moment(now),
        counts=dict(record.counts),
        files=files,
        place=place,
        remarks=tuple(map(printable, remarks)),
    )


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
