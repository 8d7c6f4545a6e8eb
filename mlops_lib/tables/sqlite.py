"""SQLite files: the request log, opened for reading only."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.tables.errors import first_line
from mlops_lib.tables.files import fingerprint
from mlops_lib.tables.names import quoted
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import pandas as pd

SQLITE_ENDINGS = (".db", ".sqlite", ".sqlite3")

_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFiles:
    """One file, or several of one form that are read one after the other.

    Attributes:
        name: the path or glob.
        connections: one a file, each in a read transaction: a log that is being written stands
            still for the reader.
    """

    name: str
    connections: tuple[sqlite3.Connection, ...]
    filters: bool = False

    def tables(self) -> tuple[str, ...]:
        """Tables that every file has."""
        found = [set(self._read(each, _TABLES)["name"]) for each in self.connections]
        return tuple(sorted(set.intersection(*found)))

    def columns(self, table: str) -> tuple[str, ...]:
        """Columns of the first file's table."""
        query = f"SELECT * FROM {quoted(table)} LIMIT 0"  # noqa: S608
        found = self._read(self.connections[0], query)
        return tuple(map(str, found.columns))

    def select(self, query: str) -> "pd.DataFrame":
        """Run a query on each file; counts are added up."""
        import pandas as pd

        frames = [self._read(each, query) for each in self.connections]
        if len(frames) == 1:
            return frames[0]
        joined = pd.concat(frames, ignore_index=True)
        counts = query.startswith("SELECT count(*)")
        return joined.sum().to_frame().T if counts else joined

    def fingerprint(self, relation: str, rows: int) -> Source:  # noqa: ARG002
        """Hash of the files' bytes."""
        return fingerprint(self.name, rows=rows)

    def _read(self, connection: sqlite3.Connection, query: str) -> "pd.DataFrame":
        import pandas as pd

        try:
            return pd.read_sql_query(query, connection)
        except (sqlite3.Error, pd.errors.DatabaseError) as error:
            message = f"cannot read the file: {first_line(error)}"
            raise InputError.of(message, source=self.name) from error


def open_sqlite(files: Sequence[Path], name: str) -> SqliteFiles:
    """Open files for reading.

    Raises:
        InputError: if one is no SQLite file.
    """
    connections = []
    for file in files:
        # As a URI, so that nothing is written; quoted, so that any name works.
        address = f"{file.resolve().as_uri()}?mode=ro"
        try:
            connection = sqlite3.connect(address, uri=True, isolation_level=None)
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            raise InputError.of(
                f"is no SQLite file: {first_line(error)}", source=str(file)
            ) from error
        connections.append(connection)
    return SqliteFiles(name=name, connections=tuple(connections))
