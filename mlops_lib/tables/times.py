"""Times in text files: ISO 8601 or text. DuckDB would guess others, and 02/01 is two days."""

from typing import TYPE_CHECKING

from mlops_lib.tables.names import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    Connection = duckdb.DuckDBPyConnection

NOT_ISO = "not ISO 8601"
"""What stands in DuckDB's error before file, column and value that are refused."""

PART = " | "
"""What parts them."""

_SAMPLE = 20_480
"""Rows from which DuckDB guesses the types of a text file."""

_ZONE = r" ?(Z|UTC|[+-]\d\d(:?\d\d)?)"
_ISO = rf"\d{{4}}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?({_ZONE})?)?"
_ZONED = rf"(?s).{{11}}.*\d{_ZONE}"
_A_DAY = "____-__-__"
"""A day alone, as LIKE has it: cheap enough to be asked of every value."""


def time_columns(relation: "duckdb.DuckDBPyRelation") -> list[str]:
    """Columns that DuckDB takes for times."""
    kinds = zip(relation.columns, map(str, relation.types), strict=True)
    return [name for name, kind in kinds if kind == "DATE" or kind.startswith("TIMESTAMP")]


def with_iso_times(
    connection: "Connection", scan: str, columns: "Sequence[str]", *, source: str
) -> str:
    """SQL of the rows with times where a column is written in ISO 8601, and text where it is not.

    A value further down that is no such time is refused when it is read.

    Args:
        connection: that reads the file.
        scan: SQL of the rows, with these columns as text.
        columns: that may hold times.
        source: name of the table.

    Example:
        >>> import duckdb
        >>> rows = "(SELECT '2026-02-01' AS asked, '02/01/2026' AS told)"
        >>> scan = with_iso_times(duckdb.connect(), rows, ["asked", "told"], source="")
        >>> [str(kind) for kind in duckdb.sql(f"SELECT * FROM {scan}").types]
        ['DATE', 'VARCHAR']
    """
    kinds = {column: _kind(connection, scan, quoted(column)) for column in columns}
    casts = ", ".join(
        f"{_cast(column, kind, source)} AS {quoted(column)}"
        for column, kind in kinds.items()
        if kind != "VARCHAR"
    )
    return f"(SELECT * REPLACE ({casts}) FROM {scan})" if casts else scan  # noqa: S608


def _kind(connection: "Connection", scan: str, column: str) -> str:
    """The type of a column, from its first rows."""
    query = (
        f"SELECT coalesce(bool_and(regexp_full_match({column}, '{_ISO}')), false), "  # noqa: S608
        f"bool_or(regexp_full_match({column}, '{_ZONED}')), bool_and({column} LIKE '{_A_DAY}') "
        f"FROM (SELECT {column} FROM {scan} LIMIT {_SAMPLE})"
    )
    ((iso, zoned, days),) = connection.execute(query).fetchall()
    if not iso:
        return "VARCHAR"
    return "TIMESTAMPTZ" if zoned else "DATE" if days else "TIMESTAMP"


def _cast(name: str, kind: str, source: str) -> str:
    pattern = _A_DAY if kind == "DATE" else f"{_A_DAY}%"
    column, refused = quoted(name), literal(PART.join([NOT_ISO, source, name, ""]))
    text = f"CASE WHEN {column} LIKE '{pattern}' THEN {column} ELSE {refused} || {column} END"
    return f"CAST({text} AS {kind})"
