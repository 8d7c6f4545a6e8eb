"""A quote that is opened by mistake and closed by the next one: between them rows become text.

It is valid CSV, and nothing is missing but the rows. What gives it away is a cell whose lines are
rows of the same file: as many fields, and numbers where the file has numbers.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.tables.faults import find_separator
from mlops_lib.tables.names import quoted

if TYPE_CHECKING:
    import duckdb

_FEWEST_LINES = 10
"""Lines like rows that a cell must hold; an answer may show some."""

_PIECE = 1 << 24


def require_rows_outside_cells(
    relation: "duckdb.DuckDBPyRelation", files: Sequence[Path], rows: int, *, source: str
) -> None:
    """Refuse a cell whose lines look like rows of its own file.

    Args:
        relation: the rows.
        files: of CSV; compressed ones are taken as they are.
        rows: of all files.
        source: name of the table.

    Raises:
        InputError: that names row and column, and how many rows lie in the cell.
    """
    if any(file.suffix.lower() == ".gz" for file in files):
        return
    if sum(map(_lines, files)) <= rows + len(files):
        return
    kinds = [str(kind) for kind in relation.types]
    numbers = [at for at, kind in enumerate(kinds) if kind in {"BIGINT", "DOUBLE"}]
    texts = [name for name, kind in zip(relation.columns, kinds, strict=True) if kind == "VARCHAR"]
    if not (numbers and texts):
        return
    longest = ", ".join(f"arg_max({quoted(n)}, {_breaks(quoted(n))})" for n in texts)
    with files[0].open(encoding="utf-8-sig") as handle:
        separator = find_separator(handle.readline())
    for name, cell in zip(texts, relation.aggregate(longest).fetchall()[0], strict=True):
        inside = (cell or "").splitlines()[1:-1]
        alike = _like_rows(inside, separator, numbers, len(kinds))
        if alike == len(inside) >= _FEWEST_LINES:
            message = (
                f"{alike:,} rows lie within one cell: a quote before them is opened by mistake"
            )
            numbered = relation.project(f"row_number() OVER () AS place, {quoted(name)}")
            found = numbered.aggregate(f"arg_max(place, {_breaks(quoted(name))})").fetchall()[0][0]
            raise InputError.of(message, source=source, row=found, field=name, value=inside[0])


def _breaks(column: str) -> str:
    return f"length({column}) - length(replace({column}, chr(10), ''))"


def _lines(file: Path) -> int:
    with file.open("rb", buffering=0) as handle:
        return sum(piece.count(b"\n") for piece in iter(lambda: handle.read(_PIECE), b""))


def _like_rows(lines: list[str], separator: str, numbers: list[int], fields: int) -> int:
    """How many lines have the file's fields, and its numbers where it has them."""
    return sum(
        len(cells) == fields and all(_is_number(cells[at]) for at in numbers)
        for cells in csv.reader(lines, delimiter=separator)
    )


def _is_number(text: str) -> bool:
    try:
        float(text or 0)
    except ValueError:
        return False
    return True
