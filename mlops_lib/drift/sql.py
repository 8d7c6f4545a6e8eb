"""The fast path for DuckDB and Parquet: the same integers as narwhals, in half the time.

`countif` needs no cast of every comparison, and rows never leave the engine. A property test holds
it equal to the general path.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlops_lib.tables.names import quoted

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

_VALUES_AT_ONCE = 8_000_000
"""Values counted by one query: a column is decoded once however columns are grouped, memory grows
with the group, and every query of a wide table costs some milliseconds for being read."""

_FEWEST_COLUMNS, _MOST_COLUMNS = 4, 40


PIECE = 3_932_160
"""Rows of a file read at once: thirty-two of DuckDB's usual row groups, 31 MB."""

PARQUET = "read_parquet("
"""How the SQL of rows begins that can be read in pieces."""


def relation_of(frame: Any) -> "duckdb.DuckDBPyRelation | None":  # noqa: ANN401
    """The DuckDB relation behind a narwhals frame, or None for any other engine."""
    if not frame.implementation.is_duckdb():
        return None
    relation: duckdb.DuckDBPyRelation = frame.to_native()
    return relation


def count_below(
    relation: "duckdb.DuckDBPyRelation", edges: Mapping[str, Sequence[float]], rows: int
) -> dict[str, list[int]]:
    """Rows with a value at or below each edge, each column read once.

    Args:
        relation: the rows.
        edges: by column.
        rows: of the relation.
    """
    return count_below_by(relation, edges, rows, group="0").get("0", {})


def count_below_by(
    relation: "duckdb.DuckDBPyRelation",
    edges: Mapping[str, Sequence[float]],
    rows: int,
    *,
    group: str,
) -> dict[str, dict[str, list[int]]]:
    """The same for each group of rows; rows without a group are left out.

    Args:
        relation: the rows.
        edges: by column.
        rows: of the relation.
        group: SQL of each row's group.
    """
    names = list(edges)
    step = min(_MOST_COLUMNS, max(_FEWEST_COLUMNS, _VALUES_AT_ONCE // max(1, rows)))
    counts: dict[str, dict[str, list[int]]] = {}
    for start in range(0, len(names), step):
        part = {name: edges[name] for name in names[start : start + step]}
        for key, found in _count_part(relation, part, group).items():
            counts.setdefault(key, {}).update(found)
    return counts


def _count_part(
    relation: "duckdb.DuckDBPyRelation", edges: Mapping[str, Sequence[float]], group: str
) -> dict[str, dict[str, list[int]]]:
    sources = [f"CAST({quoted(name)} AS DOUBLE) AS v{at}" for at, name in enumerate(edges)]
    counted = [
        f"countif(v{at} <= {_literal(edge)})"
        for at, name in enumerate(edges)
        for edge in edges[name]
    ]
    values = relation.project(", ".join([f"CAST({group} AS VARCHAR) AS part", *sources]))
    counts: dict[str, dict[str, list[int]]] = {}
    for key, *row in values.aggregate(", ".join(["part", *counted]), "part").fetchall():
        if key is not None:
            found = iter(row)  # a column of nothing but NULL is counted as NULL
            counts[key] = {name: [int(next(found) or 0) for _ in edges[name]] for name in edges}
    return counts


def rows_by(relation: "duckdb.DuckDBPyRelation", *, group: str) -> dict[str, int]:
    """Rows of each group, in order of their names; rows without a group are left out.

    Args:
        relation: the rows.
        group: SQL of each row's group.
    """
    grouped = relation.project(f"CAST({group} AS VARCHAR) AS part").aggregate(
        "part, count(*)", "part"
    )
    return dict(sorted((key, int(rows)) for key, rows in grouped.fetchall() if key is not None))


def count_values(relation: "duckdb.DuckDBPyRelation", name: str) -> dict[str, int]:
    """Rows per value of a column, as text; missing values are left out."""
    grouped = relation.project(f"CAST({quoted(name)} AS VARCHAR) AS value").aggregate(
        "value, count(*)", "value"
    )
    return {value: int(rows) for value, rows in grouped.fetchall() if value is not None}


def floats_of(relation: "duckdb.DuckDBPyRelation", name: str) -> "NDArray[Any]":
    """All values of a column as 64-bit floats, NULL as NaN; the array may be changed."""
    import numpy as np

    values: Any = relation.project(f"CAST({quoted(name)} AS DOUBLE) AS value").fetchnumpy()["value"]
    if isinstance(values, np.ma.MaskedArray):
        values.data[values.mask] = np.nan
    array: NDArray[Any] = np.ma.getdata(values)
    return array


def floats_in_pieces(scan: str, name: str, rows: int) -> "NDArray[Any]":
    """The same from Parquet files, some row groups at a time.

    DuckDB holds a whole result before it is copied: a column of ten million rows would lie in
    memory twice.

    Args:
        scan: SQL of the files.
        name: of the column.
        rows: of all files together.
    """
    import duckdb
    import numpy as np

    values, at = np.empty(rows), 0
    with duckdb.connect() as connection:
        for start in range(0, rows, PIECE):
            part = connection.sql(
                f"SELECT CAST({quoted(name)} AS DOUBLE) AS value FROM {scan} "  # noqa: S608
                f"WHERE file_row_number >= {start} AND file_row_number < {start + PIECE}"
            ).fetchnumpy()["value"]
            if isinstance(part, np.ma.MaskedArray):
                part = part.filled(np.nan)
            values[at : at + part.size] = part
            at += part.size
    return values


def _literal(value: float) -> str:
    """A 64-bit float exactly: the shortest text that reads back as the same number."""
    return f"'{value!r}'::DOUBLE"
