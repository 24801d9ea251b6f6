"""Where a deployed run works: a pull step of `prefect.yaml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import flows

_PROJECT: Final = Path(flows.__file__).parents[1]


def work_in_the_project() -> None:
    """Leave the temporary folder in which a process worker starts a run, and which goes when the run ends.

    Paths in the settings are meant from the project's folder: reports written to `reports` would be lost. Where Reclaim
    is installed without its checkout, in an image, a run stays where the image puts it.
    """
    if (_PROJECT / "prefect.yaml").is_file():
        os.chdir(_PROJECT)
