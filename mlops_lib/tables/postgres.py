"""PostgreSQL by URL: read-only, in one snapshot, one statement at a time, no password shown."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from mlops_lib.errors import InputError
from mlops_lib.tables.errors import first_line
from mlops_lib.tables.names import qualified
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

SCHEMES = ("postgresql://", "postgres://")

CONNECT_SECONDS = 10
"""A server that does not answer within this time is taken to be unreachable."""

_SETTINGS = "-c timezone=UTC -c datestyle=ISO -c default_transaction_read_only=on"

_TABLES = (
    "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN relname "
    "ELSE nspname || '.' || relname END AS name FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE relkind IN ('r', 'v', 'm', 'p', 'f') AND nspname !~ '^pg_' "
    "AND nspname <> 'information_schema' ORDER BY name"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One connection, in one transaction that can only read.

    Attributes:
        name: the URL; it never holds a password.
        connection: repeatable read: the log may be written on, and stands still for the reader.
    """

    name: str
    connection: "psycopg.Connection[Any]"
    filters: bool = True

    def tables(self) -> tuple[str, ...]:
        """Names, with their schema where the search path does not find them."""
        return tuple(self.select(_TABLES)["name"])

    def columns(self, table: str) -> tuple[str, ...]:
        """Names in order."""
        found = self.select(f"SELECT * FROM {qualified(table)} LIMIT 0")  # noqa: S608
        return tuple(map(str, found.columns))

    def select(self, query: str) -> "pd.DataFrame":
        """Run one query; a second statement in it is refused by the protocol."""
        import pandas as pd
        import psycopg

        try:
            # Inside a savepoint, so that a condition that fails does not end the snapshot; binary
            # results go by the extended protocol, which takes one statement only.
            with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
                cursor.execute(query.encode())
                names = [column.name for column in cursor.description or ()]
                return pd.DataFrame(cursor.fetchall(), columns=names)
        except psycopg.Error as error:
            raise InputError.of(
                f"the server refused: {first_line(error)}", source=self.name
            ) from error

    def fingerprint(self, relation: str, rows: int) -> Source:
        """A hash of the rows, whatever their order, made by the server."""
        hashed = "coalesce(sum(hashtextextended(t::text, 0)), 0)::text"
        query = f"SELECT {hashed} FROM (SELECT * FROM {relation}) AS t"  # noqa: S608
        found = str(self.select(query).iloc[0, 0])
        digest = hashlib.sha256(f"{rows} {found}".encode()).hexdigest()
        return Source(path=self.name, rows=rows, sha256=digest)


def open_postgres(url: str) -> Postgres:
    """Connect for reading. The password comes from PGPASSWORD, ~/.pgpass or a service file.

    Args:
        url: "postgresql://user@host:port/database"; without a password, because a report prints
            its parameters.

    Raises:
        InputError: if the extra is not installed, the URL holds a password, or the server cannot
            be reached or refuses.
    """
    name = _without_secrets(url)
    if name != url:
        raise InputError.of(
            "must not hold a password, since reports print their parameters; set PGPASSWORD, or "
            "write it into ~/.pgpass",
            source=name,
        )
    try:
        import psycopg
    except ImportError as error:
        raise InputError.of(
            "PostgreSQL needs an extra: pip install 'mlops-lib[postgres]'", source=name
        ) from error
    try:
        connection = psycopg.connect(url, connect_timeout=CONNECT_SECONDS, options=_SETTINGS)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        _load_as_pandas_likes(connection)
        connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise InputError.of(f"cannot connect: {first_line(error)}", source=name) from error
    return Postgres(name=name, connection=connection)


def _load_as_pandas_likes(connection: "psycopg.Connection[Any]") -> None:
    """Numbers as floats, and JSON and identifiers as text, as the other sources give them."""
    from psycopg.types.numeric import FloatLoader
    from psycopg.types.string import TextLoader

    for kind in ("json", "jsonb", "uuid"):
        connection.adapters.register_loader(kind, TextLoader)
    connection.adapters.register_loader("numeric", FloatLoader)


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc
    if parts.password is not None:
        place = f"{parts.username or ''}@{place.rpartition('@')[2]}"
    kept = [
        f"{key}={value}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if "password" not in key.lower()
    ]
    had = any("password" in key.lower() for key, _ in parse_qsl(parts.query))
    query = "&".join(kept) if had else parts.query
    return urlunsplit((parts.scheme, place, parts.path, query, parts.fragment))
