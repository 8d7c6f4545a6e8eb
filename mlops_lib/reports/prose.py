"""Markdown cells and outputs as clean HTML."""

from functools import cache
from html import escape
from typing import TYPE_CHECKING

from mlops_lib.reports.sanitise import clean_html, clean_text

if TYPE_CHECKING:
    from mistune import Markdown

_PLUGINS = ("strikethrough", "table", "def_list")
_TO_THE_RIGHT = (' style="text-align:right"', ' class="number"')


def render_markdown(source: str) -> str:
    """Markdown as HTML that passed the allow-list; formulas stay text, pictures their description.

    Args:
        source: untrusted Markdown, with any HTML in it.

    Example:
        >>> render_markdown("**Yes** ![a plot](https://example.org/x.png)").strip()
        '<p><strong>Yes</strong> a plot</p>'
    """
    return clean_html(str(_markdown()(clean_text(source))).replace(*_TO_THE_RIGHT))


@cache
def _markdown() -> "Markdown":
    import mistune

    class Renderer(mistune.HTMLRenderer):
        """HTML in which a picture is its description: the file it names is not part of the page."""

        def image(self, text: str, url: str, title: str | None = None) -> str:
            del url, title
            return escape(text)

    return mistune.create_markdown(renderer=Renderer(escape=False), plugins=_PLUGINS)
