"""`report.html`: the report as one page that needs nothing else to be read."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from reclaim.reports.model import RunReport
from reclaim.reports.verdict import headline


def render_html(report: RunReport) -> str:
    """The page: self-contained, without scripts, everything that came from a message escaped."""
    return _environment().get_template("report.html.j2").render(report=report, headline=headline(report))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reclaim.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
