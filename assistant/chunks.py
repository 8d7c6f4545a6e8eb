"""Markdown pages to sections: a section is what the index finds and an answer cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlops_lib.errors import InputError, Problem

CHUNKER = "sections-2"
"""Name of this way to cut; part of the index's id, so change it with the code."""

LONGEST_CHUNK = 220
"""Words; above it a section is split between paragraphs, so that one vector means one thing."""

_HEADING = re.compile(r"^##\s+(?P<title>.+?)\s*$")
_TITLE = re.compile(r"^#\s+(?P<title>.+?)\s*$")
_FENCE = "```"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a page.

    Attributes:
        id: `<topic>/<slug>.md#<heading slug>`; equal for the parts of a split section.
        page: `<topic>/<slug>.md`.
        title: the page's title.
        heading: the section's heading; the title again for the summary above the first heading.
        text: the section without its heading.
    """

    id: str
    page: str
    title: str
    heading: str
    text: str


def read_corpus(directory: str | Path) -> tuple[Section, ...]:
    """Read every page of a corpus, in order of path, as sections.

    Args:
        directory: holds `<topic>/<slug>.md`.

    Raises:
        InputError: if there is no page, or if pages are no UTF-8 or lack a title or text; names
            every bad page.
    """
    root = Path(directory)
    paths = sorted(root.glob("*/*.md"))
    if not paths:
        raise InputError.of("holds no <topic>/<page>.md", source=str(root))
    found: list[Section] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found += page_sections(path.read_text(encoding="utf-8"), _page_name(path))
        except InputError as error:
            problems += error.problems
        except UnicodeDecodeError:
            problems.append(Problem(message="is no UTF-8 text", source=str(path)))
    if problems:
        raise InputError(problems)
    return tuple(found)


def page_sections(markdown: str, page: str) -> list[Section]:
    r"""Cut one page at its `##` headings, and long sections between paragraphs.

    Args:
        markdown: the page; its first line is `# Title`.
        page: its name, `<topic>/<slug>.md`.

    Raises:
        InputError: if the page has no title or no text.

    Example:
        >>> [
        ...     section.id
        ...     for section in page_sections("# Stages\nIntro.\n## Five stages\nOne.", "a/b.md")
        ... ]
        ['a/b.md#stages', 'a/b.md#five-stages']
    """
    first, _, rest = markdown.lstrip("\ufeff\n").partition("\n")
    title = _TITLE.match(first)
    if title is None:
        raise InputError.of("the first line must be `# Title`", source=page, value=first)
    found = [
        Section(
            id=f"{page}#{slug(heading)}",
            page=page,
            title=title["title"],
            heading=heading,
            text=part,
        )
        for heading, text in _split_at_headings(rest, title["title"])
        for part in _parts(text)
    ]
    if not found:
        raise InputError.of("has a title but no text", source=page)
    return found


def slug(heading: str) -> str:
    """A heading as the fragment of an address.

    Example:
        >>> slug("Gates decide, not the clock")
        'gates-decide-not-the-clock'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _page_name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _split_at_headings(text: str, title: str) -> Iterator[tuple[str, str]]:
    heading, lines, fenced = title, list[str](), False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(_FENCE)
        match = None if fenced else _HEADING.match(line)
        if match is None:
            lines.append(line)
            continue
        yield heading, "\n".join(lines).strip()
        heading, lines = match["title"], []
    yield heading, "\n".join(lines).strip()


def _parts(text: str) -> Iterator[str]:
    """Paragraphs joined as long as they fit; nothing for an empty text."""
    gathered = ""
    for paragraph in _paragraphs(text):
        joined = f"{gathered}\n\n{paragraph}" if gathered else paragraph
        if gathered and len(joined.split()) > LONGEST_CHUNK:
            yield gathered
            joined = paragraph
        gathered = joined
    if gathered:
        yield gathered


def _paragraphs(text: str) -> Iterator[str]:
    """Split at blank lines, but never inside a code block."""
    gathered: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        gathered.append(block)
        if sum(part.count(_FENCE) for part in gathered) % 2 == 0:
            joined = "\n\n".join(gathered).strip()
            gathered = []
            if joined:
                yield joined
    if gathered:
        yield "\n\n".join(gathered).strip()
