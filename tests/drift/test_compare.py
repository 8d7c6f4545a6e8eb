"""Comparing two windows: known distances, and a defined answer for every bad input."""

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome


def _rate(ones: int, rows: int = 10_000) -> pd.DataFrame:
    return pd.DataFrame({"x": [1] * ones + [0] * (rows - ones)})


def _outcome(reference: pd.DataFrame, current: pd.DataFrame) -> Outcome:
    checks = drift.compare(reference, current).checks()
    return next(check.outcome for check in checks if check.name == "PSI of x")


# the seed's calculate_psi says 0.000000 and 0.201581 (shared/reference/drift.md section 3.3)
@pytest.mark.parametrize(
    ("before", "after", "expected"), [(500, 5000, 1.324998), (2000, 4000, 0.1961658506)]
)
def test_the_psi_of_a_rate_is_that_of_two_cells(before: int, after: int, expected: float) -> None:
    result = drift.compare(_rate(before), _rate(after)).columns[0]
    assert result.psi == pytest.approx(expected, abs=1e-6)


def test_a_constant_that_becomes_another_constant_has_drifted() -> None:
    frames = [pd.DataFrame({"x": [value] * 500}) for value in (7, 8)]
    result = drift.compare(*frames).columns[0]
    assert result.unseen.estimate == 1
    assert _outcome(*frames) is Outcome.FAIL


def test_zeros_that_become_tiny_numbers_have_drifted() -> None:
    rest = np.random.default_rng(1).exponential(size=400)
    frames = [pd.DataFrame({"x": np.append(rest, [value] * 600)}) for value in (0.0, -1e-9)]
    assert _outcome(*frames) is Outcome.FAIL


def test_missing_values_are_a_cell_and_a_check_of_their_own() -> None:
    rng = np.random.default_rng(2)
    frames = [
        pd.DataFrame({"x": np.where(rng.random(20_000) < share, np.nan, rng.random(20_000))})
        for share in (0.05, 0.15)
    ]
    result = drift.compare(*frames)
    column = result.columns[0]
    # the population's PSI is .1 ln 3 for the missing cell and .1 ln(.95 / .85) for the others
    truth = 0.1 * math.log(3) + 0.1 * math.log(0.95 / 0.85)
    assert column.interval.low < truth < column.interval.high
    assert column.missing_interval.low < 0.1 < column.missing_interval.high
    assert "missing values of x" in [check.name for check in result.checks()]


def test_the_newcombe_interval_of_missing_values_agrees_with_the_literature() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873, Table II, 56/70 - 48/80, method 10
    frames = [
        pd.DataFrame({"x": [None] * missing + [1.0] * (rows - missing)})
        for missing, rows in ((48, 80), (56, 70))
    ]
    interval = drift.compare(*frames).columns[0].missing_interval
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_lost_and_retyped_columns_fail_and_are_all_named() -> None:
    old = pd.DataFrame({"a": [1.0, 2.0] * 200, "b": [1.0, 2.0] * 200, "c": ["x", "y"] * 200})
    new = pd.DataFrame({"b": ["one", "two"] * 200, "c": ["x", "y"] * 200, "d": 1})
    result = drift.compare(old, new)
    assert (result.missing, dict(result.retyped), result.added) == (("a",), {"b": "text"}, ("d",))
    check = result.checks()[0]
    assert (check.outcome, check.estimate) == (Outcome.FAIL, 2)
    assert check.explanation == (
        "The data source changed: a is missing, b is now text. New columns: d."
    )
    assert "lost or changed 2 columns" in result.verdict().meaning


def test_added_columns_alone_warn() -> None:
    old = pd.DataFrame({"a": ["x", "y"] * 200})
    result = drift.compare(old, old.assign(b=1))
    assert result.verdict().outcome is Outcome.WARN


