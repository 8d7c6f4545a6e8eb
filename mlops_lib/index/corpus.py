"""A corpus on disk: its pages, their hashes, and the sections that a chunker cuts them into."""

import hashlib
import importlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlops_lib.errors import InputError, Problem
from mlops_lib.index.chunks import CHUNKER, Section, page_sections

Cut = Callable[[str, str], Iterable[Section]]
"""A chunker: from the text of a page and its name to sections."""

DEFAULT_CHUNKER = "sections"

_ID_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """The pages of a corpus, cut.

    Attributes:
        name: the directories, as messages speak of them.
        pages: name to SHA-256 of each page's bytes, in order of name.
        sections: in order of page and place.
        chunker: name and version of what cut them.
    """

    name: str
    pages: dict[str, str] = field(repr=False)
    sections: tuple[Section, ...] = field(repr=False)
    chunker: str

    @property
    def hash(self) -> str:
        """One hash over the names and bytes of all pages; equal corpora have equal hashes."""
        digest = hashlib.sha256()
        for page, content in self.pages.items():
            digest.update(f"{page}\0{content}\0".encode())
        return digest.hexdigest()


def read_corpus(
    directories: str | Path | Sequence[str | Path], *, chunker: str = DEFAULT_CHUNKER
) -> Corpus:
    """Read every Markdown page below the directories, in order of name, and cut it.

    Args:
        directories: one or several; a page of a later one replaces a page of the same name, so
            that a version can be the live corpus and a folder of new pages on top of it.
        chunker: "sections", or "package.module:function" for your own (see `Cut`).

    Raises:
        InputError: if a directory holds no page, pages are no UTF-8 or cannot be cut (names every
            bad page), or the chunker cannot be loaded.
    """
    cut, version = load_chunker(chunker)
    given = [directories] if isinstance(directories, str | Path) else list(directories)
    paths = _pages(given)
    hashes: dict[str, str] = {}
    sections: list[Section] = []
    problems: list[Problem] = []
    for page, path in paths.items():
        content = path.read_bytes()
        hashes[page] = hashlib.sha256(content).hexdigest()
        try:
            sections += cut(_text(content, path), page)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    name = " + ".join(str(each) for each in given)
    if not sections:
        raise InputError.of("the chunker made no section of any page", source=name, value=chunker)
    return Corpus(name=name, pages=hashes, sections=tuple(sections), chunker=version)


def load_chunker(name: str) -> tuple[Cut, str]:
    """The chunker of a name, and its name with its version.

    The version of your own chunker is the hash of the file that it is in: what it imports from
    other files is not seen.

    Raises:
        InputError: if the name means nothing, or cannot be imported.

    Example:
        >>> load_chunker("sections")[1]
        'sections-2'
    """
    if name == DEFAULT_CHUNKER:
        return page_sections, CHUNKER
    module, _, attribute = name.partition(":")
    if not attribute:
        raise InputError.of(
            f'no such chunker; allowed: {DEFAULT_CHUNKER}, or "package.module:function"',
            field="chunker",
            value=name,
        )
    try:
        found: Cut = getattr(importlib.import_module(module), attribute)
        source = Path(inspect.getfile(found)).read_bytes()
    except (ImportError, AttributeError, ValueError, TypeError, OSError) as error:
        message = f"cannot be imported: {error}"
        raise InputError.of(message, field="chunker", value=name) from error
    return found, f"{name}-{hashlib.sha256(source).hexdigest()[:_ID_DIGITS]}"


def _pages(directories: Sequence[str | Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    problems = []
    for directory in directories:
        root = Path(directory)
        pages = {path.relative_to(root).as_posix(): path for path in root.rglob("*.md")}
        if not pages:
            problems.append(Problem(message="holds no page (*.md)", source=str(root)))
        found |= pages
    if problems or not directories:
        raise InputError(problems or [Problem(message="name at least one", field="corpus")])
    return dict(sorted(found.items()))


def _text(content: bytes, path: Path) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError.of("is no UTF-8 text", source=str(path)) from error
    # Windows and Linux check-outs of one page give the same sections.
    return text.replace("\r\n", "\n").replace("\r", "\n")
