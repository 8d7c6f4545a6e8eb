"""Markdown pages to sections: a section is what the index finds and an answer cites."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lib.errors import InputError

CHUNKER = "sections-2"
"""Name and version of this way to cut; part of the index's id, so change it with the code."""

LONGEST_CHUNK = 220
"""Words; above it a section is split between paragraphs, so that one vector means one thing."""

_HEADING = re.compile(r"^##\s+(?P<title>.+?)\s*$")
_TITLE = re.compile(r"^#\s+(?P<title>.+?)\s*$")
_FENCE = "```"
_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?:[\w-]+[ \t]*:.*\n(?:.*\n)*?)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
_KEPT = frozenset("LMN")
"""Letters, marks and numbers: first letters of Unicode's categories. A vowel sign is a mark."""

_NAMELESS = "section"
"""Instead of a heading of signs alone."""


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

    @property
    def embedded(self) -> str:
        """What the embedder sees: a section is also about what its title and heading say."""
        return f"{self.title}. {self.heading}. {self.heading}. {self.text}"


def page_sections(markdown: str, page: str) -> list[Section]:
    r"""Cut one page at its `##` headings, and long sections between paragraphs.

    Args:
        markdown: the page; its first line, after any front matter, is `# Title`.
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
    first, _, rest = without_front_matter(markdown).lstrip("\n").partition("\n")
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
    """A heading as the fragment of an address: letters and digits of any script, else hyphens.

    Example:
        >>> slug("Gates decide, not the clock"), slug("Reisepass verlängern"), slug("更换护照")
        ('gates-decide-not-the-clock', 'reisepass-verlängern', '更换护照')
    """
    composed = unicodedata.normalize("NFC", heading.lower())
    kept = (each if unicodedata.category(each)[0] in _KEPT else " " for each in composed)
    return "-".join("".join(kept).split()) or _NAMELESS


def without_front_matter(markdown: str) -> str:
    r"""A page without the YAML between two lines of hyphens that may stand before its text.

    Example:
        >>> without_front_matter("---\ntitle: Stages\n---\n# Stages\n")
        '# Stages\n'
    """
    return _FRONT_MATTER.sub("", markdown.removeprefix("\ufeff"), count=1)


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
