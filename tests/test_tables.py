import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from mlops_lib import tables
from mlops_lib.errors import InputError

FRAME = pd.DataFrame({"name": ["a", "b", "c"], "score": [0.5, 0.9, 0.7]})


def write(folder: Path, name: str) -> str:
    """FRAME as a file of the kind that the name says."""
    path = folder / name
    match name.split(".", 1)[1]:
        case "parquet":
            FRAME.to_parquet(path)
        case "csv":
            FRAME.to_csv(path, index=False)
        case "csv.gz":
            path.write_bytes(gzip.compress(FRAME.to_csv(index=False).encode()))
        case "tsv":
            FRAME.to_csv(path, index=False, sep="\t")
        case "json":
            FRAME.to_json(path, orient="records")
        case _:
            FRAME.to_json(path, orient="records", lines=True)
    return str(path)


def write_log(path: Path, rows: int = 2) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE requests (time TEXT, request_id TEXT)")
        connection.executemany(
            "INSERT INTO requests VALUES (?, ?)",
            [(f"2026-06-{rows - i:02d}T00:00:00Z", f"r{i}") for i in range(rows)],
        )
    return str(path)


@pytest.mark.parametrize(
    "name", ["t.parquet", "t.csv", "t.csv.gz", "t.tsv", "t.json", "t.jsonl", "t.ndjson"]
)
def test_every_kind_of_file_gives_the_same_table(tmp_path: Path, name: str) -> None:
    table = tables.read(write(tmp_path, name), columns=["score"])
    assert table.columns == ("name", "score")
    assert table.rows == 3
    pd.testing.assert_frame_equal(table.to_pandas(), FRAME, check_dtype=False)


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        pl.from_pandas(FRAME),
        pl.from_pandas(FRAME).lazy(),
        pl.from_pandas(FRAME).to_arrow(),
        duckdb.from_df(FRAME),
    ],
    ids=["pandas", "polars", "lazy", "arrow", "duckdb"],
)
def test_every_kind_of_frame_gives_the_same_table(frame: Any) -> None:
    table = tables.read(frame, name="scores")
    assert (table.name, table.rows, table.sources) == ("scores", 3, ())
    pd.testing.assert_frame_equal(table.to_pandas(["score"]), FRAME[["score"]])


def test_a_table_is_taken_as_it_is() -> None:
    table = tables.read(FRAME)
    assert tables.read(table) is table


def test_a_request_log_is_read_in_order_of_time(tmp_path: Path) -> None:
    table = tables.read(write_log(tmp_path / "requests.db"))
    assert list(table.to_pandas()["request_id"]) == ["r1", "r0"]


def test_a_log_with_signs_in_its_name_is_read(tmp_path: Path) -> None:
    assert tables.read(write_log(tmp_path / "week #1?.db")).rows == 2


def test_a_glob_reads_all_its_files_and_fingerprints_all_bytes(tmp_path: Path) -> None:
    parts = [write(tmp_path, "a.parquet"), write(tmp_path, "b.parquet")]
    table = tables.read(str(tmp_path / "*.parquet"))
    assert table.rows == 6
    digest = hashlib.sha256(b"".join(Path(part).read_bytes() for part in parts)).hexdigest()
    assert table.sources[0].sha256 == digest
    assert table.sources[0].rows == 6


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_condition_keeps_the_rows_for_which_it_is_true(tmp_path: Path, name: str) -> None:
    table = tables.read(write(tmp_path, name), where="score > 0.6 AND name <> 'c'")
    assert list(table.to_pandas()["name"]) == ["b"]
    assert table.sources[0].rows == 3


def test_a_condition_that_matches_nothing_is_no_empty_pass() -> None:
    with pytest.raises(InputError, match=r"matches none of the 3 rows .*score > 5"):
        tables.read(FRAME, where="score > 5")


@pytest.mark.parametrize("where", ["score >", "colour = 'red'"])
def test_a_condition_that_cannot_be_read_is_named(where: str) -> None:
    with pytest.raises(InputError, match="cannot read the condition"):
        tables.read(FRAME, where=where)


def test_all_missing_columns_are_named_with_the_likely_one() -> None:
    with pytest.raises(InputError) as caught:
        tables.read(FRAME, name="scores", columns=["scor", "kind", "scor"])
    assert [problem.field for problem in caught.value.problems] == ["scor", "kind"]
    assert "did you mean 'score'?" in str(caught.value)
    assert "the columns are name, score" in str(caught.value)


