"""Write the dashboards: `python -m ops.dashboards [FOLDER]`."""

from __future__ import annotations

from pathlib import Path

import click

from ops.dashboards import defaults, rendered
from reclaim.files import arriving
from reclaim.settings import read_settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
def write(folder: Path | None) -> None:
    """Write cloudwatch.json and grafana.json.

    Without FOLDER the ones that are checked in, with every setting's default; into FOLDER, with queue and thresholds as
    the environment has them.
    """
    target = folder or Path(__file__).parent
    target.mkdir(parents=True, exist_ok=True)
    for name, text in rendered(read_settings() if folder else defaults()).items():
        with arriving(target / name) as partial:
            partial.write_text(text, encoding="utf-8")
        click.echo(target / name)


if __name__ == "__main__":
    write()
