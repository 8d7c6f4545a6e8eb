"""Any table at the door: a path or a frame becomes a `Table`, checked once, trusted inside.

Paths are read through DuckDB (Parquet, CSV, JSON lines; globs) or sqlite3 (the request log);
frames (pandas, Polars, Arrow, DuckDB, Ibis, Spark) pass through narwhals as they are.
"""

import glob
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

READABLE = {
    ".parquet": "read_parquet",
    ".csv": "read_csv_auto",
    ".tsv": "read_csv_auto",
    ".jsonl": "read_json_auto",
    ".ndjson": "read_json_auto",
    ".json": "read_json_auto",
}
"""File endings (after an optional .gz) and the DuckDB function that reads them."""

_LONGEST_DAYS = 36_500
"""A window of a hundred years is the whole log; longer ones leave the calendar."""

SQLITE_ENDINGS = (".db", ".sqlite", ".sqlite3")
JSON_LINES = (".jsonl", ".ndjson")
DEFAULT_SQLITE_TABLE = "requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with a name and, where they came from a file, its fingerprint.

    Attributes:
        name: how messages speak of it: the path, or the argument's name.
        frame: a narwhals DataFrame or LazyFrame.
        columns: names in order.
        rows: how many; at least one.
        source: fingerprint of the file; None for a frame.
        scan: SQL of the rows for a file that DuckDB reads; empty for what lies in memory.
    """

    name: str
    frame: Any
    columns: tuple[str, ...]
    rows: int
    source: Source | None = None
    scan: str = ""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The fingerprint as a tuple, empty for a frame, ready to be joined to others."""
        return () if self.source is None else (self.source,)

    def require(self, columns: Sequence[str]) -> "Table":
        """Return the table if it has all the columns; else say which are missing.

        Raises:
            InputError: one problem per missing column, with the likely name.
        """
        problems = [
            Problem(source=self.name, field=column, message=_missing_column(column, self.columns))
            for column in columns
            if column not in self.columns
        ]
        if problems:
            raise InputError(problems)
        return self

    def to_pandas(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Collect the named columns, or all, into pandas.

        Raises:
            InputError: if a column is missing, or a value beyond the rows from which the types
                were guessed cannot be read.
        """
        import duckdb
        import narwhals as nw

        wanted = list(self.columns if columns is None else columns)
        frame = self.require(wanted).frame.select(wanted)
        try:
            if isinstance(frame, nw.LazyFrame):
                frame = frame.collect(backend="pandas")
            pandas: pd.DataFrame = frame.to_pandas()
        except duckdb.Error as error:
            raise _unreadable(error, self.name) from error
        return pandas

    def connect(self, columns: Sequence[str]) -> "duckdb.DuckDBPyConnection":
        """A connection with a view `rows`; files are scanned by the queries, not loaded.

        One thread, because one thread adds up in one order: equal rows give equal bytes.

        Raises:
            InputError: if a column is missing.
        """
        import duckdb

        self.require(columns)
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("SET TimeZone = 'UTC'")
        if self.scan:
            connection.execute(f"CREATE VIEW rows AS SELECT * FROM {self.scan}")  # noqa: S608
        else:
            connection.register("rows", self.to_pandas(columns))
        return connection


def read(
    data: Any,  # noqa: ANN401
    *,
    name: str = "data",
    columns: Sequence[str] = (),
    where: str = "",
) -> Table:
    """Read a path or take a frame, and check that it has rows and the columns asked for.

    Args:
        data: a path (Parquet, CSV, JSON lines, SQLite; globs allowed), a frame that narwhals
            takes, or a `Table`.
        name: what to call the data in messages when it is not a path.
        columns: columns that must be there.
        where: optional SQL condition; keeps the rows for which it is true.

    Raises:
        InputError: for a missing or unreadable file, missing columns, a condition that cannot be
            read, an empty table, or a condition that matches no row.

    Example:
        >>> import pandas as pd
        >>> read(pd.DataFrame({"score": [0.5, 0.9]}), columns=["score"]).rows
        2
    """
    if isinstance(data, Table):
        table = data
    elif isinstance(data, str | Path):
        table = _read_path(str(data))
    else:
        table = _take_frame(data, name)
    if where:
        table = _filtered(table, where)
    return table.require(columns)


def split_windows(
    table: Table, *, time: str, current_days: float, reference_days: float
) -> tuple[Table, Table]:
    """Cut a log into (reference, current): the last days, and the days before them.

    The clock is the log's own: the current window ends at its last row.

    Args:
        table: with a time column, as text in ISO 8601 or as timestamps.
        time: that column's name.
        current_days: length of the last window.
        reference_days: length of the window before it.

    Raises:
        InputError: if a window is not positive or holds no rows, or a time cannot be read.
    """
    import narwhals as nw

    _require_positive(current_days=current_days, reference_days=reference_days)
    frame = table.require([time]).to_pandas()
    moments = _moments(frame[time], table.name, time)
    end = moments.max()
    start = end - timedelta(days=min(current_days, _LONGEST_DAYS))
    first = start - timedelta(days=min(reference_days, _LONGEST_DAYS))
    parts = {
        "current": frame[moments > start],
        "reference": frame[(moments > first) & (moments <= start)],
    }
    windows = []
    for which in ("reference", "current"):
        part: pd.DataFrame = parts[which].reset_index(drop=True)
        if part.empty:
            raise InputError.of(
                f"the {which} window holds no rows; the log runs from {moments.min()} to {end}",
                source=table.name,
                field=time,
            )
        windows.append(
            Table(
                name=f"{which} window of {table.name}",
                frame=nw.from_native(part),
                columns=table.columns,
                rows=len(part),
                source=table.source,
            )
        )
    return windows[0], windows[1]


def fingerprint(path: str | Path, *, rows: int) -> Source:
    """Fingerprint of a file: its path as given, the rows read from it, the hash of its bytes."""
    digest = hashlib.sha256()
    for file in _files(str(path)):
        log = Path(f"{file}-wal")  # SQLite's write-ahead log holds the newest rows
        for part in (file, log) if log.is_file() else (file,):
            with part.open("rb") as handle:
                while block := handle.read(1 << 20):
                    digest.update(block)
    return Source(path=str(path), rows=rows, sha256=digest.hexdigest())


def _read_path(path: str) -> Table:
    import narwhals as nw

    files = _files(path)
    suffix, *others = sorted({_suffix(file) for file in files})
    if others:
        kinds = ", ".join([suffix, *others])
        raise InputError.of(f"matches files of several kinds ({kinds}); name one", source=path)
    native: Any
    if suffix in SQLITE_ENDINGS:
        scan, native = "", _read_sqlite(files, path)
        rows, columns = len(native), tuple(native.columns)
    elif suffix in READABLE:
        scan = _scan(path, READABLE[suffix])
        native = _read_duckdb(path, scan)
        rows, columns = _count(native, path), tuple(native.columns)
    else:
        allowed = ", ".join(sorted([*READABLE, *SQLITE_ENDINGS]))
        raise InputError.of(f"cannot read this kind of file; allowed: {allowed}", source=path)
    if rows == 0:
        raise InputError.of("the table is empty: nothing can be judged on no rows", source=path)
    return Table(
        name=path,
        frame=nw.from_native(native),
        columns=columns,
        rows=rows,
        source=fingerprint(path, rows=rows),
        scan=scan,
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
        raise InputError.of("the table is empty: nothing can be judged on no rows", source=name)
    return Table(name=name, frame=frame, columns=columns, rows=rows)


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

    frame = table.to_pandas()
    connection = duckdb.connect()
    try:
        kept = connection.from_df(frame).filter(where).df()
    except duckdb.Error as error:
        raise InputError.of(
            f"cannot read the condition: {_first_line(error)}", source=table.name, value=where
        ) from error
    if kept.empty:
        raise InputError.of(
            f"the condition matches none of the {table.rows} rows", source=table.name, value=where
        )
    return Table(
        name=table.name,
        frame=nw.from_native(kept),
        columns=table.columns,
        rows=len(kept),
        source=table.source,
    )


def _scan(path: str, function: str) -> str:
    import duckdb

    # DuckDB 2 takes Parquet files without a NaN count to hold no NaN, and then miscounts them.
    careful = function == "read_parquet" and int(duckdb.__version__.split(".")[0]) > 1
    options = ", can_have_nan=true" if careful else ""
    quoted = path.replace("'", "''")
    return f"{function}('{quoted}'{options})"


def _read_duckdb(path: str, scan: str) -> "duckdb.DuckDBPyRelation":
    import duckdb

    connection = duckdb.connect()
    try:
        return connection.sql(f"SELECT * FROM {scan}")  # noqa: S608
    except duckdb.Error as error:
        raise _unreadable(error, path) from error


def _count(relation: "duckdb.DuckDBPyRelation", path: str) -> int:
    import duckdb

    try:
        return int(relation.aggregate("count(*)").fetchall()[0][0])
    except duckdb.Error as error:
        raise _unreadable(error, path) from error


def _read_sqlite(files: Sequence[Path], path: str) -> "pd.DataFrame":
    import sqlite3
    from contextlib import closing

    import pandas as pd

    query = f"SELECT * FROM {DEFAULT_SQLITE_TABLE} ORDER BY time, request_id"  # noqa: S608
    frames = []
    for file in files:
        address = f"{file.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                frames.append(pd.read_sql_query(query, connection))
        except (sqlite3.Error, pd.errors.DatabaseError) as error:
            message = f"is no request log (it needs a table {DEFAULT_SQLITE_TABLE!r}): "
            source = str(file) if len(files) > 1 else path
            raise InputError.of(message + _first_line(error), source=source) from error
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _files(path: str) -> list[Path]:
    files = sorted(Path(match) for match in glob.glob(path, recursive=True))
    if not files and Path(path).exists():
        files = [Path(path)]
    kept = [file for file in files if file.is_file()]
    if not kept:
        if files:
            raise InputError.of(f"is a folder; name its files, as {path}/*.parquet", source=path)
        folder, name = Path(path).parent, Path(path).name
        neighbours = [file.name for file in folder.glob("*") if file.is_file()]
        near = get_close_matches(name, neighbours, n=1, cutoff=_ALIKE)
        hint = f"; did you mean {folder / near[0]}?" if near else ""
        raise InputError.of(f"no such file{hint}", source=path)
    return kept


_ALIKE = 0.7
"""How alike a file's name must be to be offered; less, and `nope.csv` is offered `data.csv`."""


def _suffix(file: Path) -> str:
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _missing_column(column: str, columns: Sequence[str]) -> str:
    near = get_close_matches(column, columns, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"no such column; {hint}the columns are {', '.join(columns)}"


def _moments(values: "pd.Series[Any]", source: str, field: str) -> "pd.Series[Any]":
    import pandas as pd

    moments = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
    bad = moments.isna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError.of(
            f"{int(bad.sum())} times cannot be read; write ISO 8601",
            source=source,
            row=row + 1,
            field=field,
            value=values.iloc[row],
        )
    return moments


def _require_positive(**days: float) -> None:
    problems = [
        Problem(field=name, value=value, message="must be more than 0 days")
        for name, value in days.items()
        if not value > 0
    ]
    if problems:
        raise InputError(problems)


def _unreadable(error: Exception, source: str) -> InputError:
    return _broken_line(source) or InputError.of(
        f"cannot read the file: {_first_line(error)}", source=source
    )


def _broken_line(source: str) -> InputError | None:
    """The first line of JSON lines that is no JSON; DuckDB counts one too far, and shows none."""
    for name in glob.glob(source, recursive=True):
        if _suffix(Path(name)) not in JSON_LINES or name.endswith(".gz"):
            continue
        with Path(name).open(encoding="utf-8", errors="replace") as lines:
            for row, line in enumerate(lines, start=1):
                try:
                    json.loads(line.strip() or "null")
                except json.JSONDecodeError as error:
                    return InputError.of(
                        f"is no JSON: {error.msg}", source=name, row=row, value=line.rstrip()
                    )
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