def test_collecting_a_missing_column_is_refused_as_well() -> None:
    with pytest.raises(InputError, match="no such column"):
        tables.read(FRAME).to_pandas(["kind"])


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path, "t.parquet")
    with pytest.raises(InputError, match=r"no such file; did you mean .*t\.parquet\?"):
        tables.read(tmp_path / "t.parket")
    with pytest.raises(InputError, match=r"no such file$"):
        tables.read(tmp_path / "nowhere" / "x.csv")


def test_a_name_with_brackets_is_no_pattern(tmp_path: Path) -> None:
    assert tables.read(write(tmp_path, "part[1].csv")).rows == 3


def test_an_unknown_kind_of_file_says_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("?")
    with pytest.raises(InputError, match=r"allowed: .*\.csv.*\.parquet"):
        tables.read(tmp_path / "t.xlsx")


def test_a_file_without_an_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table").write_text("a\n1\n")
    with pytest.raises(InputError, match="cannot read this kind of file"):
        tables.read(tmp_path / "table")


@pytest.mark.parametrize(("name", "text"), [("t.csv", "a,b\n"), ("t.csv", ""), ("t.jsonl", "")])
def test_an_empty_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="table is empty"):
        tables.read(tmp_path / name)


@pytest.mark.parametrize("frame", [FRAME.head(0), pl.from_pandas(FRAME).lazy().head(0)])
def test_an_empty_frame_is_refused(frame: Any) -> None:
    with pytest.raises(InputError, match="scores: the table is empty"):
        tables.read(frame, name="scores")


@pytest.mark.parametrize("data", [None, [1, 2], 3])
def test_what_is_no_table_is_refused(data: Any) -> None:
    with pytest.raises(InputError, match="expected a path or a data frame"):
        tables.read(data)


