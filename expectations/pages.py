"""How a page of the Data Docs becomes HTML: self-contained, without scripts, with every value escaped.

The library's own pages load styles, scripts and fonts from other people's servers, and put what stands in the
data into them as it is. A page of evidence is read years later and without a network, and what stands in the
data came from outside. See docs/adr/0003-data-docs-without-scripts.md.
"""

# Great Expectations re-exports its names in a way that mypy does not follow, and leaves its views untyped.
# mypy: disable-error-code="attr-defined, no-untyped-call"

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader, pass_context
from jinja2.runtime import Context

_TEMPLATES = Path(__file__).parent / "templates"


class SelfContainedPageView(DefaultJinjaPageView):
    """Renders any page of the Data Docs, the index too, with the templates of this package first."""

    def __init__(self, **directories: Any) -> None:  # noqa: ANN401  (the site builder's own arguments)
        super().__init__(**directories)
        ours = FileSystemLoader(_TEMPLATES)
        self.env.loader = ChoiceLoader([ours, self.env.loader] if self.env.loader else [ours])

    @pass_context
    def render_content_block(self, jinja_context: Context, content_block: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Escape bare text, which the library takes for HTML; blocks are rendered, and so escaped, part by part."""
        return super().render_content_block(jinja_context, _escaped(content_block), *args, **kwargs)

    def render_string_template(self, template: Any) -> Any:  # noqa: ANN401
        """Escape the fixed part too: exception messages and descriptions arrive as that."""
        if isinstance(template, dict):
            template = {**template, "template": _escaped(template.get("template", ""))}
        return super().render_string_template(template)


def _escaped(block: Any) -> Any:  # noqa: ANN401
    if isinstance(block, str):
        return html.escape(block, quote=False)
    if isinstance(block, list):
        return [_escaped(each) if isinstance(each, str) else each for each in block]
    return block
