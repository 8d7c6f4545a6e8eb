"""Markdown to sentences: what an extractive answer may quote."""

import re
from collections.abc import Iterator

_BOUNDARY = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“`(\[])")
_FENCE = re.compile(r"^```.*?^```\s*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_HEADER = re.compile(r"^\|.*\n(?=\|[\s:|-]+\|?$)", re.MULTILINE)
_RULE = re.compile(r"^\|?[\s:|-]+\|?$")


def sentences(markdown: str) -> list[str]:
    r"""Sentences of a section, in order; each table row and list item is one.

    Left out are code, headers of tables, and sentences that only announce what follows (they end
    with a colon).

    Args:
        markdown: the text of a section; headings are left out.

    Example:
        >>> sentences("## Limits\nA canary gets [5 %](stages.md). Wait.\n\n- Then 25 %.\n")
        ['A canary gets 5 %.', 'Wait.', 'Then 25 %.']
    """
    text = _LINK.sub(r"\1", _FENCE.sub("", markdown)).replace("**", "")
    return [
        sentence
        for block in _blocks(text)
        for sentence in _BOUNDARY.split(block)
        if sentence and not sentence.endswith(":")
    ]


def _blocks(text: str) -> Iterator[str]:
    paragraph: list[str] = []
    for line in [*_HEADER.sub("", text).splitlines(), ""]:
        stripped = line.strip()
        if stripped and not _starts_block(line):
            paragraph.append(stripped)
            continue
        if paragraph:
            yield " ".join(paragraph)
        paragraph = []
        if _ITEM.match(line):
            paragraph = [_ITEM.sub("", stripped)]
        elif stripped.startswith("|") and not _RULE.match(stripped):
            yield _row(stripped)


def _starts_block(line: str) -> bool:
    return line.lstrip().startswith(("#", "|")) or bool(_ITEM.match(line))


def _row(line: str) -> str:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    return f"{cells[0]}: {', '.join(cells[1:])}." if cells[1:] else cells[0]
