"""Rows per cell, counted by the engine that holds the rows: the only code that an engine runs.

Engines disagree about `>`, `max` and float32 where there are NaN; they agree about `<=` on 64-bit
floats, so nothing else is used. Tables in memory are counted by numpy, others by one query.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlops_lib.drift.frozen import ColumnProfile
from mlops_lib.drift.spark import on_cluster
from mlops_lib.drift.sql import count_below, count_below_by, relation_of, rows_by
from mlops_lib.drift.values import category_counts, collected
from mlops_lib.tables.names import quoted

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

Cells = tuple[int, ...]
"""Rows per cell of one column, missing values last."""

WINDOW = "drift window"
"""Name of the column that holds each row's window of time."""

_ROWS = "drift rows"


def tally_numbers(frame: Any, columns: Sequence[ColumnProfile], rows: int) -> dict[str, Cells]:  # noqa: ANN401
    """Rows per cell of each column of numbers.

    Args:
        frame: a narwhals frame, in memory or lazy.
        columns: profiles of columns that hold numbers.
        rows: of the frame.
    """
    import narwhals as nw
    import numpy as np

    if not columns:
        return {}
    if (relation := relation_of(frame)) is not None:
        edges = {column.name: _edges(column) for column in columns}
        below = count_below(relation, edges, rows)
    elif isinstance(frame, nw.DataFrame):
        below = {
            column.name: [int(np.count_nonzero(values <= edge)) for edge in _edges(column)]
            for column in columns
            for values in (_floats(frame, column.name),)
        }
    else:
        query = frame.select(
            *(
                condition.cast(nw.Int64).sum().alias(name)
                for name, condition in _conditions(columns).items()
            )
        )
        below = _below(columns, next(iter(collected(query).iter_rows(named=True))))
    return {name: _differences(counts, rows) for name, counts in below.items()}


def tally_number_windows(
    frame: Any,  # noqa: ANN401
    columns: Sequence[ColumnProfile],
) -> tuple[dict[str, int], dict[str, dict[str, Cells]]]:
    """Rows per window of time, and per window and column the rows per cell.

    Args:
        frame: a narwhals frame with the column `WINDOW`; rows without a window are left out.
        columns: profiles of columns that hold numbers.
    """
    import narwhals as nw

    if isinstance(frame, nw.DataFrame):
        return _windows_in_memory(frame, columns)
    if (relation := relation_of(frame)) is not None:
        return _windows_in_sql(relation, columns)
    conditions = _conditions(columns)
    marked = frame.select(
        WINDOW,
        nw.lit(1).alias(_ROWS),
        *(condition.cast(nw.Int64).alias(name) for name, condition in conditions.items()),
    )
    grouped = collected(marked.group_by(WINDOW).agg(nw.col(_ROWS, *conditions).sum()))
    found = {
        row[WINDOW]: row for row in grouped.iter_rows(named=True) if isinstance(row[WINDOW], str)
    }
    rows = {label: int(found[label][_ROWS]) for label in sorted(found)}
    return rows, {
        label: {
            name: _differences(counts, rows[label])
            for name, counts in _below(columns, found[label]).items()
        }
        for label in rows
    }


def tally_category_windows(frame: Any, name: str) -> dict[str, Counter[str]]:  # noqa: ANN401
    """Rows per window of time and value of a column."""
    import narwhals as nw

    values = frame.select(WINDOW, nw.col(name).cast(nw.String).alias("value"))
    grouped = collected(values.group_by(WINDOW, "value").agg(nw.len().alias(_ROWS)))
    windows: dict[str, Counter[str]] = {}
    for window, value, rows in grouped.select(WINDOW, "value", _ROWS).iter_rows():
        if isinstance(window, str) and isinstance(value, str):
            windows.setdefault(window, Counter())[value] += int(rows)
    return windows


def category_cells(column: ColumnProfile, counts: Mapping[str, int], rows: int) -> Cells:
    """Rows per cell of a category from its rows per value."""
    known = [counts.get(category, 0) for category in column.categories]
    present = sum(counts.values())
    return (*known, present - sum(known), rows - present)


