"""The cells of an executed notebook as the blocks of a page, in reading order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from mlops_lib.reports.figures import follows_the_page, png_address, svg_address
from mlops_lib.reports.outline import Entry, Outline, plain
from mlops_lib.reports.prose import render_markdown
from mlops_lib.reports.publishing import VERDICT_MIME
from mlops_lib.reports.sanitise import clean_html, clean_text, cut
from mlops_lib.reports.scrolling import shorten, wrap_tables

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NOT_SHOWN = frozenset({"parameters", "injected-parameters", "papermill-error-cell-tag"})
"""Tags of cells whose content the page shows elsewhere."""

_LONGEST_STREAM = 4_000
_LONGEST_TEXT = 20_000
_MOST_OUTPUTS = 50
_TITLE = re.compile(r"\s*#[ \t]+(.+?)[ \t#]*(?:\n|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the narrative.

    Attributes:
        kind: "html" (clean), "code", "text", "messages" (stderr), "error", "figure" or "note".
        content: clean HTML for "html", an image address for "figure", else text.
        name: what the page calls a figure or a text that scrolls; no two are the same.
        label: heading of an error, alternative of a figure.
        caption: below a figure.
        raster: whether a figure needs a light ground of its own.
    """

    kind: str
    content: str
    name: str = ""
    label: str = ""
    caption: str = ""
    raster: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative:
    """The blocks of a notebook and the contents made of their headings."""

    blocks: tuple[Block, ...]
    entries: tuple[Entry, ...]

    @property
    def opens_plainly(self) -> bool:
        """Whether it begins with something else than a heading, and so needs one."""
        return bool(self.blocks) and not self.blocks[0].content.startswith("<h2")


def tell(notebook: "NotebookNode") -> Narrative:
    """Turn cells and outputs into blocks; the title, the parameters and the verdict stay out.

    Args:
        notebook: executed, wholly or in part.
    """
    teller = _Teller()
    blocks = [block for cell in _without_title(notebook.cells) for block in teller.cell(cell)]
    return Narrative(blocks=tuple(blocks), entries=tuple(teller.outline.entries))


def notebook_title(notebook: "NotebookNode") -> str:
    """The first heading of the first Markdown cell, or nothing."""
    first = next((cell for cell in notebook.cells if cell.cell_type == "markdown"), None)
    found = _TITLE.match(first.source) if first else None
    return found[1] if found else ""


def published_verdict(notebook: "NotebookNode") -> Mapping[str, Any] | None:
    """The verdict that the notebook showed last, or None."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    verdicts = [output.get("data", {}).get(VERDICT_MIME) for output in outputs]
    return next((each for each in reversed(verdicts) if isinstance(each, Mapping)), None)


def _without_title(cells: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Cells that are shown, with their source; the first heading is the title of the page."""
    first = True
    for cell in cells:
        source = cell.source
        if cell.cell_type == "markdown" and first:
            first, source = (
                False,
                _TITLE.sub("", source, count=1) if _TITLE.match(source) else source,
            )
        if not _NOT_SHOWN.intersection(cell.metadata.get("tags", ())):
            yield source, cell


class _Teller:
    """Numbers headings, tables and figures over all cells of a page."""

    def __init__(self) -> None:
        self.outline = Outline()
        self._tables = count(1)
        self._texts = count(1)
        self._figures = count(1)

    def cell(self, shown: tuple[str, Any]) -> Iterator[Block]:
        source, cell = shown
        if cell.cell_type == "markdown":
            yield from self._html(render_markdown(source))
        elif cell.cell_type == "code":
            if source.strip():
                yield Block(kind="code", content=cut(clean_text(source), _LONGEST_TEXT))
            yield from self._outputs(cell.outputs)

    def _outputs(self, outputs: Sequence[Any]) -> Iterator[Block]:
        for output in outputs[:_MOST_OUTPUTS]:
            if output.output_type == "stream":
                yield from self._stream(output)
            elif output.output_type == "error":
                yield _error(output)
            else:
                yield from self._display(output)
        missing = len(outputs) - _MOST_OUTPUTS
        if missing > 0:
            yield Block(kind="note", content=f"… {missing:,} further outputs are not shown")

    def _stream(self, output: Any) -> Iterator[Block]:  # noqa: ANN401 - nodes of a notebook
        lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in _text(output.text).split("\n"))
        written = cut(clean_text("\n".join(lines)).rstrip(), _LONGEST_STREAM)
        if written.strip():
            yield self._plain(written, "messages" if output.name == "stderr" else "text")

    def _plain(self, text: str, kind: str = "text") -> Block:
        return Block(kind=kind, content=text, name=f"Output {next(self._texts)}")

    def _display(self, output: Any) -> Iterator[Block]:  # noqa: ANN401
        """The richest form that is allowed here; a form that says nothing gives way to the next."""
        data, metadata = output.data, output.get("metadata", {})
        if VERDICT_MIME in data:
            return
        for mime, show in (
            ("image/svg+xml", self._svg),
            ("text/html", self._rich),
            ("image/png", self._png),
            ("text/markdown", self._markdown),
            ("text/latex", self._verbatim),
            ("text/plain", self._verbatim),
        ):
            blocks = list(show(_text(data[mime]), metadata.get(mime, {}))) if mime in data else []
            if blocks:
                yield from blocks
                return

    def _svg(self, svg: str, metadata: object) -> Iterator[Block]:
        return self._figure(svg_address(svg), metadata, raster=not follows_the_page(svg))

    def _png(self, encoded: str, metadata: object) -> Iterator[Block]:
        return self._figure(png_address(encoded), metadata, raster=True)

    def _figure(self, address: str | None, metadata: object, *, raster: bool) -> Iterator[Block]:
        if address is None:
            return
        words = metadata if isinstance(metadata, Mapping) else {}
        name = f"Figure {next(self._figures)}"
        yield Block(
            kind="figure",
            content=address,
            name=name,
            label=_words(words.get("alt")) or f"{name}, without a description",
            caption=_words(words.get("caption")),
            raster=raster,
        )

    def _rich(self, html: str, metadata: object) -> Iterator[Block]:
        del metadata
        shown, note = shorten(html)
        yield from self._html(clean_html(shown))
        if note:
            yield Block(kind="note", content=note)

    def _markdown(self, source: str, metadata: object) -> Iterator[Block]:
        del metadata
        return self._html(render_markdown(cut(source, _LONGEST_TEXT)))

    def _verbatim(self, text: str, metadata: object) -> Iterator[Block]:
        del metadata
        written = cut(clean_text(text).rstrip(), _LONGEST_TEXT)
        if written.strip():
            yield self._plain(written)

    def _html(self, cleaned: str) -> Iterator[Block]:
        if plain(cleaned):
            content = self.outline.number(wrap_tables(cleaned, self._tables)).strip()
            yield Block(kind="html", content=content)


def _error(output: Any) -> Block:  # noqa: ANN401
    """Name and message in sight, the traceback below."""
    name = clean_text(f"{output.get('ename', '')}: {output.get('evalue', '')}")
    traceback = cut(clean_text("\n".join(output.get("traceback", ()))), _LONGEST_TEXT)
    return Block(kind="error", content=traceback, label=cut(name, _LONGEST_STREAM))


def _words(value: object) -> str:
    return cut(clean_text(value), _LONGEST_STREAM) if isinstance(value, str) else ""


def _text(value: object) -> str:
    """The text of an output, which a file may hold as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
