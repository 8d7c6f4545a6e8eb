"""Tables of cells: shortened, with header scopes, in a container that the keyboard can scroll."""

import re
from collections.abc import Iterator
from html import escape

from mlops_lib.reports.outline import plain
from mlops_lib.reports.sanitise import cut
from mlops_lib.reports.view import tie

MOST_ROWS = 200
"""Rows shown of a table that came as HTML; `TableView` cuts its own at the same length."""

_HEADING_ROWS = 1
_MOST_HTML = 400_000
"""Characters of one HTML output that are looked at; no page needs more, and none is held up."""

_TABLE_TAG = re.compile(r"(<table\b[^>]*>|</table>)")
_CAPTION = re.compile(r"<caption>(.*?)</caption>", re.DOTALL)
_SECTION = re.compile(r"<(thead|tbody)>(.*?)</\1>", re.DOTALL)
_LONG_CELL = re.compile(r"<td>(?=[^<]{80})")
_LONG_MARK = '<td class="long">'
_CELL_TEXT = re.compile(r"(?<=>)[^<]*\d[^<]*(?=</t[dh]>)")
_SCOPES = {"thead": "col", "tbody": "row"}
_LONGEST_LABEL = 100


def shorten(html: str) -> tuple[str, str]:
    """Untrusted HTML without what is too much, and a note that says so.

    Example:
        >>> shorten("<table>" + 300 * "<tr><td>1</td></tr>" + "</table>")[1]
        '… 99 further rows are not shown'
    """
    looked_at = html[:_MOST_HTML]
    rows = looked_at.split("</tr>")
    if len(rows) - 1 <= MOST_ROWS + _HEADING_ROWS:
        return looked_at, "" if len(html) <= _MOST_HTML else "… the rest is not shown"
    kept = "</tr>".join(rows[: MOST_ROWS + _HEADING_ROWS])
    missing = html.count("</tr>") - MOST_ROWS - _HEADING_ROWS
    return f"{kept}</tr></tbody></table>", f"… {missing:,} further rows are not shown"


def wrap_tables(cleaned: str, numbers: Iterator[int]) -> str:
    """Put each table into a container that scrolls and can be reached by keyboard.

    Args:
        cleaned: out of `clean_html`.
        numbers: counts the tables of the page, so that no two have the same name.
    """
    if "<table" not in cleaned:
        return cleaned
    parts, depth, start = _TABLE_TAG.split(cleaned), 0, 0
    done: list[str] = []
    for position, part in enumerate(parts):
        opens, closes = part.startswith("<table"), part == "</table>"
        if opens and not depth:
            start = position
        depth += opens - closes
        if closes and not depth:
            done.append(_wrapped("".join(parts[start : position + 1]), next(numbers)))
        elif not depth:
            done.append(part)
    return "".join(done)


def _wrapped(table: str, number: int) -> str:
    """The caption moves out of the table, so that it does not scroll away with it."""
    found = _CAPTION.search(table)
    caption = f"<figcaption>{tie(found[1])}</figcaption>" if found else ""
    words = f": {cut(plain(found[1]), _LONGEST_LABEL)}" if found else ""
    label = escape(f"Table {number}{words}")
    bare = _CAPTION.sub("", table, count=1).replace("<th></th>", "<td></td>")
    return (
        f'<figure class="table">{caption}<div class="scroll" role="region" tabindex="0"'
        f' aria-label="{label}">{_SECTION.sub(_section, bare)}</div></figure>'
    )


def _section(match: re.Match[str]) -> str:
    """Header cells get the scope of their section, and long texts the width to be read."""
    inner = _CELL_TEXT.sub(lambda text: tie(text[0]), match[2])
    inner = inner.replace("<th>", f'<th scope="{_SCOPES[match[1]]}">')
    return f"<{match[1]}>{_LONG_CELL.sub(_LONG_MARK, inner)}</{match[1]}>"