def test_losing_every_column_is_an_answer() -> None:
    result = drift.compare(pd.DataFrame({"a": [1] * 300}), pd.DataFrame({"b": [1] * 300}))
    assert result.verdict().outcome is Outcome.FAIL
    assert result.table().rows == ()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1.0], id="one row"),
        pytest.param([math.nan] * 300, id="all NaN"),
        pytest.param([None] * 300, id="all NULL"),
        pytest.param([math.inf, -math.inf] * 150, id="infinite"),
        pytest.param([1e308, -1e308] * 150, id="huge"),
        pytest.param([2**60, 2**60 + 1] * 150, id="integers beyond 2**53"),
        pytest.param([1, "two"] * 150, id="mixed types"),
        pytest.param([True, None] * 150, id="booleans with gaps"),
        pytest.param([dt.date(2026, 6, 1)] * 300, id="dates"),
        pytest.param([{"a": 1}] * 300, id="nested"),
        pytest.param([f"v{index}" for index in range(300)], id="all different"),
    ],
)
def test_odd_columns_have_an_answer_on_either_side(values: list[Any]) -> None:
    odd = pd.DataFrame({"x": values, "y": "same"})
    plain = pd.DataFrame({"x": np.random.default_rng(3).random(300), "y": "same"})
    for pair in ((odd, plain), (plain, odd), (odd, odd)):
        result = drift.compare(*pair)
        verdict = result.verdict()
        assert verdict.outcome in Outcome
        assert verdict._repr_html_()
        assert len(result.to_frame()) == len(result.columns)


def test_a_column_that_became_empty_fails_and_is_said_to_be_empty() -> None:
    plain = pd.DataFrame({"x": np.random.default_rng(3).random(300), "y": "same"})
    for nothing in (math.nan, None):
        verdict = drift.compare(plain, plain.assign(x=nothing)).verdict()
        assert verdict.outcome is Outcome.FAIL
        assert verdict.deciding.name == "missing values of x"
        assert "Column x is empty now." in verdict.deciding.explanation
        assert "x is empty now" in verdict.meaning
        assert not any(check.name == "PSI of x" for check in verdict.checks)


def test_what_we_emptied_ourselves_only_warns() -> None:
    plain = pd.DataFrame({"x": np.random.default_rng(3).random(300), "y": "same"})
    verdict = drift.compare(plain, plain.assign(x=None), roles={"x": "ours"}).verdict()
    assert verdict.outcome is Outcome.WARN


def test_a_few_values_that_went_are_no_empty_column() -> None:
    rare = pd.DataFrame({"x": [1.0] + [None] * 999, "y": "same"})
    assert drift.compare(rare, rare.assign(x=None)).verdict().outcome is Outcome.PASS


def test_a_window_without_any_value_is_refused() -> None:
    plain = pd.DataFrame({"x": np.random.default_rng(3).random(300), "y": "same"})
    with pytest.raises(InputError, match="no column holds a value"):
        drift.compare(plain, plain.assign(x=math.nan, y=None))
    # one column was asked for and is empty, but the window is not
    emptied = drift.compare(plain, plain.assign(x=math.nan), columns="x")
    assert emptied.verdict().outcome is Outcome.FAIL


def test_named_columns_without_values_on_either_side_are_refused_together() -> None:
    bare = pd.DataFrame({"x": [None] * 300, "z": [math.nan] * 300, "y": "same"})
    with pytest.raises(InputError) as caught:
        drift.compare(bare, bare, columns="x, y, z")
    assert [problem.value for problem in caught.value.problems] == ["x", "z"]
    assert [each.name for each in drift.compare(bare, bare).skipped] == ["x", "z"]


def test_too_few_rows_are_undecided_and_say_how_many_are_needed() -> None:
    rng = np.random.default_rng(4)
    result = drift.compare(
        pd.DataFrame({"x": rng.random(5000)}), pd.DataFrame({"x": rng.random(20)})
    )
    check = next(check for check in result.checks() if check.name == "PSI of x")
    assert (check.outcome, check.needed) == (Outcome.UNDECIDED, 200)