def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1}\n{"a":\n{"a": 3}\n')
    with pytest.raises(InputError, match=r"t\.jsonl, row 2: is no JSON: .*\{\"a\":"):
        tables.read(tmp_path / "t.jsonl")


def test_a_broken_line_far_down_is_found(tmp_path: Path) -> None:
    lines = [json.dumps({"a": i}) for i in range(30_000)]
    (tmp_path / "t.jsonl").write_text("\n".join([*lines, "{oops"]))
    with pytest.raises(InputError, match="row 30001: is no JSON"):
        tables.read(tmp_path / "t.jsonl")


def test_a_word_among_numbers_in_good_json_is_no_broken_line(tmp_path: Path) -> None:
    lines = [json.dumps({"a": i}) for i in range(30_000)]
    (tmp_path / "t.jsonl").write_text("\n".join([*lines, '{"a": "x"}']))
    with pytest.raises(InputError, match="row 30001: cannot be read: Failed to cast"):
        tables.read(tmp_path / "t.jsonl").to_pandas()


def test_lines_of_json_that_are_no_records_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n{oops\n'))
    with pytest.raises(InputError, match=r"t\.jsonl\.gz, row 2: is no JSON"):
        tables.read(tmp_path / "t.jsonl.gz")


def test_a_word_among_numbers_far_down_is_found_when_collected(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "\n".join(map(str, range(30_000))) + "\nabc\n")
    with pytest.raises(InputError, match=r"row 30001, a: is no whole number.*got 'abc'"):
        tables.read(tmp_path / "t.csv").to_pandas()


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    for name in ("t.parquet", "t.db"):
        (tmp_path / name).write_bytes(b"\x00\x01 no such thing" * 50)
        with pytest.raises(InputError, match=name):
            tables.read(tmp_path / name)


def test_a_database_without_requests_says_which_tables_it_has(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection, connection:
        connection.execute("CREATE TABLE other (a)")
    with pytest.raises(InputError, match=r"no table 'requests'; there are: other\. .*t\.db#other"):
        tables.read(tmp_path / "t.db")


DAYS = pd.DataFrame({"time": [f"2026-06-{day:02d}T12:00:00Z" for day in range(1, 31)]})


def test_windows_end_at_the_last_row_and_do_not_overlap() -> None:
    table = tables.read(DAYS)
    reference, current = tables.split_windows(table, time="time", current_days=7, reference_days=10)
    assert list(current.to_pandas()["time"]) == list(DAYS["time"][23:])
    assert list(reference.to_pandas()["time"]) == list(DAYS["time"][13:23])
    assert (reference.rows, current.rows) == (10, 7)
    assert current.name == "current window of data"


def test_timestamps_and_text_cut_alike() -> None:
    stamps = tables.read(DAYS.assign(time=pd.to_datetime(DAYS["time"])))
    windows = tables.split_windows(stamps, time="time", current_days=7, reference_days=10)
    assert [window.rows for window in windows] == [10, 7]


def test_a_window_longer_than_any_log_is_the_log() -> None:
    windows = tables.split_windows(
        tables.read(DAYS), time="time", current_days=1, reference_days=1e12
    )
    assert [window.rows for window in windows] == [29, 1]


def test_windows_without_length_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        tables.split_windows(tables.read(DAYS), time="time", current_days=0, reference_days=-1)
    assert [problem.field for problem in caught.value.problems] == [
        "current_days",
        "reference_days",
    ]


def test_a_window_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="the reference window holds no rows; the log runs from"):
        tables.split_windows(tables.read(DAYS), time="time", current_days=60, reference_days=30)


def test_a_time_that_cannot_be_read_is_named_with_its_row() -> None:
    frame = DAYS.assign(time=["yesterday", *DAYS["time"][1:]])
    with pytest.raises(InputError, match=r"row 1, time: 1 times cannot be read.*yesterday"):
        tables.split_windows(tables.read(frame), time="time", current_days=1, reference_days=1)


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder; name its files"):
        tables.read(tmp_path)


def test_a_glob_over_several_kinds_of_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"x": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"several kinds \(\.csv, \.jsonl\)"):
        tables.read(f"{tmp_path}/*")


def test_a_glob_reads_every_request_log(tmp_path: Path) -> None:
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as log:
            log.execute("CREATE TABLE requests (request_id TEXT, time TEXT)")
            log.execute("INSERT INTO requests VALUES (?, '2026-06-30')", (str(number),))
            log.commit()
    assert tables.read(f"{tmp_path}/*.db").rows == 3


def test_a_name_that_is_not_alike_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "questions.csv").write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tables.read(f"{tmp_path}/nope.csv")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_two_windows_read_together_are_those_read_one_by_one(tmp_path: Path, ending: str) -> None:
    paths = [tmp_path / f"{side}.{ending}" for side in ("reference", "current")]
    for rows, path in enumerate(paths, start=2):
        frame = pd.DataFrame({"x": range(rows)})
        frame.to_parquet(path) if ending == "parquet" else frame.to_csv(path, index=False)
    old, new = tables.read_pair(*paths)
    assert (old.rows, new.rows) == (2, 3)
    assert (old.sources, new.sources) == tuple(tables.read(path).sources for path in paths)


def test_of_two_files_the_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    there, lost = tmp_path / "there.parquet", tmp_path / "lost.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(there)
    for pair in ((there, lost), (lost, there)):
        with pytest.raises(InputError, match=r"lost\.parquet.*no such file"):
            tables.read_pair(*pair)


def test_two_connections_to_one_table_do_not_see_each_other(tmp_path: Path) -> None:
    table = tables.read(write(tmp_path, "data.parquet"))
    with table.connect(["name"]) as one, table.connect(["name"]) as other:
        one.execute("CREATE TEMP VIEW kept AS SELECT * FROM rows WHERE score > 0.6")
        other.execute("CREATE TEMP VIEW kept AS SELECT * FROM rows WHERE score > 0.8")
        counts = [each.execute("SELECT count(*) FROM kept").fetchall() for each in (one, other)]
    assert counts == [[(2,)], [(1,)]]
    assert len(table.to_pandas()) == 3


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path, "data.parquet")
    table = tables.read(path)
    FRAME.head(1).to_parquet(path)
    with table.connect(["name"]) as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchall() == [(1,)]


