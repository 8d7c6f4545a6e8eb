"""The request log: what goes in comes out, in order, whole, under several writers."""

import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib.request_log import (
    COLUMNS,
    Request,
    RequestLog,
    odd_feedback,
    read_requests,
    time_text,
)

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
REQUEST = Request(
    request_id="r-1",
    time=NOON,
    user_id="u-1",
    session_id="s-1",
    query="how long is a canary?",
    answer="Two hours.",
    outcome="answered",
    prompt_name="answer",
    prompt_version=1,
    model="local",
    index_id="idx-1",
    embedder="lsa-1",
    top_score=0.5,
    retrieved=(("rollout/stages.md#five-stages", 0.5),),
    input_tokens=10,
    output_tokens=5,
    cost_usd=0.001,
    latency_ms=12.5,
    ttft_ms=3.5,
)


def written(path: Path, *requests: Request) -> list[Request]:
    with RequestLog(path) as log:
        log.append(requests)
    return list(read_requests(path))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    full = replace(
        REQUEST, feedback=-1, experiment="e", variant="control", release="canary", error="X"
    )
    assert written(tmp_path / "log.db", full) == [full]


def test_unknown_stays_unknown_and_never_becomes_zero(tmp_path: Path) -> None:
    bare = replace(
        REQUEST, answer=None, top_score=None, input_tokens=None, cost_usd=None, ttft_ms=None
    )
    assert written(tmp_path / "log.db", bare) == [bare]


def test_requests_come_in_order_of_time_then_id(tmp_path: Path) -> None:
    later = replace(REQUEST, request_id="r-0", time=NOON + timedelta(milliseconds=1))
    second = replace(REQUEST, request_id="r-2")
    ids = [request.request_id for request in written(tmp_path / "log.db", later, second, REQUEST)]
    assert ids == ["r-1", "r-2", "r-0"]


@given(text=st.text(min_size=1))
@settings(max_examples=50, deadline=None)
def test_any_text_is_logged(text: str) -> None:
    with RequestLog(":memory:") as log:
        log.append([replace(REQUEST, query=text, answer=text)])


def test_half_a_surrogate_pair_does_not_lose_the_batch(tmp_path: Path) -> None:
    broken = replace(REQUEST, request_id="r-2", query="a\ud800b")
    read = written(tmp_path / "log.db", REQUEST, broken)
    assert [request.query for request in read] == [REQUEST.query, "a?b"]


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    hostile = replace(REQUEST, query="'); DROP TABLE requests; --")
    assert written(tmp_path / "log.db", hostile) == [hostile]


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with RequestLog(path) as log, pytest.raises(sqlite3.IntegrityError):
        log.append([REQUEST, REQUEST])
    assert list(read_requests(path)) == []


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        time_text(NOON.replace(tzinfo=None))


def test_text_order_is_time_order_across_zones() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    assert time_text(east) == time_text(NOON) < time_text(NOON + timedelta(milliseconds=1))


def test_a_path_with_marks_of_an_address_is_only_a_path(tmp_path: Path) -> None:
    assert written(tmp_path / "a?mode=rw#b %20.db", REQUEST) == [REQUEST]


def test_reading_does_not_create_a_log(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        list(read_requests(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


def test_the_columns_are_the_fields(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    written(path, REQUEST)
    with sqlite3.connect(path) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(requests)")]
    assert tuple(names) == COLUMNS


def test_writers_side_by_side_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    RequestLog(path).close()

    def write(writer: int) -> None:
        with RequestLog(path) as log:
            for number in range(20):
                log.append([replace(REQUEST, request_id=f"r-{writer}-{number}")])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(read_requests(path))) == 80


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        ([], []),
        ([1], []),
        ([1.0, -1.0, 0.0], []),
        ([1, 0], [0]),
        ([0], [0]),
        ([1, 5, 0], [5]),
        ([True, -1], [True]),
        ([np.False_, np.True_], [np.False_, np.True_]),
        (["up"], ["up"]),
    ],
)
def test_feedback_without_a_sign_is_odd(values: list[object], odd: list[object]) -> None:
    assert odd_feedback(values) == frozenset(odd)
