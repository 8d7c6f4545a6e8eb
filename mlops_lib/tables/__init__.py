"""Any table at the door: a path, a URL or a frame becomes a `Table`, checked once, trusted inside.

Files are read through DuckDB (Parquet, CSV, JSON lines; globs); databases (SQLite, DuckDB,
PostgreSQL by URL) are asked for the columns and the days that are needed, read-only; frames
(pandas, Polars, Arrow, DuckDB, Ibis, Spark) pass through narwhals as they are.
"""

from mlops_lib.tables.duckdb_file import DUCKDB_ENDINGS
from mlops_lib.tables.errors import reading
from mlops_lib.tables.files import READABLE, fingerprint
from mlops_lib.tables.query import DEFAULT_TABLE, Query
from mlops_lib.tables.read import read, read_pair
from mlops_lib.tables.sqlite import SQLITE_ENDINGS
from mlops_lib.tables.table import Table
from mlops_lib.tables.windows import recent, split_windows

__all__ = [
    "DEFAULT_TABLE",
    "DUCKDB_ENDINGS",
    "READABLE",
    "SQLITE_ENDINGS",
    "Query",
    "Table",
    "fingerprint",
    "read",
    "read_pair",
    "reading",
    "recent",
    "split_windows",
]
