"""Rows of a database: counted and fetched when asked for, all in one snapshot, never written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from mlops_lib.errors import InputError
from mlops_lib.tables.names import qualified, quoted
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_TABLE = "requests"
"""The request log's table, where the address names none."""

ORDER = ("time", "request_id")
"""Rows come in this order, as far as a table has the columns: equal rows give equal results."""


class Database(Protocol):
    """One open database, read in one snapshot."""

    @property
    def name(self) -> str:
        """How messages speak of it; never with a password."""
        ...

    @property
    def filters(self) -> bool:
        """Whether conditions are its own SQL; else they are DuckDB's, on fetched rows."""
        ...

    def tables(self) -> tuple[str, ...]:
        """Names of its tables and views, as a user would write them."""
        ...

    def columns(self, table: str) -> tuple[str, ...]:
        """Names of a table's columns, in order."""
        ...

    def select(self, query: str) -> "pd.DataFrame":
        """Run one query.

        Raises:
            InputError: if the database refuses it.
        """
        ...

    def fingerprint(self, relation: str, rows: int) -> Source:
        """What tells these rows from others."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Rows of one table, as far as a condition keeps them.

    Attributes:
        database: that holds them.
        table: as SQL writes it.
        columns: names in order.
        where: conditions in the database's SQL, all of them to be met.
        kept: what was fetched, under one key: the snapshot stands still, so it stays true.
    """

    database: Database
    table: str
    columns: tuple[str, ...]
    where: tuple[str, ...] = ()
    kept: "dict[str, pd.DataFrame]" = field(default_factory=dict, repr=False, compare=False)

    @property
    def relation(self) -> str:
        """The rows as a part of a query."""
        kept = " AND ".join(f"({condition}\n)" for condition in self.where)
        return f"{self.table} WHERE {kept}" if kept else self.table

    def count(self) -> int:
        """How many rows there are."""
        rows: Any = self.database.select(f"SELECT count(*) FROM {self.relation}").iloc[0, 0]  # noqa: S608
        return int(rows)

    def latest(self, column: str) -> Any:  # noqa: ANN401
        """The largest value of a column; None without any."""
        query = f"SELECT max({quoted(column)}) FROM {self.relation}"  # noqa: S608
        return self.database.select(query).iloc[0, 0]

    def fetch(self, columns: Sequence[str]) -> "pd.DataFrame":
        """The rows with some of the columns, in a fixed order; what is known is not sent again."""
        wanted = list(columns)
        return self._fetched(wanted)[wanted].copy()

    def frame(self) -> Any:  # noqa: ANN401
        """All columns, as narwhals knows them."""
        import narwhals as nw

        return nw.from_native(self._fetched(self.columns))

    def narrowed(self, condition: str) -> "Query":
        """The rows that also meet this condition."""
        return replace(self, where=(*self.where, condition), kept={})

    def _fetched(self, columns: Sequence[str]) -> "pd.DataFrame":
        known = self.kept.get("rows")
        if known is not None and set(columns) <= set(known.columns):
            return known
        named = ", ".join(quoted(column) for column in columns)
        order = ", ".join(quoted(column) for column in ORDER if column in self.columns)
        query = f"SELECT {named} FROM {self.relation}"  # noqa: S608
        self.kept["rows"] = self.database.select(f"{query} ORDER BY {order}" if order else query)
        return self.kept["rows"]


def find(database: Database, table: str) -> Query:
    """The rows of a table.

    Raises:
        InputError: if there is no such table; names those that there are.
    """
    known = database.tables()
    if table not in known:
        if not known:
            raise InputError.of(f"has no table {table!r}, and no other", source=database.name)
        likely = (get_close_matches(table, known, n=1) or known)[0]
        raise InputError.of(
            f"has no table {table!r}; there are: {', '.join(known)}. Name one behind a #, as in "
            f"{database.name}#{likely}",
            source=database.name,
        )
    return Query(database=database, table=qualified(table), columns=database.columns(table))
