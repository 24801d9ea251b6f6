"""`reclaim verify`: whether evidence is as it was signed. Needs the folder and the key, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reclaim.cli import options
from reclaim.evidence.keys import HmacKey, KeyRing, PublicKey
from reclaim.evidence.verification import ProblemKind, RunVerification, Verification
from reclaim.evidence.verifying import verify as verify_evidence
from reclaim.model.errors import ExitCode, UsageError
from reclaim.settings import read_settings

_FILE = click.Path(path_type=Path)


@click.command(epilog="Example: reclaim verify reports --public-key auditor/evidence.pem")
@click.argument("path", type=_FILE)
@click.option("--public-key", "public_keys", type=_FILE, multiple=True, help="A KMS key's public half (PEM) to trust.")
@click.option("--key-file", "key_files", type=_FILE, multiple=True, help="A file with an (earlier) HMAC key to trust.")
@click.option("--head", default="", metavar="SHA256", help="A manifest noted down earlier, which must still be there.")
@options.as_json
def verify(*, path: Path, public_keys: Sequence[Path], key_files: Sequence[Path], head: str, as_json: bool) -> int:
    """Check a run's folder, or a folder of runs and the order in which they follow one another.

    Offline: neither MongoDB nor AWS is asked. HMAC signatures are checked with RECLAIM_EVIDENCE_KEY. Exit code 0: all
    is as it was signed. 2: something is not, and the first such file, row or link is named.
    """
    keys = [PublicKey(_read(one)) for one in public_keys] + [HmacKey(_read(one).strip()) for one in key_files]
    if key := read_settings().evidence_key_bytes:
        keys.append(HmacKey(key))
    found = verify_evidence(path, KeyRing(keys), head)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        show(found)
    return ExitCode.DONE if found.sound else ExitCode.NEEDS_A_PERSON


def show(found: Verification) -> None:
    """What was found, for people: a line per run, and the first thing that is wrong."""
    console = Console(highlight=False, markup=False)
    console.print(_table(found))
    console.print()
    console.print(Text(found.verdict, style="green" if found.sound else "bold red"), soft_wrap=True)
    if len(found.problems) > 1:
        console.print(f"It is the first of {len(found.problems):,} things that are wrong; --json lists them all.")
    for line in _remarks(found):
        console.print(Text(line, style="dim"), soft_wrap=True)


def _table(found: Verification) -> Table:
    table = Table("#", "Run", "Kind", "Files", "Rows", "Signed by", "", box=None, pad_edge=False)
    for number in (0, 3, 4):
        table.columns[number].justify = "right"
    broken_links = {problem.run_id for problem in found.problems if problem.kind is ProblemKind.LINK}
    for run in found.runs:
        algorithm, _, key_id = run.signature.partition(" ")
        numbers = (f"{run.files:,}", f"{run.rows:,}")
        signed = f"{algorithm.partition('-')[0]} {key_id[:8]}"
        table.add_row(str(run.sequence or ""), Text(run.run_id), run.kind, *numbers, signed, _state(run, broken_links))
    return table


def _state(run: RunVerification, broken_links: set[str]) -> Text:
    if run.problems and run.problems[0].kind is ProblemKind.SIGNATURE and not run.signature:
        return Text("not signed", style="red")
    if run.problems:
        return Text(f"{run.problems[0].kind} wrong", style="red")
    if run.run_id in broken_links:
        return Text("link wrong", style="red")
    return Text("ok" if run.manifest_sha256 else "not finalized", style="green" if run.manifest_sha256 else "dim")


def _remarks(found: Verification) -> Iterator[str]:
    for run in found.runs:
        yield from (f"{run.run_id}: {note}" for note in run.notes)
    if not found.heads and found.runs[0].previous:
        yield f"It follows {found.runs[0].previous}; verify the folder of all runs to check that too."
    for head in found.heads:
        yield f"Newest of {head.runs:,}: {head.run_id}, manifest {head.manifest_sha256}."
    if found.heads:
        yield "Runs removed from the end leave no trace here: note that SHA-256 down, and give it as --head next time."


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"The key file {path} cannot be read: {error.strerror}.", "Check the path.") from error
