"""Connections that run a user's SQL: they see their rows, and no other file of this machine."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb


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
