"""How results show themselves: a captioned HTML table in which every value is escaped text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

MOST_ROWS = 200
"""Longer tables are cut, and say so: a page with 60,000 cells helps nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table with a caption that says what it shows; displays itself in Jupyter and in reports.

    Attributes:
        caption: one sentence: the finding.
        columns: headings, the first is the row's name.
        rows: cells in the order of the columns; anything but text is written by `str`.
        numeric: headings of columns that align right.

    Example:
        >>> view = TableView(caption="One word.", columns=("term", "n"), rows=(("<b>", 3),))
        >>> "&lt;b&gt;" in view._repr_html_()
        True
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    numeric: Sequence[str] = field(default=())

    def _repr_html_(self) -> str:
        """A table with header scopes, or without rows the caption alone; values escaped."""
        if not self.rows:
            return f"<p>{escape(self.caption)}</p>"
        head = "".join(
            f'<th scope="col"{self._class(column)}>{escape(column)}</th>' for column in self.columns
        )
        shown = self.rows[:MOST_ROWS]
        body = "".join(self._row(row) for row in shown)
        cut = len(self.rows) - len(shown)
        note = f" ({cut:,} further rows are not shown)" if cut else ""
        return (
            f"<table><caption>{escape(self.caption + note)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _row(self, row: Sequence[object]) -> str:
        first, *rest = row
        cells = "".join(
            f"<td{self._class(column)}>{escape(str(cell))}</td>"
            for column, cell in zip(self.columns[1:], rest, strict=True)
        )
        return f'<tr><th scope="row">{escape(str(first))}</th>{cells}</tr>'

    def _class(self, column: str) -> str:
        return ' class="number"' if column in self.numeric else ""


def records_view(
    records: Sequence[Mapping[str, Any]], *, caption: str, numeric: Sequence[str] = ()
) -> TableView:
    """A table of mappings that share their keys.

    Raises:
        ValueError: without records: an empty table has nothing to say.
    """
    if not records:
        message = "a table needs at least one record"
        raise ValueError(message)
    columns = tuple(records[0])
    return TableView(
        caption=caption,
        columns=columns,
        rows=tuple(tuple(record[column] for column in columns) for record in records),
        numeric=numeric,
    )
