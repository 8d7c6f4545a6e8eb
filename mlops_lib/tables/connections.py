"""Connections of DuckDB to files, and those that run a user's SQL: they see no other file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb


def connect_to_files(*, threads: int | None = None) -> "duckdb.DuckDBPyConnection":
    """A database without tables, in which files are read.

    They lie in memory, as whoever reads them hashes them: to fetch ahead would copy in vain.

    Args:
        threads: None takes one a processor.
    """
    import duckdb

    connection = duckdb.connect(config={} if threads is None else {"threads": threads})
    connection.execute("SET GLOBAL disable_parquet_prefetching = true")
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def lock(connection: "duckdb.DuckDBPyConnection", paths: "Iterable[str]" = ()) -> None:
    """Forbid files, networks and extensions from here on; it cannot be undone.

    A condition or a value comes with a design that may not be ours, such as that of a pull
    request, and must not read the machine that runs it.

    Args:
        connection: with everything set that it needs.
        paths: that may still be read, each as SQL names it.

    Example:
        >>> import duckdb
        >>> connection = duckdb.connect()
        >>> lock(connection)
        >>> connection.execute("SELECT current_setting('enable_external_access')").fetchall()
        [(False,)]
    """
    if connection.execute("SELECT current_setting('lock_configuration')").fetchall() == [(True,)]:
        return
    allowed = list(paths)
    if allowed:
        connection.execute("SET allowed_paths = ?", [allowed])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
