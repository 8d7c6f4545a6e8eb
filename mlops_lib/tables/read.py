"""Read whatever is given: a path, a URL, a frame or a `Table`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.tables.connections import lock
from mlops_lib.tables.duckdb_file import DUCKDB_ENDINGS, DuckdbFile, open_duckdb
from mlops_lib.tables.errors import first_line
from mlops_lib.tables.faults import suffix_of
from mlops_lib.tables.files import READABLE, find_files, read_files, suffix_of_all
from mlops_lib.tables.postgres import SCHEMES, open_postgres
from mlops_lib.tables.query import DEFAULT_TABLE, Database, Query, find
from mlops_lib.tables.sqlite import SQLITE_ENDINGS, open_sqlite
from mlops_lib.tables.table import Table

_PARQUET = ".parquet"
"""Files that are large, and read by connections of their own."""

_EMPTY = "the table is empty: nothing can be judged on no rows"


def read(
    data: Any,  # noqa: ANN401
    *,
    name: str = "data",
    columns: Sequence[str] = (),
    where: str = "",
) -> Table:
    """Read a path or take a frame, and check that it has rows and the columns asked for.

    Args:
        data: a path (Parquet, CSV, JSON lines, SQLite, DuckDB; globs allowed), the URL of a
            PostgreSQL database, a frame that narwhals takes, or a `Table`. Of a database the
            table `requests` is read, or the one named behind a "#".
        name: what to call the data in messages when it is not a path.
        columns: columns that must be there.
        where: optional SQL condition; keeps the rows for which it is true. DuckDB's SQL, but for
            PostgreSQL, where it is the server's.

    Raises:
        InputError: for a missing or unreadable file or database, missing columns, a condition that
            cannot be read, an empty table, or a condition that matches no row.

    Example:
        >>> import pandas as pd
        >>> read(pd.DataFrame({"score": [0.5, 0.9]}), columns=["score"]).rows
        2
    """
    if isinstance(data, Table):
        table = data
    elif isinstance(data, str | Path):
        table = _read_address(str(data))
    else:
        table = _take_frame(data, name)
    if where:
        table = _filtered(table, where)
    return table.require(columns)


def read_pair(reference: Any, current: Any) -> tuple[Table, Table]:  # noqa: ANN401
    """Read both windows; Parquet files side by side: hashing two gigabytes takes a second.

    Args:
        reference: whatever `read` takes.
        current: the same.

    Raises:
        InputError: as `read`, of the current window first.
    """
    if not (_is_parquet(reference) and _is_parquet(current)):
        new = read(current, name="current")
        return read(reference, name="reference"), new
    with ThreadPoolExecutor(max_workers=2) as pool:
        new, old = pool.map(read, (current, reference))
    return old, new


def _is_parquet(data: Any) -> bool:  # noqa: ANN401
    return isinstance(data, str | Path) and suffix_of(Path(data)) == _PARQUET


def _read_address(address: str) -> Table:
    path, table = _named_table(address)
    if path.startswith(SCHEMES):
        return _of_database(open_postgres(path), table)
    files = find_files(path)
    suffix = suffix_of_all(files, path)
    if suffix in SQLITE_ENDINGS:
        return _of_database(open_sqlite(files, path), table)
    if suffix in DUCKDB_ENDINGS:
        if len(files) > 1:
            raise InputError.of("matches several DuckDB files; name one", source=path)
        return _of_database(open_duckdb(files[0], path), table)
    if suffix not in READABLE:
        allowed = ", ".join(sorted([*READABLE, *SQLITE_ENDINGS, *DUCKDB_ENDINGS]))
        raise InputError.of(
            f"cannot read this kind of file; allowed: {allowed}, and postgresql:// URLs",
            source=path,
        )
    found = read_files(path, suffix)
    if found.rows == 0:
        raise InputError.of(_EMPTY, source=path)
    return found


def _named_table(address: str) -> tuple[str, str]:
    """The path or URL, and the table that is named behind its last "#"."""
    path, mark, table = address.rpartition("#")
    if not mark or not table or "/" in table or Path(address).exists():
        return address, DEFAULT_TABLE
    return path, table


def _of_database(database: Database, table: str) -> Table:
    query = find(database, table)
    rows = query.count()
    name = database.name if table == DEFAULT_TABLE else f"{database.name}#{table}"
    if rows == 0:
        raise InputError.of(_EMPTY, source=name)
    return Table(
        name=name,
        held=query,
        columns=query.columns,
        rows=rows,
        source=database.fingerprint(query.relation, rows),
    )


def _take_frame(data: Any, name: str) -> Table:  # noqa: ANN401
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    _require_text_names(data, name)
    try:
        frame = nw.from_native(data)
    except TypeError as error:
        raise InputError.of(
            f"expected a path or a data frame, not {type(data).__name__}", source=name
        ) from error
    except DuplicateError as error:
        raise InputError.of("two columns have the same name", source=name) from error
    columns = tuple(frame.collect_schema().names())
    if isinstance(frame, nw.LazyFrame):
        rows = int(frame.select(nw.len()).collect(backend="pandas").item(0, 0))
    else:
        rows = len(frame)
    if rows == 0:
        raise InputError.of(_EMPTY, source=name)
    return Table(name=name, held=frame, columns=columns, rows=rows)


def _require_text_names(data: Any, source: str) -> None:  # noqa: ANN401
    """Pandas takes anything for a name; a number would mean a row elsewhere."""
    import narwhals as nw

    native = nw.to_native(data, pass_through=True)
    names = list(native.columns) if nw.dependencies.is_pandas_dataframe(native) else []
    problems = [
        Problem(source=source, field="columns", value=each, message="a column's name must be text")
        for each in names
        if not isinstance(each, str)
    ]
    if problems:
        raise InputError(problems)


def _filtered(table: Table, where: str) -> Table:
    import duckdb
    import narwhals as nw

    if isinstance(table.held, Query) and table.held.database.filters:
        return _narrowed(table, table.held, where)
    frame = table.to_pandas()
    connection = duckdb.connect()
    lock(connection)
    try:
        kept = connection.from_df(frame).filter(where).df()
    except duckdb.Error as error:
        raise InputError.of(
            f"cannot read the condition: {first_line(error)}", source=table.name, value=where
        ) from error
    if kept.empty:
        raise InputError.of(
            f"the condition matches none of the {table.rows} rows", source=table.name, value=where
        )
    return Table(
        name=table.name,
        held=nw.from_native(kept),
        columns=table.columns,
        rows=len(kept),
        source=table.source,
    )


def _narrowed(table: Table, query: Query, where: str) -> Table:
    """The rows that a database says the condition is true for."""
    kept = query.narrowed(where)
    if isinstance(query.database, DuckdbFile):
        lock(query.database.connection)
    try:
        rows = kept.count()
    except InputError as error:
        message = error.problems[0].message
        raise InputError.of(
            f"cannot read the condition: {message}", source=table.name, value=where
        ) from error
    if rows == 0:
        raise InputError.of(
            f"the condition matches none of the {table.rows} rows", source=table.name, value=where
        )
    return replace(table, held=kept, rows=rows)
