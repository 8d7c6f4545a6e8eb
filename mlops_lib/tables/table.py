"""What a table is here: rows with a name, wherever they lie."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.tables.connections import connect_to_files, lock
from mlops_lib.tables.errors import unreadable
from mlops_lib.tables.query import Query
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with a name and, where they came from a file, its fingerprint.

    Attributes:
        name: how messages speak of it: the path, or the argument's name.
        held: a narwhals DataFrame or LazyFrame, or a `Query` of a database.
        columns: names in order.
        rows: how many; at least one.
        source: fingerprint of the file; None for a frame.
        scan: SQL of the rows for a file that DuckDB reads; empty for what lies elsewhere.
    """

    name: str
    held: Any
    columns: tuple[str, ...]
    rows: int
    source: Source | None = None
    scan: str = ""

    @property
    def frame(self) -> Any:  # noqa: ANN401
        """The rows as narwhals knows them; of a database, all that the condition left."""
        return self.held.frame() if isinstance(self.held, Query) else self.held

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
            for column in dict.fromkeys(columns)
            if column not in self.columns
        ]
        if problems:
            raise InputError(problems)
        return self

    def to_pandas(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Collect the named columns, or all, into pandas; a database sends no others.

        Raises:
            InputError: if a column is missing, or a value beyond the rows from which the types
                were guessed cannot be read.
        """
        import duckdb
        import narwhals as nw

        wanted = list(self.columns if columns is None else columns)
        self.require(wanted)
        if isinstance(self.held, Query):
            return self.held.fetch(wanted)
        frame = self.held.select(wanted)
        try:
            if isinstance(frame, nw.LazyFrame):
                frame = frame.collect(backend="pandas")
            pandas: pd.DataFrame = frame.to_pandas()
        except duckdb.Error as error:
            raise unreadable(error, self.name) from error
        return pandas

    def connect(self, columns: Sequence[str]) -> "duckdb.DuckDBPyConnection":
        """A connection with a view `rows`, and no way to any other file.

        Files are scanned by the queries, not loaded.

        One thread, because one thread adds up in one order: equal rows give equal bytes.

        Raises:
            InputError: if a column is missing.
        """
        self.require(columns)
        connection = connect_to_files(threads=1)
        if self.scan:
            connection.execute(f"CREATE TEMP VIEW rows AS SELECT * FROM {self.scan}")  # noqa: S608
            lock(connection, [self.name, *sorted(glob.glob(self.name, recursive=True))])
        else:
            connection.register("rows", self.to_pandas(columns))
            lock(connection)
        return connection


def _missing_column(column: str, columns: Sequence[str]) -> str:
    near = get_close_matches(column, columns, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"no such column; {hint}the columns are {', '.join(columns)}"
