"""Where reports are kept: a folder, or a bucket in S3."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.files import MANIFEST_NAME
from reclaim.model.errors import UsageError

_NOT_FOUND: Final = "404"
"""How S3 answers HeadObject for a key that does not exist: the code is the bare status."""


class ReportStore:
    """Gives every run a local folder to write into, and publishes it to where reports are kept.

    Args:
        url: a folder's path, or ``s3://bucket/prefix``.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._bucket = parts.netloc if parts.scheme == "s3" else ""
        self._prefix = parts.path.strip("/")
        self._root = Path(tempfile.gettempdir(), "reclaim-reports") if self._bucket else Path(url).absolute()

    @property
    def location(self) -> str:
        """Where reports are kept, in one form however the URL was written; the name of the chain of evidence."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/") if self._bucket else str(self._root.resolve())

    def folder(self, run_id: str) -> Path:
        """The local folder of a run's report; created by what writes into it."""
        return self._root / run_id

    def publish(self, run_id: str, page: str = "report.html") -> str:
        """Upload the folder where reports are kept in S3; where the report's `page` then is."""
        if not self._bucket:
            return str(self.folder(run_id) / page)
        s3 = aws_service("s3")
        with translated(f"bucket {self._bucket}"):
            # The manifest last: once it is there, everything that it names is there too.
            for path in sorted(self.folder(run_id).rglob("*"), key=lambda path: (path.name == MANIFEST_NAME, path)):
                if path.is_file():
                    s3.upload_file(str(path), self._bucket, self._key(run_id, path.relative_to(self.folder(run_id))))
        return f"s3://{self._bucket}/{self._key(run_id, Path(page))}"

    def fetch(self, run_id: str) -> Path:
        """The folder of a run's report, with `report.json` in it, and its manifest if it has one.

        Raises:
            UsageError: there is no report of that run.
        """
        folder = self.folder(run_id)
        if self._bucket and not (folder / "report.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("report.json", MANIFEST_NAME):
                self._download(self._key(run_id, Path(name)), folder / name)
        if not (folder / "report.json").exists():
            raise UsageError(f"There is no report of run {run_id} in {self._root}.", "`reclaim status` lists the runs.")
        return folder

    def _download(self, key: str, path: Path) -> None:
        """Download one file, if there is one of that key."""
        try:
            with translated(f"bucket {self._bucket}"):
                aws_service("s3").download_file(self._bucket, key, str(path))
        except ClientError as error:
            if error.response["Error"]["Code"] != _NOT_FOUND:
                raise

    def _key(self, run_id: str, path: Path) -> str:
        return "/".join(part for part in (self._prefix, run_id, path.as_posix()) if part)
