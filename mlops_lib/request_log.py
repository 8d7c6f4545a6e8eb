"""The one schema of a served request, its writer and its reader.

SQLite in WAL mode: many readers, one writer at a time, nothing lost on a crash. Times are UTC,
written as `2026-06-30T12:34:56.789Z`, so that text order is time order. Field names follow the
OpenTelemetry GenAI conventions where those have a word, shortened.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

Answer = Literal["answered", "no_answer", "refused", "error"]
"""How a request ended: `no_answer`: the corpus does not cover it; `refused`: a guardrail fired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One served request; None is unknown, never zero.

    Attributes:
        request_id: unique.
        time: when it arrived; aware.
        user_id: pseudonym of the user; the unit of randomisation of experiments.
        session_id: one visit of one user.
        query: what the user asked; untrusted text.
        answer: what was answered; untrusted text.
        outcome: how it ended.
        prompt_name: the prompt's task.
        prompt_version: its version.
        model: the model's id.
        index_id: which index answered: corpus, chunker and embedder in one id.
        embedder: the embedder's id; scores of two embedders do not compare.
        top_score: similarity of the best section, 0 to 1.
        retrieved: id and score of each section, best first.
        input_tokens: tokens of the prompt.
        output_tokens: tokens of the answer.
        cost_usd: money spent; None where the price is unknown.
        latency_ms: total time to answer.
        ttft_ms: time to the first token.
        guardrail: the rule that fired, if any.
        error: class of the error, if any.
        feedback: 1 thumbs up, -1 thumbs down, None no answer.
        experiment: name of the running experiment, if the user is in it.
        variant: "control" or "treatment" in that experiment.
        release: "stable" or "canary".
    """

    request_id: str
    time: datetime
    user_id: str
    session_id: str
    query: str
    answer: str | None
    outcome: Answer
    prompt_name: str
    prompt_version: int
    model: str
    index_id: str
    embedder: str
    top_score: float | None
    retrieved: tuple[tuple[str, float], ...]
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    latency_ms: float
    ttft_ms: float | None
    guardrail: str | None = None
    error: str | None = None
    feedback: int | None = None
    experiment: str | None = None
    variant: str | None = None
    release: str = "stable"


FEEDBACK_RULE = (
    "allowed: 1 thumbs up, -1 thumbs down, nothing or 0 for no opinion; "
    "a 0 where -1 never occurs may mean thumbs down: write -1, or leave it empty"
)
"""What a column of feedback holds; stars or 0 and 1 would be misread without a sign."""


def odd_feedback(values: Iterable[object]) -> frozenset[object]:
    """Those of the values that cannot be feedback; empty for a sound column.

    Args:
        values: what the column holds, without what is missing.

    Example:
        >>> sorted(odd_feedback([1, -1, 0])), sorted(odd_feedback([1, 0])), odd_feedback([True])
        ([], [0], frozenset({True}))
    """
    found = {(type(value).__name__.startswith("bool"), value) for value in values}
    odd = {value for flag, value in found if flag or value not in {-1, 0, 1}}
    known = {value for _, value in found}
    return frozenset(odd or (known & {0} if -1 not in known else ()))


COLUMNS = tuple(each.name for each in fields(Request))

_TYPES = {
    "prompt_version": "INTEGER NOT NULL",
    "input_tokens": "INTEGER",
    "output_tokens": "INTEGER",
    "feedback": "INTEGER",
    "top_score": "REAL",
    "cost_usd": "REAL",
    "latency_ms": "REAL NOT NULL",
    "ttft_ms": "REAL",
}
_SCHEMA = ", ".join(
    f"{name} {'TEXT PRIMARY KEY' if name == 'request_id' else _TYPES.get(name, 'TEXT')}"
    for name in COLUMNS
)
_BUSY_TIMEOUT_SECONDS = 30.0


class RequestLog:
    """Writer of a request log; use as a context manager.

    Example:
        >>> with RequestLog(":memory:") as log:
        ...     log.append([])
    """

    def __init__(self, path: str | Path) -> None:
        """Open or create the log at `path`."""
        self._connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS requests ({_SCHEMA})")
        self._connection.execute("CREATE INDEX IF NOT EXISTS requests_time ON requests(time)")

    def append(self, requests: Iterable[Request]) -> None:
        """Write the requests in one transaction: all of them or none."""
        rows = [_row(request) for request in requests]
        marks = ", ".join("?" * len(COLUMNS))
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(f"INSERT INTO requests VALUES ({marks})", rows)  # noqa: S608
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Fold the write-ahead log into the file and close."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the open log."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def read_requests(path: str | Path) -> Iterator[Request]:
    """Yield the requests of a log in order of time, then id.

    Raises:
        sqlite3.Error: if the file is no request log.
    """
    # As a URI, so that the file is opened for reading only; quoted, so that any path works.
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        names = ", ".join(COLUMNS)
        query = f"SELECT {names} FROM requests ORDER BY time, request_id"  # noqa: S608
        for row in connection.execute(query):
            values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
            values["time"] = datetime.fromisoformat(values["time"])
            values["retrieved"] = tuple((i, s) for i, s in json.loads(values["retrieved"]))
            yield Request(**values)


def time_text(time: datetime) -> str:
    """UTC with milliseconds and a Z, so that text order is time order.

    Raises:
        ValueError: if the time is naive.

    Example:
        >>> time_text(datetime(2026, 6, 30, 12, tzinfo=UTC))
        '2026-06-30T12:00:00.000Z'
    """
    if time.tzinfo is None:
        message = f"a request's time must be aware, not {time!r}"
        raise ValueError(message)
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(request: Request) -> tuple[object, ...]:
    values = {name: getattr(request, name) for name in COLUMNS}
    values["time"] = time_text(request.time)
    values["retrieved"] = json.dumps(request.retrieved)
    return tuple(_storable(values[name]) for name in COLUMNS)


def _storable(value: object) -> object:
    """Text as UTF-8: half a surrogate pair in one query must not lose the whole batch."""
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8")
    return value
