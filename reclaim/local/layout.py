"""Where the local stack keeps its files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reclaim.files import arriving

STATE_FOLDER = ".reclaim"
HOME_VARIABLE = "RECLAIM_HOME"
TOOLS_VARIABLE = "RECLAIM_TOOLS"


@dataclass(frozen=True)
class Layout:
    """The paths of one local stack.

    Args:
        root: the project folder; everything is in its `.reclaim/`.
        tools: where installed programs are; stacks may share it.
    """

    root: Path
    tools: Path

    @classmethod
    def at(cls, root: Path) -> Layout:
        """The stack of a project folder, with tools of its own."""
        root = root.absolute()
        return cls(root=root, tools=root / STATE_FOLDER / "tools")

    @classmethod
    def find(cls, environ: Mapping[str, str], cwd: Path) -> Layout:
        """The stack that a command started in `cwd` means.

        `RECLAIM_HOME` names the project folder and `RECLAIM_TOOLS` the folder of installed programs; without the
        first, the nearest folder upwards counts that is this project or holds a `.reclaim/`, else `cwd` itself.
        """
        named = environ.get(HOME_VARIABLE)
        found = cls.at(Path(named) if named else _project_above(cwd.absolute()))
        tools = environ.get(TOOLS_VARIABLE)
        return cls(root=found.root, tools=Path(tools).absolute()) if tools else found

    @property
    def state(self) -> Path:
        """Everything the stack writes."""
        return self.root / STATE_FOLDER

    @property
    def stack_env(self) -> Path:
        """How to reach the running stack; absent when none runs."""
        return self.state / "stack.env"

    @property
    def saved_settings(self) -> Path:
        """What stays the same from one `up` to the next: ports and the tracking key."""
        return self.state / "stack.json"

    @property
    def records(self) -> Path:
        """A file per process that `up` started."""
        return self.state / "run"

    @property
    def reports(self) -> Path:
        """Where recovery runs put their reports."""
        return self.state / "reports"

    @property
    def lock(self) -> Path:
        """Held while services are started or stopped."""
        return self.state / "stack.lock"

    def log(self, service: str) -> Path:
        """What a service prints."""
        return self.state / "logs" / f"{service}.log"

    def record(self, service: str) -> Path:
        """Which process a service is; absent when it is not meant to run."""
        return self.records / f"{service}.json"

    def marker(self, service: str) -> str:
        """Marks this stack's processes."""
        return f"{self.root}:{service}"

    def data(self, service: str) -> Path:
        """A service's own files; they persist."""
        return self.state / service

    def create(self) -> None:
        """Make the folders, kept out of version control."""
        for folder in (self.records, self.log("any").parent, self.tools):
            folder.mkdir(parents=True, exist_ok=True)
        (self.state / ".gitignore").write_text("*\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, mode 0600; a reader sees the old text or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with arriving(path, private=True) as partial:
        partial.write_text(text, encoding="utf-8")


def _project_above(cwd: Path) -> Path:
    for folder in (cwd, *cwd.parents):
        if (folder / STATE_FOLDER).is_dir() or _is_this_project(folder / "pyproject.toml"):
            return folder
    return cwd


def _is_this_project(pyproject: Path) -> bool:
    try:
        name = tomllib.loads(pyproject.read_text()).get("project", {}).get("name")
    except (OSError, ValueError):  # not there, not readable, or not TOML
        return False
    return bool(name == "reclaim")
