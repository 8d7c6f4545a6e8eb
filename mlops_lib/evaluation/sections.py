"""Sections of a Markdown page: the unit that a retriever returns and a case names as gold."""

import re
from collections.abc import Mapping

from mlops_lib.index.chunks import slug

_HEADING = re.compile(r"^##?\s+(.+?)\s*$")
_FENCE = "```"


def split_page(page: str, text: str) -> Mapping[str, str]:
    r"""Text by section id: `page#slug` for the title and each `##` heading, `page` for all of it.

    Args:
        page: path within the corpus, with forward slashes.
        text: Markdown; headings inside fenced code are code.

    Example:
        >>> list(split_page("a/b.md", "# Title\nIntro.\n## First step\nText."))
        ['a/b.md', 'a/b.md#title', 'a/b.md#first-step']
    """
    found: dict[str, list[str]] = {page: [text.strip()]}
    current, fenced = "", False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(_FENCE)
        heading = None if fenced else _HEADING.match(line)
        if heading:
            current = f"{page}#{slug(heading.group(1))}"
        if current:
            found.setdefault(current, []).append(line)
    return {section: "\n".join(lines).strip() for section, lines in found.items()}
