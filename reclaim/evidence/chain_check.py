"""Checks whether runs follow one another as their manifests say: nothing removed, inserted or put in another order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from reclaim.evidence.checking import CheckedRun
from reclaim.evidence.manifest import ChainPlace, Manifest
from reclaim.evidence.verification import ChainHead, Problem, ProblemKind


class _ChainedRun:
    """One run's manifest with its place, and the SHA-256 that the manifest really has."""

    def __init__(self, manifest: Manifest, place: ChainPlace, sha256: str) -> None:
        self.run_id = manifest.run_id
        self.place = place
        self.sha256 = sha256

    def __str__(self) -> str:
        return f"{self.run_id} (number {self.place.sequence})"

    def problem(self, sentence: str) -> Problem:
        return Problem(kind=ProblemKind.LINK, run_id=self.run_id, sentence=sentence)


def check_chains(runs: Sequence[CheckedRun]) -> tuple[list[Problem], list[ChainHead]]:
    """What is wrong between the runs, and the newest run of every chain."""
    chains: defaultdict[str, list[_ChainedRun]] = defaultdict(list)
    for run in runs:
        if run.manifest and run.manifest.place:
            link = _ChainedRun(run.manifest, run.manifest.place, run.result.manifest_sha256)
            chains[link.place.chain].append(link)
    problems: list[Problem] = []
    heads: list[ChainHead] = []
    for name, links in sorted(chains.items()):
        links.sort(key=lambda link: (link.place.sequence, link.run_id))
        problems += [*_first(links[0]), *(p for before, link in pairwise(links) for p in _between(before, link))]
        last = links[-1]
        heads.append(
            ChainHead(
                chain=name,
                runs=len(links),
                run_id=last.run_id,
                sequence=last.place.sequence,
                manifest_sha256=last.sha256,
            )
        )
    return problems, heads


def _first(link: _ChainedRun) -> Iterator[Problem]:
    place = link.place
    if place.sequence == 1:
        if place.previous or place.chain != link.run_id:
            yield link.problem(
                f"{link.run_id} says that it begins the chain {place.chain}, and names another beginning."
            )
    else:
        missing = place.previous.run_id if place.previous else place.chain
        yield link.problem(f"{link} follows {missing}, which is not here: the chain has lost its beginning.")


def _between(before: _ChainedRun, link: _ChainedRun) -> Iterator[Problem]:
    previous, step = link.place.previous, link.place.sequence - before.place.sequence
    if step == 0:
        yield link.problem(f"{before} and {link} have the same place in the chain, which only one can have.")
    elif previous is None:
        yield link.problem(f"{link} says that nothing came before it, but {before} did.")
    elif step > 1:
        many = f" {step - 1} runs are missing." if step > 2 else ""  # noqa: PLR2004  (more than one)
        yield link.problem(
            f"{link} follows {previous.run_id}, which is not here: it was removed, or died before it was sealed.{many}"
        )
    elif (previous.run_id, previous.sha256) != (before.run_id, before.sha256):
        yield link.problem(
            f"{link} follows {previous.run_id} with the manifest {previous.sha256[:16]}…,"
            f" but before it stands {before.run_id} with {before.sha256[:16]}…."
        )