@pytest.mark.parametrize("kind", ["frame", "t.parquet", "t.csv", "t.duckdb"])
def test_a_condition_reads_no_other_file(kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("key")
    data: Any = FRAME
    if kind == "t.duckdb":
        data = f"{tmp_path / kind}#scores"
        with duckdb.connect(str(tmp_path / kind)) as connection:
            connection.execute("CREATE TABLE scores AS SELECT * FROM FRAME")
    elif kind != "frame":
        data = write(tmp_path, kind)
    where = f"score > (SELECT size FROM read_text('{secret}')) - 3"  # noqa: S608
    with pytest.raises(InputError, match="file system operations are disabled"):
        tables.read(data, where=where)
    # One's own rows may be asked twice.
    narrowed = tables.read(tables.read(data, where="score > 0.6"), where="score < 0.8")
    assert narrowed.rows == 1


@pytest.mark.parametrize("name", ["t.parquet", "t*.csv"])
def test_a_query_reads_its_own_files_and_no_other(name: str, tmp_path: Path) -> None:
    write(tmp_path, name.replace("*", ""))
    (tmp_path / "secret.txt").write_text("key")
    with tables.read(str(tmp_path / name)).connect(["score"]) as connection:
        assert connection.execute("SELECT count(score) FROM rows").fetchall() == [(3,)]
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"FROM read_text('{tmp_path / 'secret.txt'}')")
        with pytest.raises(duckdb.InvalidInputException):
            connection.execute("SET enable_external_access = true")


def test_rows_that_begin_with_a_number_sign_stay(tmp_path: Path) -> None:
    rows = ["#N/A,1", "0.5,2", "#DIV/0!,3"] * 500
    (tmp_path / "t.csv").write_text("\n".join(["score,n", *rows]))
    assert tables.read(tmp_path / "t.csv").rows == len(rows)


