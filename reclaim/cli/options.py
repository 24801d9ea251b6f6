"""Options that several commands share."""

from __future__ import annotations

import click

queue = click.option("--queue", metavar="NAME", help="The dead-letter queue: name or URL, instead of RECLAIM_QUEUE.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout, everything else on stderr.")
