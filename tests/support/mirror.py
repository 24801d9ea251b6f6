"""A program that prints what a command finds when it begins: `python -m tests.support.mirror ENDING`.

ENDING says how it ends: `exit N` with that code, `error` with an exception, `wait` by a signal.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from reclaim.cli.main import settle_prefect


def found() -> dict[str, Any]:
    """What must not depend on how a command is started."""
    settle_prefect(debug=False)
    import prefect.main  # noqa: PLC0415  (it reads its settings when it is imported)

    settings = prefect.settings.get_current_settings()
    prefects = logging.getLogger("prefect")
    return {
        "arguments": sys.argv,
        "path": sys.path[0],
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "stdin": sys.stdin.read(),
        "streams": [(str(one.encoding), one.errors, one.isatty()) for one in (sys.stdin, sys.stdout, sys.stderr)],
        "files": len(list(Path("/dev/fd").iterdir())),
        "signals": {str(number): str(signal.getsignal(number)) for number in signal.valid_signals()},
        "masked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "leads": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
        "threads": threading.active_count(),
        "prefect": [settings.api.url, str(settings.home), prefect.context.get_settings_context().profile.name],
        "log": [prefects.level, [(type(one).__name__, one.level) for one in prefects.handlers]],
        "root log": [type(one).__name__ for one in logging.getLogger().handlers],
    }


def main() -> None:
    """Print it, and end as asked."""
    how, *code = sys.argv[1:]
    atexit.register(sys.stderr.write, "at exit\n")
    sys.stdout.write(json.dumps(found()) + "\n")
    if how == "exit":
        sys.exit(int(*code))
    if how == "error":
        raise ValueError("asked for")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    main()
