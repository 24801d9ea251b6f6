"""What verifying evidence found: plain values, for people and for machines."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from reclaim.text.printable import PrintableText


class ProblemKind(StrEnum):
    """What a problem is about."""

    MANIFEST = "manifest"
    SIGNATURE = "signature"
    FILE = "file"
    ROW = "row"
    LINK = "link"


class Problem(BaseModel):
    """One thing that is wrong: where, and a sentence that can be read alone.

    Attributes:
        file: its name in the run's folder; empty where it is about the run as a whole.
        row: the row's number, 1 for the first after the header (0).
    """

    model_config = ConfigDict(frozen=True)

    kind: ProblemKind
    run_id: PrintableText
    sentence: PrintableText
    file: PrintableText = ""
    row: int | None = None


class RunVerification(BaseModel):
    """What was found of one run.

    Attributes:
        folder: the name of its folder.
        contract: the contract whose events the run was about; empty where its manifest does not say.
        sequence: its place in the chain, as its manifest says; None where it has none.
        previous: the run before it, as its manifest says.
        signature: the algorithm and the key's fingerprint; empty where it is not signed.
        notes: what is not wrong, but should be known.
    """

    model_config = ConfigDict(frozen=True)

    run_id: PrintableText
    folder: PrintableText
    kind: PrintableText = ""
    contract: PrintableText = ""
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


class ChainHead(BaseModel):
    """The newest run of a chain. Noted down elsewhere, it shows later whether runs were removed from the end."""

    model_config = ConfigDict(frozen=True)

    chain: str
    runs: int
    run_id: str
    sequence: int
    manifest_sha256: str


class Verification(BaseModel):
    """What was found of a folder, or of a whole reports folder.

    Attributes:
        sound: whether everything is as it was signed.
        verdict: one sentence: the first problem, or that there is none.
        problems: all of them, in the order in which they should be read.
    """

    model_config = ConfigDict(frozen=True)

    path: PrintableText
    sound: bool
    verdict: PrintableText
    problems: tuple[Problem, ...]
    heads: tuple[ChainHead, ...]
    runs: tuple[RunVerification, ...]
