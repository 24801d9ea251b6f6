"""What a check of evidence found: plain values, for people and for machines."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from reclaim.text.printable import PrintableText


class Kind(StrEnum):
    """What is wrong, by what one has to look at."""

    MANIFEST = "manifest"
    SIGNATURE = "signature"
    FILE = "file"
    ROW = "row"
    LINK = "link"


class Problem(BaseModel):
    """One thing that is wrong: where, and a sentence that stands for itself.

    Attributes:
        file: its name in the run's folder; empty where it is about the run as a whole.
        row: the row's number, 1 for the first after the header (0).
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    run_id: PrintableText
    sentence: PrintableText
    file: PrintableText = ""
    row: int | None = None


class RunFindings(BaseModel):
    """What was found of one run.

    Attributes:
        folder: the name of its folder.
        sequence: its place in the chain, as its manifest says; None where it has none.
        previous: the run before it, as its manifest says.
        signature: the algorithm and the key's fingerprint; empty where it is not signed.
        notes: what is not wrong and should be known.
    """

    model_config = ConfigDict(frozen=True)

    run_id: PrintableText
    folder: PrintableText
    kind: PrintableText = ""
    operator: PrintableText = ""
    approver: PrintableText = ""
    chain: str = ""
    sequence: int | None = None
    previous: PrintableText = ""
    manifest_sha256: str = ""
    files: int = 0
    rows: int = 0
    signature: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[PrintableText, ...] = ()


class Head(BaseModel):
    """The newest run of a chain: noted down elsewhere, it shows later whether runs were removed from the end."""

    model_config = ConfigDict(frozen=True)

    chain: str
    runs: int
    run_id: str
    sequence: int
    manifest_sha256: str


class Findings(BaseModel):
    """What was found of a folder, or of a whole reports folder.

    Attributes:
        sound: whether everything is as it was signed.
        problems: all that is wrong, the first thing first.
    """

    model_config = ConfigDict(frozen=True)

    path: PrintableText
    sound: bool
    verdict: PrintableText
    problems: tuple[Problem, ...]
    heads: tuple[Head, ...]
    runs: tuple[RunFindings, ...]
