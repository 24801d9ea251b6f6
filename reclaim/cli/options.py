"""What several commands share: options, and the refusal to run against nothing."""

from __future__ import annotations

import os

import click

from reclaim.local.environment import require

queue = click.option("--queue", metavar="NAME", help="The dead-letter queue: name or URL, instead of RECLAIM_QUEUE.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout, everything else on stderr.")


def require_stack() -> None:
    """Make sure that something is configured to work on.

    Raises:
        StackUnavailable: neither the environment nor a local stack says where SQS and MongoDB are.
    """
    require(os.environ)
