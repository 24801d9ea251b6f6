"""`python -m reclaim` is the `reclaim` command."""

from reclaim.cli.main import run

run()
