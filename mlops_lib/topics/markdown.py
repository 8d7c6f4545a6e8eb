"""A Markdown page as sections: a section is what a retriever returns and an author writes."""

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the corpus.

    Attributes:
        section_id: "<topic>/<slug>.md#<slug of the heading>".
        heading: its heading, as written.
        text: heading and body.
    """

    section_id: str
    heading: str
    text: str


def slug(heading: str) -> str:
    """A heading in lower case, every run outside a-z and 0-9 as one hyphen.

    Example:
        >>> slug("What goes wrong: k-means?")
        'what-goes-wrong-k-means'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def split_sections(markdown: str, *, page: str) -> tuple[Section, ...]:
    r"""Cut a page at its headings; headings inside fenced code are code.

    Text before the first heading belongs to a section named after the page. A heading that comes
    twice gets "-2" after its slug, and so on.

    Args:
        markdown: the text of the page.
        page: its path below the corpus, with forward slashes.

    Example:
        >>> [each.section_id for each in split_sections("# Drift\nText.\n## PSI\n", page="d.md")]
        ['d.md#drift', 'd.md#psi']
    """
    parts: list[tuple[str, list[str]]] = [(page.rsplit("/", 1)[-1].removesuffix(".md"), [])]
    in_code = False
    for line in markdown.splitlines():
        in_code ^= bool(_FENCE.match(line))
        heading = None if in_code else _HEADING.match(line)
        if heading:
            parts.append((heading.group(2), []))
        else:
            parts[-1][1].append(line)
    if not "".join(parts[0][1]).strip():
        parts.pop(0)
    seen: dict[str, int] = {}
    sections = []
    for heading_text, lines in parts:
        name = slug(heading_text)
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name}-{seen[name]}"
        text = f"{heading_text}\n{chr(10).join(lines).strip()}".strip()
        sections.append(Section(section_id=f"{page}#{name}", heading=heading_text, text=text))
    return tuple(sections)
