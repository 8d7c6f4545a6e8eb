"""A Markdown page as sections: a section is what a retriever returns and an author writes."""

import re
from dataclasses import dataclass

from mlops_lib.index.chunks import slug, without_front_matter

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
_NO_PARAGRAPH = re.compile(r"^( {4}|\t|\s*([-*+>|<]|\d+[.)]\s|```|~~~))")
"""Lines below which hyphens are a rule, not a heading: code, lists, quotes, tables, HTML."""


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


def split_sections(markdown: str, *, page: str) -> tuple[Section, ...]:
    r"""Cut a page at its headings, underlined ones too; headings inside fenced code are code.

    Text before the first heading belongs to a section named after the page; front matter belongs
    to none. A heading that comes twice gets "-2" after its slug, and so on.

    Args:
        markdown: the text of the page.
        page: its path below the corpus, with forward slashes.

    Example:
        >>> [
        ...     each.section_id
        ...     for each in split_sections("# Drift\nText.\n\nPSI\n---\n", page="d.md")
        ... ]
        ['d.md#drift', 'd.md#psi']
    """
    parts: list[tuple[str, list[str]]] = [(page.rsplit("/", 1)[-1].removesuffix(".md"), [])]
    in_code = False
    for line in without_front_matter(markdown).splitlines():
        in_code ^= bool(_FENCE.match(line))
        heading = "" if in_code else _heading(line, parts[-1][1])
        if heading:
            parts.append((heading, []))
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


def _heading(line: str, above: list[str]) -> str:
    """The heading that a line is, or that it underlines; that one is then taken from above."""
    marked = _HEADING.match(line)
    if marked:
        return marked.group(2)
    return _take_paragraph(above) if _UNDERLINE.match(line) else ""


def _take_paragraph(lines: list[str]) -> str:
    """Take the plain text that an underline stands directly below, as one line; "" for none."""
    start = len(lines)
    while start and lines[start - 1].strip() and not _NO_PARAGRAPH.match(lines[start - 1]):
        start -= 1
    is_plain = not start or not lines[start - 1].strip()  # no list, quote or table goes before it
    taken = lines[start:] if is_plain else []
    del lines[len(lines) - len(taken) :]
    return " ".join(line.strip() for line in taken)
