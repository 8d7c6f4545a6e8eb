"""One log in SQLite, Parquet, DuckDB and PostgreSQL is one log; databases are only read."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from mlops_lib import drift, tables, topics
from mlops_lib.errors import InputError
from tests import postgres

ROWS = 600
USERS = 40


def log() -> pd.DataFrame:
    """Sixty days of a request log, ten requests a day."""
    times = pd.date_range("2026-05-02T00:30", periods=ROWS, freq="144min", tz="UTC")
    return pd.DataFrame(
        {
            "request_id": [f"r{n:04d}" for n in range(ROWS)],
            "time": times.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "user_id": [f"u{n % USERS}" for n in range(ROWS)],
            "query": [f"question {n % 50} about topic {n % 7}" for n in range(ROWS)],
            "top_score": [0.2 + (n * 37 % 100) / 200 for n in range(ROWS)],
            "outcome": ["answered" if n % 9 else "no_answer" for n in range(ROWS)],
            "feedback": [None if n % 4 else (-1) ** (n // 4) for n in range(ROWS)],
            "embedder": "lsa",
        }
    )


def write_sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        log().to_sql("requests", connection, index=False)
        connection.execute("CREATE TABLE events (a INTEGER)")
        connection.execute("INSERT INTO events VALUES (7)")
    return str(path)


def write_duckdb(path: Path) -> str:
    with closing(duckdb.connect(str(path))) as connection:
        connection.register("given", log())
        connection.execute("CREATE TABLE requests AS SELECT * FROM given")
        connection.execute("CREATE SCHEMA raw; CREATE TABLE raw.events AS SELECT 7 AS a")
    return str(path)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a real PostgreSQL that holds the log."""
    psycopg = pytest.importorskip("psycopg", reason="needs the extra postgres")
    if postgres.binaries() is None:
        pytest.skip("needs PostgreSQL's initdb and postgres")
    folder = postgres.home_folder()
    try:
        with postgres.server(folder) as url:
            with (
                psycopg.connect(url, password=postgres.PASSWORD) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(
                    "CREATE TABLE requests (request_id text PRIMARY KEY, time timestamptz, "
                    "user_id text, query text, top_score numeric, outcome text, "
                    "feedback integer, embedder text, retrieved jsonb, trace uuid)"
                )
                rows = log().astype(object).where(log().notna(), None).to_records(index=False)
                cursor.executemany(
                    "INSERT INTO requests VALUES (%s, %s, %s, %s, %s, %s, %s, %s, "
                    "'[[\"a.md\", 0.5]]', gen_random_uuid())",
                    [tuple(row) for row in rows],
                )
                cursor.execute("CREATE SCHEMA raw")
                cursor.execute('CREATE TABLE raw."Odd Name" AS SELECT 7 AS a')
                cursor.execute("CREATE TABLE empty (a integer)")
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    return server


@pytest.fixture(params=["sqlite", "parquet", "duckdb", "postgres"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same log, wherever it lies."""
    match request.param:
        case "sqlite":
            return write_sqlite(tmp_path / "log.db")
        case "parquet":
            log().to_parquet(tmp_path / "log.parquet")
            return str(tmp_path / "log.parquet")
        case "duckdb":
            return write_duckdb(tmp_path / "log.duckdb")
        case _:
            return str(request.getfixturevalue("url"))


def test_every_source_gives_the_same_rows(source: str) -> None:
    table = tables.read(source, columns=["time", "query"])
    assert table.rows == ROWS
    found = table.to_pandas(["request_id", "user_id", "query", "top_score", "feedback"])
    expected = log()[found.columns]
    pd.testing.assert_frame_equal(
        found.astype({"top_score": float, "feedback": float}),
        expected.astype({"feedback": float}),
        check_dtype=False,
    )
    times = pd.to_datetime(table.to_pandas(["time"])["time"], utc=True, format="ISO8601")
    assert list(times) == list(pd.to_datetime(log()["time"], utc=True))


def test_every_source_gives_the_same_windows(source: str) -> None:
    table = tables.read(source)
    reference, current = tables.split_windows(table, time="time", current_days=7, reference_days=30)
    assert (reference.rows, current.rows) == (300, 70)
    assert list(current.to_pandas()["request_id"]) == list(log()["request_id"][-70:])


def test_every_source_gives_the_same_topics(source: str, tmp_path: Path) -> None:
    log().to_parquet(tmp_path / "same.parquet")
    expected = topics.read(str(tmp_path / "same.parquet"))
    found = topics.read(source)
    pd.testing.assert_frame_equal(found.frame, expected.frame, check_dtype=False)


def test_drift_takes_every_source(source: str) -> None:
    windows = drift.read(log=source, days=(30, 7))
    assert (windows.reference.rows, windows.current.rows) == (300, 70)


def test_a_condition_keeps_the_same_rows_everywhere(source: str) -> None:
    kept = tables.read(source, where="outcome = 'no_answer' AND feedback IS NOT NULL")
    expected = log().query("outcome == 'no_answer' and feedback.notna()")
    assert list(kept.to_pandas(["request_id"])["request_id"]) == list(expected["request_id"])


def test_a_condition_that_cannot_be_read_is_named(source: str) -> None:
    for where in ("outcome =", "colour = 'red'"):
        with pytest.raises(InputError, match="condition"):
            tables.read(source, where=f"top_score > 5 AND {where}")


@pytest.mark.parametrize("kind", ["sqlite", "duckdb", "postgres"])
def test_a_missing_table_names_those_that_exist(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    match kind:
        case "sqlite":
            address, there = write_sqlite(tmp_path / "log.db"), "events, requests"
        case "duckdb":
            address, there = write_duckdb(tmp_path / "log.duckdb"), "raw.events, requests"
        case _:
            address, there = request.getfixturevalue("url"), "empty, raw.Odd Name, requests"
    with pytest.raises(InputError, match=f"no table 'request'; there are: {there}.*#requests"):
        tables.read(f"{address}#request")


def test_another_table_is_named_behind_a_hash(tmp_path: Path, url: str) -> None:
    for address in (
        f"{write_sqlite(tmp_path / 'log.db')}#events",
        f"{write_duckdb(tmp_path / 'log.duckdb')}#raw.events",
        f"{url}#raw.Odd Name",
    ):
        table = tables.read(address)
        assert table.to_pandas()["a"].to_list() == [7]
        assert table.name == address


def test_only_the_days_that_are_needed_are_fetched(url: str, tmp_path: Path) -> None:
    for address in (url, write_duckdb(tmp_path / "log.duckdb")):
        table = tables.read(address)
        week = tables.recent(table, time="time", days=7)
        assert 70 <= week.rows <= 100
        assert set(log()["request_id"][-70:]) <= set(week.to_pandas()["request_id"])


def test_a_fingerprint_follows_the_rows_and_not_their_order(url: str) -> None:
    import psycopg

    before = tables.read(url).source
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE requests SET query = query WHERE request_id = 'r0000'")
        assert tables.read(url).source == before  # moved to the end of the file
        connection.execute("UPDATE requests SET query = 'other' WHERE request_id = 'r0000'")
        assert tables.read(url).source != before
        connection.execute(
            "UPDATE requests SET query = %s WHERE request_id = 'r0000'", [log()["query"][0]]
        )
    assert tables.read(url).source == before


def test_a_log_that_is_written_stands_still_for_its_reader(url: str) -> None:
    import psycopg

    table = tables.read(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM requests WHERE request_id = 'r0599'")
        assert len(table.to_pandas()) == ROWS
        assert tables.read(url).rows == ROWS - 1
        last = log().iloc[-1]
        connection.execute(
            "INSERT INTO requests (request_id, time, user_id, query, top_score, outcome, feedback, "
            "embedder) VALUES (%s, %s, %s, %s, %s, %s, NULL, %s)",
            [last[c] for c in ("request_id", "time", "user_id", "query", "top_score", "outcome")]
            + ["lsa"],
        )


@pytest.mark.parametrize(
    "where",
    [
        "true; DROP TABLE empty",
        "true); COMMIT; DROP TABLE empty; --",
        "true) -- ",
        "nextval('s') > 0",
    ],
)
def test_nothing_is_ever_written(url: str, where: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE IF NOT EXISTS s")
    with pytest.raises(InputError):
        tables.read(url, where=where)
    assert "empty" in tables.read(url).held.database.tables()


def test_an_empty_table_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="the table is empty"):
        tables.read(f"{url}#empty")


def test_a_wrong_password_is_not_printed(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "wrong-and-secret")
    with pytest.raises(InputError, match=r"cannot connect: .*authentication failed") as caught:
        tables.read(server)
    assert "wrong-and-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hunter2@127.0.0.1/db",
        "postgresql://me:hunter2@127.0.0.1/db#requests",
        "postgres://127.0.0.1/db?user=me&password=hunter2",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_printed(address: str) -> None:
    with pytest.raises(InputError, match="PGPASSWORD") as caught:
        tables.read(address)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_does_not_answer_is_said() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(InputError, match="cannot connect"):
        tables.read("postgresql://me@127.0.0.1:1/db")


def test_a_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"pip install 'mlops-lib\[postgres\]'"):
        tables.read("postgresql://me@127.0.0.1/db")


def test_a_duckdb_file_that_is_being_written_says_so(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = write_duckdb(tmp_path / "log.duckdb")
    code = f"import duckdb, sys; c = duckdb.connect({path!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        writer.stdout.readline()
        with pytest.raises(InputError, match="being written by another process"):
            tables.read(path)
        writer.stdin.close()
    assert tables.read(path).rows == ROWS


def test_files_that_are_no_databases_are_refused(tmp_path: Path) -> None:
    for name, message in (("a.db", "no SQLite file"), ("a.duckdb", "no DuckDB file")):
        (tmp_path / name).write_bytes(b"no such thing" * 100)
        with pytest.raises(InputError, match=message):
            tables.read(tmp_path / name)