def test_numbers_in_the_first_line_are_names(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("2024,2025\n1,2\n3,4\n")
    table = tables.read(tmp_path / "t.csv")
    assert (table.columns, table.rows) == (("2024", "2025"), 2)


def test_quotes_that_come_late_are_no_part_of_a_value(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("name,n\n" + "a,1\n" * 30_000 + '"a",1\n')
    assert set(tables.read(tmp_path / "t.csv").to_pandas()["name"]) == {"a"}


def test_a_column_of_sentences_may_hold_commas(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("query\n" + "how, as a user, do I go\n" * 9 + "what\n")
    assert (tables.read(tmp_path / "t.csv").columns, tables.read(tmp_path / "t.csv").rows) == (
        ("query",),
        10,
    )


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (["1,2"] * 1500 + ["1,2,3"] + ["1,2"] * 500, "row 1501: has 3 fields, where .* names 2"),
        (["1,2"] * 30_000 + ["1"], "row 30001: has 1 field, where .* names 2"),
        (["1,2"] * 1000 + ["1,2,3"] * 1000, "row 1001: has 3 fields"),
        (["1,2"] * 2000 + ["TOTAL"], "row 2001: has 1 field,"),
        (["1,a"] * 10 + ['1,"a'] + ["1,a"] * 20, "row 11: a quote .* is opened here, and not"),
        (["1,a"] * 30_000 + ['1,"a'] + ["1,a"] * 20, "row 30001: a quote .* is opened here"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_the_row_that_breaks_a_csv_is_named(
    tmp_path: Path, rows: list[str], place: str, ending: str
) -> None:
    text, path = "\n".join(["a,b", *rows]).encode(), tmp_path / f"t.{ending}"
    path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    with pytest.raises(InputError, match=rf"t\.{ending}, {place}"):
        tables.read(path).to_pandas()


def test_a_comment_is_no_line_of_names(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("# exported\na,b\n" + "1,2\n" * 9)
    with pytest.raises(InputError, match="row 1: has 2 fields, where the first line names 1"):
        tables.read(tmp_path / "t.csv")


@pytest.mark.parametrize(("encoding", "place"), [("latin-1", "row 2"), ("utf-16", "first line")])
def test_text_of_another_encoding_says_so(tmp_path: Path, encoding: str, place: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,\xe9\n", encoding=encoding)
    with pytest.raises(InputError, match=f"{place}: is no UTF-8 text; save it as UTF-8"):
        tables.read(tmp_path / "t.csv")


def test_a_row_that_is_too_long_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1," + "x" * 3_000_000 + "\n")
    with pytest.raises(InputError, match="a row is longer than 2,000,000 bytes"):
        tables.read(tmp_path / "t.csv")


def test_a_key_that_comes_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1, "b": 2}\n{"a": 1, "a": 2}\n')
    with pytest.raises(InputError, match=r't\.jsonl, row \d: .*duplicate key "a"'):
        tables.read(tmp_path / "t.jsonl").to_pandas()


def test_what_cannot_be_read_while_a_block_runs_is_bad_input() -> None:
    with (
        pytest.raises(InputError, match=r"log: cannot read the file: .*no such"),
        tables.reading("log"),
    ):
        raise duckdb.IOException("no such disk")


TIMES = [
    ("2026-02-01", "DATE"),
    ("2026-02-01T03:04:05", "TIMESTAMP"),
    ("2026-02-01 03:04:05.25", "TIMESTAMP"),
    ("2026-02-01T03:04:05Z", "TIMESTAMP WITH TIME ZONE"),
    ("2026-02-01T03:04:05+02:00", "TIMESTAMP WITH TIME ZONE"),
    ("02/01/2026", "VARCHAR"),
    ("01-02-26", "VARCHAR"),
    ("01.02.2026", "VARCHAR"),
    ("02/01/2026 03:04:05", "VARCHAR"),
    ("01-02-2026 03:04:05", "VARCHAR"),
    ("02/01/2026 03:04:05 PM", "VARCHAR"),
]


@pytest.mark.parametrize(("text", "kind"), TIMES)
def test_only_iso_8601_is_a_time_in_csv(tmp_path: Path, text: str, kind: str) -> None:
    (tmp_path / "t.csv").write_text(f"t,n\n{text},1\n,2\n{text},3\n")
    held = tables.read(tmp_path / "t.csv").held.to_native()
    assert str(held.types[0]) == kind


@pytest.mark.parametrize(("text", "kind"), TIMES)
@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.csv.gz", "t*.csv"])
def test_a_time_is_iso_8601_or_refused(tmp_path: Path, text: str, kind: str, name: str) -> None:
    frame = pd.DataFrame({"t": [text] * 3, "n": 1})
    path = tmp_path / name.replace("*", "1")
    if name.endswith("jsonl"):
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False)
    table = tables.read(str(tmp_path / name))
    with pytest.raises(InputError) as caught:
        tables.split_windows(table, time="t", current_days=1, reference_days=1)
    said = "times cannot be read; write ISO 8601" if kind == "VARCHAR" else "holds no rows"
    assert said in str(caught.value)


def test_files_of_a_glob_do_not_each_have_their_own_dates(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("t\n" + "2026-02-01\n" * 9)
    (tmp_path / "2.csv").write_text("t\n" + "02/03/2026\n" * 9)
    table = tables.read(str(tmp_path / "*.csv"))
    with pytest.raises(InputError, match=r"row 10, t: 9 times cannot be read.*02/03/2026"):
        tables.split_windows(table, time="t", current_days=1, reference_days=1)


@pytest.mark.parametrize("late", ["01-02-26", "02/01/2026"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_date_of_two_readings_far_down_is_named(tmp_path: Path, late: str, ending: str) -> None:
    frame = pd.DataFrame({"n": 1, "t": ["2026-02-01"] * 30_000 + [late]})
    path = tmp_path / f"t.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    with pytest.raises(InputError, match=f"row 30001, t: is no time.*write ISO 8601.*{late}"):
        tables.read(path).to_pandas()


def test_rows_that_a_quote_takes_in_are_missed(tmp_path: Path) -> None:
    rows = [f"{i},word {i}" for i in range(2000)]
    rows[300], rows[1900] = '300,"word 300', '1900,word"'
    (tmp_path / "t.csv").write_text("\n".join(["n,text", *rows]))
    with pytest.raises(
        InputError, match=r"row 301, text: 1,599 rows lie within one cell.*301,word 301"
    ):
        tables.read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    "answer",
    [
        "One, two.\n" * 30,
        "\n".join(["Prices:", *[f"apple {i},{i} euro" for i in range(30)], "That is all."]),
        "\n".join(["Steps:", *[f"{i},step {i}" for i in range(8)], "That is all."]),
    ],
)
def test_an_answer_of_many_lines_is_a_cell(tmp_path: Path, answer: str) -> None:
    frame = pd.DataFrame({"n": range(300), "text": ["word", answer, "word"] * 100})
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert tables.read(tmp_path / "t.csv").rows == len(frame)