def test_empty_data_are_refused() -> None:
    with pytest.raises(InputError, match="the table is empty"):
        drift.compare(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": []}))


def test_columns_without_any_value_are_refused() -> None:
    frame = pd.DataFrame({"x": [None, None]})
    with pytest.raises(InputError, match="no column holds a value"):
        drift.compare(frame, frame)


def test_many_categories_are_compared_where_some_are_frequent() -> None:
    rng = np.random.default_rng(5)
    numbers = (100_000 * rng.random(400_000) ** 12).astype(int)  # half of them below 25
    names = np.char.add("v", numbers.astype(str))
    result = drift.compare(
        pd.DataFrame({"x": names[:300_000]}), pd.DataFrame({"x": names[300_000:]})
    )
    assert len(set(names)) > 20_000
    assert result.verdict().outcome is Outcome.PASS


def test_paths_and_frames_give_the_same_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    frames = [pd.DataFrame({"x": rng.normal(size=400), "c": list("ab") * 200}) for _ in range(2)]
    paths = [tmp_path / name for name in ("a.parquet", "b.parquet")]
    for frame, path in zip(frames, paths, strict=True):
        frame.to_parquet(path)
    assert drift.compare(*frames).columns == drift.compare(*map(str, paths)).columns


def test_a_frozen_profile_stands_for_its_reference() -> None:
    rng = np.random.default_rng(7)
    old, new = (pd.DataFrame({"x": rng.normal(size=400)}) for _ in range(2))
    assert drift.compare(drift.profile(old), new).columns == drift.compare(old, new).columns


def test_windows_of_time_add_up_to_the_whole(log: Path) -> None:
    windows = drift.read(str(log))
    result = windows.compare()
    per_side = {"reference": windows.reference.rows, "current": windows.current.rows}
    for side, rows in per_side.items():
        assert sum(window.rows for window in result.windows if window.side == side) == rows
    late = [window.excess["top_score"] for window in result.windows if window.side == "current"]
    early = [window.excess["top_score"] for window in result.windows if window.side == "reference"]
    assert min(late) > max(early)


def test_long_times_are_cut_into_months() -> None:
    days = pd.date_range("2025-01-01", "2026-06-30", freq="h")
    frame = pd.DataFrame({"time": days, "x": np.random.default_rng(8).random(len(days))})
    half = len(days) // 2
    result = drift.compare(frame[:half], frame[half:], time="time")
    assert result.windows[0].label == "2025-01"
    assert max(window.excess["x"] for window in result.windows) < 0.1


def test_scores_of_another_embedder_are_not_compared() -> None:
    rng = np.random.default_rng(3)
    before, after = (
        pd.DataFrame({"top_score": rng.random(600), "embedder": name, "x": rng.random(600)})
        for name in ("e-1", "e-2")
    )
    result = drift.compare(before, after, roles={"embedder": "ours"})
    assert {column.name for column in result.columns} == {"embedder", "x"}
    verdict = result.verdict()
    assert verdict.outcome is Outcome.UNDECIDED
    assert "600 current rows come from another embedder" in verdict.deciding.explanation
    assert "ot comparable: " in verdict.meaning
    assert drift.compare(before, before).column("top_score").psi == 0


def test_a_column_that_nobody_could_judge_is_named_beside_a_pass() -> None:
    rng = np.random.default_rng(11)
    frames = [
        pd.DataFrame(
            {
                "score": rng.normal(size=12000),
                "city": [f"{side}-{number}" for number in rng.integers(0, 3000, 12000)],
                "request": [f"{side}-{number}" for number in range(12000)],
            }
        )
        for side in ("old", "new")
    ]
    verdict = drift.compare(*frames).verdict()
    assert verdict.outcome is Outcome.PASS
    assert verdict.meaning.endswith("; not compared, too many rare values: city.")


@pytest.mark.parametrize("name", ["columns", "exclude"])
def test_commas_alone_name_no_column(name: str) -> None:
    frame = pd.DataFrame({"x": [0, 1] * 300})
    names: dict[str, Any] = {name: " ,,"}
    with pytest.raises(InputError, match="columns: names no column; write names"):
        drift.compare(frame, frame, **names)


@pytest.mark.parametrize("day", ["02/01/2026", "01-02-26"])
def test_days_of_two_readings_are_not_shown(day: str) -> None:
    frame = pd.DataFrame({"t": [day] * 300, "x": [0, 1, 1] * 100})
    with pytest.raises(InputError, match=f"t: holds no times .*write ISO 8601.*{day}"):
        drift.compare(frame, frame, time="t")
