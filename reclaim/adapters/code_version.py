"""What code runs, as precisely as it can be known."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import reclaim

_CHECKOUT: Final = Path(reclaim.__file__).parents[1]
_SECONDS: Final = 5


def code_version(stated: str | None) -> str:
    """The package's version and, behind a plus, what is `stated`, else the commit of the checkout, if it is one.

    ``-dirty`` behind the commit says that files were changed since.
    """
    commit = stated or _commit()
    return f"{reclaim.__version__}+{commit}" if commit else reclaim.__version__


@cache
def _commit() -> str:
    # Without this check git would search the parent folders and find another repository around an installation.
    if not (_CHECKOUT / ".git").exists():
        return ""
    command = ("git", "-C", str(_CHECKOUT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603 (ours)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
