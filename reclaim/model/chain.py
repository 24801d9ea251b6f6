"""The chain: every run's manifest names the one before it, in the order in which the runs ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """One run's place in the chain of one reports location.

    Attributes:
        location: where the reports are kept; each location has a chain of its own.
        chain: the chain's name: the ID of its first run.
        sequence: 1 for the first.
        sha256: of the whole manifest, in hexadecimal.
        manifest: the manifest's text, so that it can still be written into its folder if its run died before.
    """

    location: str
    chain: str
    sequence: int
    run_id: str
    sha256: str
    manifest: str
