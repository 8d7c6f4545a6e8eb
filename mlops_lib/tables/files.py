"""Files that DuckDB reads, found by path or glob, and their fingerprints."""

import glob
import hashlib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.tables.connections import connect_to_files
from mlops_lib.tables.errors import reading, unreadable
from mlops_lib.tables.faults import suffix_of, uneven_row
from mlops_lib.tables.names import literal
from mlops_lib.tables.swallowed import require_rows_outside_cells
from mlops_lib.tables.table import Table
from mlops_lib.tables.times import time_columns, with_iso_times
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import duckdb

_PARQUET, _CSV, _JSON = "read_parquet", "read_csv_auto", "read_json_auto"

READABLE = {
    ".parquet": _PARQUET,
    ".csv": _CSV,
    ".tsv": _CSV,
    ".jsonl": _JSON,
    ".ndjson": _JSON,
    ".json": _JSON,
}
"""File endings (after an optional .gz) and the DuckDB function that reads them."""

_CSV_OPTIONS = ", header=true, skip=0, comment='', quote='\"'"
"""The first line names the columns, and every other is a row: what DuckDB guesses it may drop.
A row that begins with a spreadsheet's #N/A would be a comment; so would rows be before a wider
one."""

_NO_JSON_TIMES = ", dateformat='none', timestampformat='none'"
"""Formats that no value has: all times stay text."""

_ALIKE = 0.7
"""How alike a file's name must be to be offered; less, and `nope.csv` is offered `data.csv`."""


def read_files(path: str, suffix: str) -> Table:
    """The rows of files of one kind.

    Raises:
        InputError: if they cannot be read.
    """
    import narwhals as nw

    relation, scan = _open(path, READABLE[suffix])
    # Where rows are uneven, DuckDB finds no separator, and takes each for a single field.
    if len(relation.columns) == 1 and (uneven := uneven_row(path)):
        raise uneven
    rows = _count(relation, path)
    if READABLE[suffix] == _CSV:
        with reading(path):
            require_rows_outside_cells(relation, find_files(path), rows, source=path)
    return Table(
        name=path,
        held=nw.from_native(relation),
        columns=tuple(relation.columns),
        rows=rows,
        source=fingerprint(path, rows=rows),
        scan=scan,
    )


def fingerprint(path: str | Path, *, rows: int) -> Source:
    """Fingerprint of a file: its path as given, the rows read from it, the hash of its bytes."""
    digest = hashlib.sha256()
    for file in find_files(str(path)):
        log = Path(f"{file}-wal")  # SQLite's write-ahead log holds the newest rows
        for part in (file, log) if log.is_file() else (file,):
            with part.open("rb", buffering=0) as handle:
                hashlib.file_digest(handle, lambda: digest)
    return Source(path=str(path), rows=rows, sha256=digest.hexdigest())


def find_files(path: str) -> list[Path]:
    """The files that a path or a glob names.

    Raises:
        InputError: if there is none; offers one with a like name.
    """
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


def suffix_of_all(files: list[Path], path: str) -> str:
    """The ending that all files share.

    Raises:
        InputError: if they are of several kinds.
    """
    suffix, *others = sorted({suffix_of(file) for file in files})
    if others:
        kinds = ", ".join([suffix, *others])
        raise InputError.of(f"matches files of several kinds ({kinds}); name one", source=path)
    return suffix


def _open(path: str, function: str) -> "tuple[duckdb.DuckDBPyRelation, str]":
    """The rows, and the SQL of them."""
    import duckdb

    connection = connect_to_files()
    try:
        scan = _scan(path, function)
        relation = connection.sql(f"SELECT * FROM {scan}")  # noqa: S608
        times = [] if function == _PARQUET else time_columns(relation)
        if times:
            as_text = _scan(path, function, times=times)
            scan = with_iso_times(connection, as_text, times, source=path)
            relation = connection.sql(f"SELECT * FROM {scan}")  # noqa: S608
    except duckdb.Error as error:
        raise unreadable(error, path) from error
    return relation, scan


def _scan(path: str, function: str, *, times: Sequence[str] = ()) -> str:
    """SQL of the rows of files; columns that may hold times as text."""
    import duckdb

    options = ""
    if function == _CSV:
        options = _CSV_OPTIONS
        if times:
            types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in times)
            options += f", types={{{types}}}"
    elif function == _JSON and times:
        options = _NO_JSON_TIMES
    elif function == _PARQUET and int(duckdb.__version__.split(".")[0]) > 1:
        # DuckDB 2 takes Parquet files without a NaN count to hold no NaN, and then miscounts them.
        options = ", can_have_nan=true"
    return f"{function}({literal(path)}{options})"


def _count(relation: "duckdb.DuckDBPyRelation", path: str) -> int:
    import duckdb

    try:
        return int(relation.aggregate("count(*)").fetchall()[0][0])
    except duckdb.Error as error:
        raise unreadable(error, path) from error
