"""`manifest.json`: what a run's folder held when the run ended, who signs for it, and which run came before.

The file has exactly one form per content (`render`), and that form is what is signed, with an empty signature value.
So no byte of it can change unnoticed, not even a space.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from reclaim.text.printable import one_line

MANIFEST: Final = "manifest.json"
PUBLIC_KEY: Final = "public-key.pem"

MAX_BYTES: Final = 64 * 2**20
"""A manifest is some kilobytes; a larger file is not read into memory."""

_HEX = r"^[0-9a-f]{64}$"
_ID = r"^[A-Za-z0-9._-]{1,128}$"
_REFUSED_PARTS: Final = {"", ".", ".."}


class MalformedManifest(ValueError):
    """The bytes are no manifest that this version writes; the message completes "manifest.json …"."""


def _inside(name: str) -> str:
    """Refuse a name that could lead out of the folder."""
    if "\\" in name or "\0" in name or _REFUSED_PARTS & set(name.split("/")):
        raise ValueError("not the name of a file inside the folder")
    return name


FileName = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=_HEX)]
RunId = Annotated[str, Field(pattern=_ID)]
Whole = Annotated[int, Field(ge=0)]


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileEntry(_ManifestPart):
    """One file: its fingerprint, its length, and how many rows it has if it is a table (its header apart)."""

    sha256: Sha256
    bytes: Whole
    rows: Whole | None = None


class PreviousRun(_ManifestPart):
    """The run before: its ID, and the SHA-256 of its whole `manifest.json`."""

    run_id: RunId
    sha256: Sha256


class ChainPlace(_ManifestPart):
    """Where the run stands in its chain.

    Attributes:
        chain: the chain's name: the ID of its first run.
        sequence: 1 for the first.
        previous: None for the first only.
    """

    chain: RunId
    sequence: Annotated[int, Field(ge=1)]
    previous: PreviousRun | None


class Signature(_ManifestPart):
    """What signs the manifest: `key_id` is a fingerprint that is safe to publish, `value` is hexadecimal."""

    algorithm: Literal["HMAC-SHA256", "ECDSA-P256-SHA256"]
    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    value: Annotated[str, Field(pattern=r"^[0-9a-f]*$")] = ""


class Manifest(_ManifestPart):
    """The whole file. Times are ISO 8601 in UTC with milliseconds; no number has a fraction.

    Attributes:
        contract: the contract whose events the run was about; None in a manifest from before there were contracts.
        place: None where the run could not be chained; `remarks` then say why.
        signature: None where no key signs.
        remarks: what a reader must know, in sentences.
    """

    format: Literal[1] = 1
    run_id: RunId
    kind: str
    state: str
    queue: str
    contract: str | None = None
    dry_run: bool
    operator: str
    reason: str
    approver: str
    code_version: str
    started_at: str
    finished_at: str
    written_at: str
    counts: dict[str, int]
    files: dict[FileName, FileEntry]
    place: ChainPlace | None
    remarks: tuple[str, ...] = ()
    signature: Signature | None = None

    @property
    def payload(self) -> bytes:
        """What is signed: the file as it stands, but for the signature's value."""
        if self.signature is None:
            return render(self)
        return render(self.model_copy(update={"signature": self.signature.model_copy(update={"value": ""})}))


def render(manifest: Manifest) -> bytes:
    """The one form of the file: UTF-8, sorted names, two spaces of indentation, a line end."""
    content = manifest.model_dump(mode="json", exclude={"contract"} if manifest.contract is None else None)
    text = json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def read_manifest(content: bytes) -> Manifest:
    """The manifest that `content` is.

    Raises:
        MalformedManifest: it is none, or not in its one form.
    """
    if len(content) > MAX_BYTES:
        raise MalformedManifest(f"is larger than {MAX_BYTES} bytes")
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise MalformedManifest(_complaint(error)) from error
    if render(manifest) != content:
        raise MalformedManifest("is not written the way Reclaim writes it, so it was changed afterwards")
    return manifest


def sha256_of(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return one_line(f"cannot be read: {where}: {said}" if where else f"cannot be read: {said}")[:300]
