"""`reclaim verify`: checks one run's folder, or all runs of a reports folder and how they follow one another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reclaim.evidence.chain_check import check_chains
from reclaim.evidence.checking import CheckedRun, check_run
from reclaim.evidence.keys import KeyRing
from reclaim.evidence.manifest import MANIFEST
from reclaim.evidence.verification import ChainHead, Problem, ProblemKind, RunVerification, Verification
from reclaim.model.errors import UsageError

_REPORTED: Final = {".json", ".html", ".csv", ".parquet"}
"""A run's folder has files like these; a folder with only a log is what a killed run left."""


def verify(path: Path, keys: KeyRing, head: str = "") -> Verification:
    """Check what is at `path`.

    Args:
        path: a run's folder, its manifest, or a folder of such folders.
        keys: the keys that are trusted.
        head: SHA-256 of a manifest noted down earlier, which must still be among those of the chain; empty for none.

    Raises:
        UsageError: there is no evidence at `path`, or no key to check it with.
    """
    folder = path.parent if path.name == MANIFEST and path.is_file() else path
    if not folder.is_dir():
        raise UsageError(f"There is no folder {path}.", "Name a run's folder, or the folder that holds the runs'.")
    if _is_sealed(folder) or (_is_a_run(folder) and not any(map(_is_sealed, _folders(folder)))):
        return _conclude(folder, [check_run(folder.resolve(), keys)], [], [], head)
    return _verify_all(folder, keys, head)


def _verify_all(folder: Path, keys: KeyRing, head: str) -> Verification:
    folders = _folders(folder)
    runs = [check_run(child, keys) for child in folders if _is_a_run(child)]
    if not runs:
        raise UsageError(
            f"There is no evidence in {folder}.", "Name a run's folder, or the folder that holds the runs'."
        )
    remains = [child for child in folders if not _is_a_run(child) and (child / "events.jsonl").is_file()]
    between, heads = check_chains(runs)
    misplaced = [*_misnamed(runs), *(_linked(child) for child in _listed(folder) if child.is_symlink())]
    found = _conclude(folder, runs, [*misplaced, *between], heads, head)
    return found.model_copy(update={"runs": (*found.runs, *map(_killed, remains))})


def _is_sealed(folder: Path) -> bool:
    return os.path.lexists(folder / MANIFEST)


def _is_a_run(folder: Path) -> bool:
    try:
        return any(child.suffix in _REPORTED for child in folder.iterdir())
    except OSError:
        return True  # what cannot be listed is checked, and so becomes a problem


def _folders(folder: Path) -> list[Path]:
    return [child for child in _listed(folder) if child.is_dir() and not child.is_symlink()]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be listed: {error.strerror}.", "Check its permissions.") from error


def _conclude(
    path: Path, runs: Sequence[CheckedRun], between: list[Problem], heads: list[ChainHead], head: str
) -> Verification:
    """All problems in order: those of the runs in the order of their chains, then those between runs."""
    ordered = sorted((run.result for run in runs), key=_place)
    problems = [problem for run in ordered for problem in run.problems] + between
    if head and head not in {run.manifest_sha256 for run in ordered}:
        sentence = (
            f"No manifest here has the SHA-256 {head} that was noted down: runs were removed, or all was rewritten."
        )
        problems.append(Problem(kind=ProblemKind.LINK, run_id="", sentence=sentence))
    verdict = problems[0].sentence if problems else _sound(ordered, heads)
    return Verification(
        path=str(path),
        sound=not problems,
        verdict=verdict,
        problems=tuple(problems),
        heads=tuple(heads),
        runs=tuple(ordered),
    )


def _place(run: RunVerification) -> tuple[str, int, str]:
    return run.chain, run.sequence or 0, run.folder


def _sound(runs: Sequence[RunVerification], heads: Sequence[ChainHead]) -> str:
    files, rows = sum(run.files for run in runs), sum(run.rows for run in runs)
    what = f"{files:,} files with {rows:,} rows are as they were signed"
    if len(runs) == 1:
        return f"{runs[0].run_id}: {what}."
    chained = sum(head.runs for head in heads)
    chains = "one chain" if len(heads) == 1 else f"{len(heads)} chains"
    return f"{len(runs):,} runs: {what}; {chained:,} of them follow one another in {chains}."


def _misnamed(runs: Sequence[CheckedRun]) -> list[Problem]:
    """Runs whose folder has the name of another: a copy, or two that were exchanged."""
    return [
        Problem(
            kind=ProblemKind.FILE,
            run_id=found.run_id,
            sentence=f"The folder {found.folder} holds the evidence of {found.run_id}.",
        )
        for found in (run.result for run in runs)
        if found.folder != found.run_id
    ]


def _linked(path: Path) -> Problem:
    return Problem(kind=ProblemKind.FILE, run_id=path.name, sentence=f"{path.name} is a link, and was not followed.")


def _killed(folder: Path) -> RunVerification:
    note = "Only a log is here: the run was killed before it was finalized."
    return RunVerification(run_id=folder.name, folder=folder.name, notes=(note,))