def tally_category(frame: Any, column: ColumnProfile, rows: int) -> Cells:  # noqa: ANN401
    """Rows per cell of one category; a cluster sends the counts of known values only."""
    import narwhals as nw

    if not on_cluster(frame):
        return category_cells(column, category_counts(frame, column.name), rows)
    value = nw.col(column.name).cast(nw.String)
    known = frame.filter(value.is_in(list(column.categories))) if column.categories else frame
    counts = category_counts(known, column.name) if column.categories else {}
    present = count_present(frame, column.name, is_number=False)
    kept = [counts.get(category, 0) for category in column.categories]
    return (*kept, present - sum(kept), rows - present)


def count_present(frame: Any, name: str, *, is_number: bool) -> int:  # noqa: ANN401
    """How many rows have a value in this column."""
    import narwhals as nw

    column = nw.col(name)
    counted = column.count()
    if is_number:
        counted = (column.cast(nw.Float64) <= math.inf).cast(nw.Int64).sum()
    return int(collected(frame.select(counted.alias(_ROWS))).item(0, 0))


def _windows_in_memory(
    frame: Any,  # noqa: ANN401
    columns: Sequence[ColumnProfile],
) -> tuple[dict[str, int], dict[str, dict[str, Cells]]]:
    """A value's cell is the first edge that is not below it; NaN comes after every edge."""
    import narwhals as nw
    import numpy as np

    kept = frame.filter(~nw.col(WINDOW).is_null())
    labels, window = np.unique(np.asarray(kept[WINDOW].to_list(), dtype=str), return_inverse=True)
    rows = dict(zip(labels.tolist(), np.bincount(window).tolist(), strict=True))
    windows: dict[str, dict[str, Cells]] = {label: {} for label in rows}
    for column in columns:
        edges = _edges(column)
        width = len(edges) + 1
        cell = np.searchsorted(edges, _floats(kept, column.name), side="left")
        table = np.bincount(window * width + cell, minlength=width * len(rows))
        for label, counts in zip(rows, table.reshape(-1, width).tolist(), strict=True):
            windows[label][column.name] = tuple(counts)
    return rows, windows


def _windows_in_sql(
    relation: "duckdb.DuckDBPyRelation", columns: Sequence[ColumnProfile]
) -> tuple[dict[str, int], dict[str, dict[str, Cells]]]:
    group = quoted(WINDOW)
    rows = rows_by(relation, group=group)
    edges = {column.name: _edges(column) for column in columns}
    below = count_below_by(relation, edges, sum(rows.values()), group=group)
    return rows, {
        label: {
            name: _differences(counts, rows[label]) for name, counts in below.get(label, {}).items()
        }
        for label in rows
    }


def _edges(column: ColumnProfile) -> tuple[float, ...]:
    """The profile's edges, and last the one that every value but NaN and NULL lies below."""
    return (*column.limits, math.inf)


def _floats(frame: Any, name: str) -> "NDArray[Any]":  # noqa: ANN401
    import narwhals as nw

    values: NDArray[Any] = frame.select(nw.col(name).cast(nw.Float64))[name].to_numpy()
    return values


def _conditions(columns: Sequence[ColumnProfile]) -> dict[str, Any]:
    import narwhals as nw

    return {
        f"{index}:{cell}": nw.col(column.name).cast(nw.Float64) <= edge
        for index, column in enumerate(columns)
        for cell, edge in enumerate(_edges(column))
    }


def _below(columns: Sequence[ColumnProfile], row: Mapping[str, Any]) -> dict[str, list[int]]:
    return {
        column.name: [int(row[f"{index}:{cell}"]) for cell in range(len(_edges(column)))]
        for index, column in enumerate(columns)
    }


def _differences(below: Sequence[int], rows: int) -> Cells:
    inside = [after - before for before, after in zip([0, *below], below, strict=False)]
    return (*inside, rows - below[-1])
