"""Which two windows are compared."""

from pathlib import Path

import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.errors import InputError


def _write(path: Path, frame: pd.DataFrame) -> str:
    frame.to_parquet(path)
    return str(path)


def test_a_log_is_cut_into_its_last_days_and_those_before(log: Path) -> None:
    windows = drift.read(str(log), days=(30, 7))
    assert (windows.reference.rows, windows.current.rows) == (6000, 1400)
    assert windows.columns == tuple(n for n in drift.LOG_ROLES if n in windows.current.columns)


def test_a_log_is_judged_by_whose_doing_it_is(log: Path) -> None:
    result = drift.read(str(log)).compare()
    found = {check.name.removeprefix("PSI of "): check.outcome for check in result.checks()}
    assert (found["top_score"], found["prompt_version"]) == ("fail", "warn")
    assert found["outcome"] == found["latency_ms"] == "pass"
    answers = {row[0]: row[2] for row in result.answers().rows}
    assert answers == {
        "Did users change?": "FAIL",
        "Did we change?": "WARN",
        "Is the output changing?": "PASS",
        "Is the service changing?": "PASS",
    }


def test_two_own_files_are_compared_instead_of_the_log(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1, 2] * 200})
    paths = {name: _write(tmp_path / name, frame) for name in ("a.parquet", "b.parquet")}
    windows = drift.read("nowhere.db", reference=paths["a.parquet"], current=paths["b.parquet"])
    assert windows.time == ""
    assert [each.path for each in windows.compare().sources] == list(paths.values())


def test_one_file_alone_is_refused() -> None:
    with pytest.raises(InputError, match="current: name both files"):
        drift.read("x.db", reference="a.parquet")


def test_a_missing_log_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.db: no such file"):
        drift.read("nowhere.db")


def test_columns_can_be_chosen_and_left_out(log: Path) -> None:
    windows = drift.read(str(log))
    result = windows.compare(columns="outcome, user_id", exclude="user_id")
    assert [column.name for column in result.columns] == ["outcome"]
    with pytest.raises(InputError, match="did you mean 'outcome'"):
        windows.compare(columns="outcom")


def test_a_condition_that_matches_nothing_is_refused(log: Path) -> None:
    with pytest.raises(InputError, match="matches none"):
        drift.read(str(log), where="model = 'other'")
