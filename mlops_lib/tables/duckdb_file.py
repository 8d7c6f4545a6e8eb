"""DuckDB files, opened for reading only."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.tables.errors import first_line
from mlops_lib.tables.files import fingerprint
from mlops_lib.tables.names import qualified
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

DUCKDB_ENDINGS = (".duckdb", ".ddb")

_TABLES = (
    "SELECT CASE table_schema WHEN 'main' THEN table_name "
    "ELSE table_schema || '.' || table_name END AS name FROM information_schema.tables "
    "WHERE table_catalog = current_database() ORDER BY name"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckdbFile:
    """One DuckDB file.

    Attributes:
        name: its path.
        connection: read-only; nobody can write the file as long as it is open.
    """

    name: str
    connection: "duckdb.DuckDBPyConnection"
    filters: bool = True

    def tables(self) -> tuple[str, ...]:
        """Names, with their schema where it is not the main one."""
        return tuple(self.select(_TABLES)["name"])

    def columns(self, table: str) -> tuple[str, ...]:
        """Names in order."""
        found = self.select(f"SELECT * FROM {qualified(table)} LIMIT 0")  # noqa: S608
        return tuple(map(str, found.columns))

    def select(self, query: str) -> "pd.DataFrame":
        """Run one query."""
        import duckdb

        try:
            return self.connection.execute(query).df()
        except duckdb.Error as error:
            raise InputError.of(
                f"cannot read the rows: {first_line(error)}", source=self.name
            ) from error

    def fingerprint(self, relation: str, rows: int) -> Source:  # noqa: ARG002
        """Hash of the file's bytes."""
        return fingerprint(self.name, rows=rows)


def open_duckdb(file: Path, name: str) -> DuckdbFile:
    """Open a file for reading.

    Raises:
        InputError: if it is none, or another process is writing it.
    """
    import duckdb

    try:
        connection = duckdb.connect(str(file), read_only=True, config={"threads": 1})
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        locked = "lock" in str(error).lower()
        message = (
            "is being written by another process; DuckDB lets nobody read meanwhile: try again, or "
            "export it to Parquet"
            if locked
            else f"is no DuckDB file: {first_line(error)}"
        )
        raise InputError.of(message, source=name) from error
    return DuckdbFile(name=name, connection=connection)
