"""stack.env: the local stack's addresses as lines of `NAME=value`.

`up` writes it, every other command loads it when its own environment names no stack, and so can a shell
(`set -a; . .reclaim/stack.env; set +a`) or any other program.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from reclaim.local.layout import Layout
from reclaim.model.errors import StackUnavailable

# An environment that sets one of these means another stack: nothing of the local one may leak into that.
CONFIGURED_BY = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "RECLAIM_MONGO_URI")

_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_@%+=:,./?-]*")


def parse(text: str) -> dict[str, str]:
    """Read lines of `NAME=value`; blank lines and lines that start with `#` are skipped.

    A value may stand in quotes, as a shell would write it.
    """
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): _unquoted(value.strip()) for name, value in pairs}


def render(variables: Mapping[str, str]) -> str:
    """Write lines that `parse` and a POSIX shell read alike."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


def merged(environ: Mapping[str, str], stack: Mapping[str, str]) -> dict[str, str]:
    """The environment to work in: `environ`, and the stack's variables where nothing else is configured.

    What `environ` sets wins. If it names an AWS endpoint, an AWS profile or a MongoDB, the local stack is left out.
    """
    if any(environ.get(name) for name in CONFIGURED_BY):
        return dict(environ)
    return {**stack, **environ}


def read(layout: Layout) -> dict[str, str]:
    """What stack.env says; empty when no stack runs."""
    try:
        return parse(layout.stack_env.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def load(environ: MutableMapping[str, str], cwd: Path | None = None) -> None:
    """Point a process at the running local stack, unless its environment already names another.

    Args:
        environ: changed in place; `os.environ` outside tests.
        cwd: where to look for the stack; the current directory by default.
    """
    environ.update(merged(environ, read(Layout.find(environ, cwd or Path.cwd()))))


def require(environ: Mapping[str, str]) -> None:
    """Make sure that, after `load`, some stack is configured.

    Raises:
        StackUnavailable: none is, so a command would only run into timeouts.
    """
    if not any(environ.get(name) for name in CONFIGURED_BY):
        raise StackUnavailable(
            "No stack runs here and the environment names none.",
            "Run `reclaim up`, or set RECLAIM_MONGO_URI and the AWS variables.",
        )


def _quoted(value: str) -> str:
    return value if _NEEDS_NO_QUOTES.fullmatch(value) else shlex.quote(value)


def _unquoted(value: str) -> str:
    if value[:1] not in {"'", '"'}:
        return value
    return "".join(shlex.split(value))
