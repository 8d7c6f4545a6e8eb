"""At the door: what is read, and what is refused with all that is wrong."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_lib import topics
from mlops_lib.errors import InputError
from mlops_lib.request_log import Request, RequestLog
from tests.topics.logs import frame_of, read

END = datetime(2026, 6, 30, tzinfo=UTC)


def request(number: int, **changes: object) -> Request:
    values: dict[str, object] = {
        "request_id": f"r{number}",
        "time": END - timedelta(days=number),
        "user_id": f"u{number % 3}",
        "session_id": "s",
        "query": f"question {number}",
        "answer": "yes",
        "outcome": "answered",
        "prompt_name": "answer",
        "prompt_version": 1,
        "model": "local",
        "index_id": "i",
        "embedder": "lsa",
        "top_score": 0.5,
        "retrieved": (),
        "input_tokens": 1,
        "output_tokens": 1,
        "cost_usd": 0.0,
        "latency_ms": 1.0,
        "ttft_ms": 1.0,
        **changes,
    }
    return Request(**values)  # type: ignore[arg-type]


def write(path: Path, *requests: Request) -> str:
    with RequestLog(path) as log:
        log.append(requests)
    return str(path)


def test_a_request_log_is_cut_into_its_last_week_and_the_month_before(tmp_path: Path) -> None:
    log = topics.read(write(tmp_path / "r.db", *(request(day) for day in range(60))))
    assert (log.size(current=True), log.size(current=False)) == (7, 30)
    assert log.sources[0].rows == 60
    assert log.has_users


def test_parquet_with_other_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")])
    frame.rename(columns={"query": "text", "user_id": "who"}).to_parquet(path)
    log = read(str(path), query="text", user="who")
    assert log.frame["user"].tolist() == ["v", "u"]


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        topics.read(pd.DataFrame({"query": ["a"], "time": ["2026-06-30"]}), user="asker")
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["top_score", "asker"]
    assert 'set user_column (Python: user) to ""' in str(caught.value)


def test_default_columns_that_are_optional_may_be_missing() -> None:
    frame = pd.DataFrame({"query": ["a"], "top_score": [0.5], "time": ["2026-06-30"]})
    log = topics.read(frame)
    assert (log.has_users, log.has_outcome, log.has_feedback) == (False, False, False)


def test_two_embedders_are_refused_with_the_moment_of_the_change(tmp_path: Path) -> None:
    requests = [request(day, embedder="old" if day > 3 else "new") for day in range(20)]
    with pytest.raises(InputError, match=r"do not compare.*old from.*new from 2026-06-27"):
        topics.read(write(tmp_path / "r.db", *requests))


def test_an_embedder_without_a_name_is_called_so() -> None:
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")])
    frame["embedder"] = ["lsa", None]
    with pytest.raises(InputError, match="an unnamed one from 2026-06-21 00:00"):
        read(frame, embedder="embedder")


def test_an_empty_time_is_shown_as_empty() -> None:
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")])
    frame.loc[1, "time"] = None
    with pytest.raises(InputError, match=r"row 2, time: 1 times cannot be read.*\(got ''\)"):
        read(frame)


def test_an_embedder_before_the_windows_does_not_matter(tmp_path: Path) -> None:
    requests = [request(day, embedder="old" if day > 40 else "new") for day in range(60)]
    assert topics.read(write(tmp_path / "r.db", *requests)).size(current=False) == 30


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("top_score", ["high", "0.2"], "not finite numbers"),
        ("top_score", [1e300, 0.2], r"not finite numbers between -1e\+35 and 1e\+35"),
        ("top_score", [None, None], "no score is known"),
        ("time", ["yesterday", "2026-06-30"], "ISO 8601"),
        ("feedback", [5, 1], r"row 1, feedback: 1 values are no feedback; allowed: 1 .*got 5\)"),
        ("feedback", [True, None], r"row 1, feedback: 1 values are no feedback.*got True"),
        ("feedback", [1, 0], r"row 2, feedback: 1 values are no feedback.*got 0\)"),
        ("feedback", ["up", "-1"], r"row 1, feedback: 1 values are no feedback.*got 'up'"),
        ("feedback", [0.5, float("inf")], r"row 1, feedback: 2 values are no feedback.*got 0.5"),
        ("time", ["06/05/2026", "06/05/2026"], "ISO 8601"),
    ],
)
def test_bad_values_are_refused(column: str, values: list[object], message: str) -> None:
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")])
    frame[column] = pd.Series(values, dtype=object)
    with pytest.raises(InputError, match=message):
        topics.read(frame)


@pytest.mark.parametrize("kind", ["object", "Int64", "float", "str"])
def test_feedback_is_up_or_down_and_a_zero_beside_them_is_no_opinion(kind: str) -> None:
    frame = frame_of([(f"question {day}", 0.5, day, "u") for day in range(4)])
    frame["feedback"] = pd.Series([1, -1, 0, 1]).astype(pd.Series(dtype=kind).dtype)
    log = topics.read(frame)
    assert log.frame["feedback"].fillna(9).tolist() == [1, 9, -1, 1]  # oldest first


def test_feedback_that_nobody_gave_is_no_error() -> None:
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")]).assign(feedback=None)
    assert topics.read(frame).frame["feedback"].isna().all()


def test_feedback_of_booleans_is_refused_whatever_the_file_calls_them(tmp_path: Path) -> None:
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")]).assign(feedback=[False, True])
    frame.to_csv(tmp_path / "log.csv", index=False)
    frame.to_parquet(tmp_path / "log.parquet")
    for name in ("log.csv", "log.parquet"):
        with pytest.raises(InputError, match="row 1, feedback: 2 values are no feedback"):
            topics.read(str(tmp_path / name))


def test_settings_out_of_range_are_refused() -> None:
    frame = frame_of([("a", 0.5, 0, "u")])
    with pytest.raises(InputError, match="more than 0 days"):
        topics.read(frame, current_days=0)
    with pytest.raises(InputError, match="must name a column"):
        topics.read(frame, score="")
    with pytest.raises(InputError, match=r"cut.*\n.*gaps"):
        topics.analyse(read(frame), settings=topics.Settings(cut=2, gaps=0))


def test_settings_of_the_wrong_kind_are_refused_all_at_once() -> None:
    log = read(frame_of([("a", 0.5, 0, "u")]))
    wrong = {"low_score": "0.2", "cut": float("nan"), "k": 2.5, "fewest_users": True, "gaps": None}
    with pytest.raises(InputError, match="must be a whole number") as caught:
        topics.analyse(log, settings=topics.Settings(**wrong))  # type: ignore[arg-type]
    assert {each.field for each in caught.value.problems} == set(wrong)
    for right in ({"low_score": 1}, {"cut": np.float32(0.5)}, {"gaps": np.int64(2)}):
        topics.analyse(log, settings=topics.Settings(**right))


def test_empty_tables_are_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        read(frame_of([]))


def test_empty_queries_are_left_out_and_counted() -> None:
    log = read(frame_of([("a", 0.5, 0, "u"), ("  ", 0.5, 1, "u"), (None, 0.5, 2, "u")]))  # type: ignore[list-item]
    assert (len(log.frame), log.skipped) == (1, 2)


def test_a_corpus_is_optional_only_by_its_default_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert topics.read_corpus("corpus") == ()
    assert topics.read_corpus("") == ()
    with pytest.raises(InputError, match="no such directory"):
        topics.read_corpus("elsewhere")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(InputError, match="no Markdown page"):
        topics.read_corpus("elsewhere")
    (tmp_path / "elsewhere" / "a.md").write_text("# A\ntext")
    assert [each.section_id for each in topics.read_corpus("elsewhere")] == ["a.md#a"]


@pytest.mark.parametrize("read_pages", [topics.read_corpus, topics.read_candidate])
def test_a_named_corpus_must_hold_text_and_sections(
    tmp_path: Path, read_pages: Callable[[str], object]
) -> None:
    (tmp_path / "a.md").write_text("\n")
    with pytest.raises(InputError, match=f"{tmp_path}: holds no section"):
        read_pages(str(tmp_path))
    (tmp_path / "b.md").write_bytes(b"\x89PNG\xff")
    (tmp_path / "c.md").write_bytes("# Über".encode("latin-1"))
    with pytest.raises(InputError, match=r"b\.md: is no UTF-8 text\n.*c\.md: is no UTF-8 text"):
        read_pages(str(tmp_path))


def test_a_candidate_must_exist_under_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert topics.read_candidate("") is None
    with pytest.raises(InputError, match="corpus: no such directory"):
        topics.read_candidate("corpus")


@pytest.mark.parametrize(
    ("column", "message"),
    [("query", "no question is known in the 2 rows"), ("top_score", "no score is known in the 2")],
)
def test_a_column_without_any_value_is_refused_with_file_and_column(
    tmp_path: Path, column: str, message: str
) -> None:
    path = tmp_path / "log.csv"
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")])
    frame[column] = None
    frame.to_csv(path, index=False)
    with pytest.raises(InputError, match=f"{message}.*allowed") as caught:
        read(str(path))
    assert [(each.source, each.field) for each in caught.value.problems] == [(str(path), column)]


def test_questions_of_spaces_and_scores_of_nothing_are_both_told() -> None:
    frame = frame_of([(" ", float("nan"), 0, "u"), ("", float("nan"), 9, "v")])
    with pytest.raises(InputError) as caught:
        read(frame)
    assert [each.field for each in caught.value.problems] == ["query", "top_score"]


def test_users_that_are_never_named_are_unknown_users() -> None:
    rows = [("a", 0.5, 0.0, None), ("b", 0.4, 9.0, None)]
    assert not read(frame_of(rows)).has_users  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "db"])
def test_an_empty_user_is_unknown_in_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    frame = frame_of([(f"question {day}", 0.5, day, "u") for day in range(4)])
    frame["user_id"] = ["", "  ", "ann", " ann "]
    path = tmp_path / f"log.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "parquet":
        frame.to_parquet(path)
    else:
        with closing(sqlite3.connect(path)) as connection:
            frame.to_sql("requests", connection, index=False)
    log = read(str(path))
    assert (log.has_users, log.anonymous) == (True, 0.5)
    assert log.frame["user"].tolist()[:2] == ["ann", "ann"]
    assert log.frame["user"].nunique() == 3


def test_users_that_are_all_empty_are_unknown_users() -> None:
    log = read(frame_of([("a", 0.5, 0, ""), ("b", 0.4, 9, " ")]))
    assert not log.has_users
    assert log.frame["named"].all()


def test_a_user_known_only_without_a_question_names_nobody() -> None:
    log = read(frame_of([("a", 0.5, 0, ""), ("b", 0.4, 9, ""), ("", 0.4, 9, "ann")]))
    assert not log.has_users


def test_users_may_be_numbers() -> None:
    frame = frame_of([("a", 0.5, 0, "u"), ("b", 0.4, 9, "v")])
    frame["user_id"] = [7, 8]
    assert read(frame).frame["user"].tolist() == ["8", "7"]


def test_the_corpus_has_one_fingerprint_that_any_page_changes(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.md").write_text("# A")
    (tmp_path / "deep" / "b.md").write_text("# B")
    (before,) = topics.corpus_sources(tmp_path)
    assert before.rows == 2
    (tmp_path / "deep" / "b.md").write_text("# C")
    (after,) = topics.corpus_sources(tmp_path)
    assert before.sha256 != after.sha256
    assert topics.corpus_sources("") == ()


def test_of_a_database_only_the_needed_days_are_judged_and_a_missing_time_is_still_refused(
    tmp_path: Path,
) -> None:
    import duckdb

    path = tmp_path / "log.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE requests AS SELECT 'a question' AS query, "
            "CASE WHEN i < 100 THEN 'broken' ELSE '0.5' END AS top_score, "
            "TIMESTAMP '2026-01-01' + to_days(CAST(i AS INTEGER)) AS time FROM range(200) t(i)"
        )
    log = topics.read(str(path))  # the old rows' scores are no numbers, and are not asked for
    assert (log.size(current=True), log.size(current=False)) == (7, 30)
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO requests VALUES ('a question', '0.5', NULL)")
    with pytest.raises(InputError, match="1 times cannot be read"):
        topics.read(str(path))
