"""The frozen reference: its cells, what it leaves out, and that it is the same every time."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.errors import InputError


def _only(values: object) -> drift.ColumnProfile:
    return drift.profile(pd.DataFrame({"x": values})).columns[0]


def test_a_number_has_ten_cells_of_equal_size() -> None:
    column = _only(np.random.default_rng(1).permutation(1000) / 7)
    assert column.counts == (0, *[100] * 10, 0, 0)


def test_edges_survive_as_text_exactly() -> None:
    values = np.random.default_rng(2).normal(size=500)
    assert set(_only(values).limits[1:]) <= set(values.tolist())


def test_a_number_with_few_values_has_a_cell_for_each() -> None:
    column = _only([1, 2, 2, 5])
    cells = {label: rows for label, rows in zip(column.labels, column.counts, strict=True) if rows}
    assert cells == {"1": 1, "2": 2, "5": 1}


def test_a_frequent_value_has_a_cell_of_its_own() -> None:
    rng = np.random.default_rng(3)
    column = _only(np.where(rng.random(1000) < 0.6, 0.0, rng.exponential(size=1000)))
    zeros = dict(zip(column.labels, column.counts, strict=True))["0"]
    assert 550 < zeros < 650


def test_nan_and_null_share_the_last_cell() -> None:
    assert _only([1.0, math.nan, None, 2.0]).counts[-1] == 2


def test_infinite_values_fall_into_the_outer_cells() -> None:
    column = _only([-math.inf, 1.0, 2.0, math.inf])
    assert (column.counts[0], column.counts[-2], column.counts[-1]) == (1, 1, 0)


def test_rare_categories_share_the_cell_other() -> None:
    values = [f"v{index:03d}" for index in range(80) for _ in range(3)] + ["big"] * 9
    column = _only(values)
    assert column.categories[0] == "big"
    assert (len(column.categories), column.counts[-2]) == (50, 31 * 3)


def test_identifiers_text_and_times_are_left_out_by_name_with_a_reason() -> None:
    rows = 300
    frame = pd.DataFrame(
        {
            "id": range(rows),
            "query": [f"how do I {index}" for index in range(rows)],
            "time": pd.date_range("2026-06-01", periods=rows, freq="h", tz="UTC"),
            "day": [f"2026-06-{1 + index % 28:02d}" for index in range(rows)],
            "score": np.random.default_rng(4).random(rows),
        }
    )
    frozen = drift.profile(frame)
    assert [column.name for column in frozen.columns] == ["score"]
    reasons = {each.name: each.reason for each in frozen.skipped}
    assert reasons == {
        "id": "a different whole number in every row: an identifier",
        "query": "300 values in 300 rows: an identifier or free text",
        "time": "a time",
        "day": "a time",
    }


def test_a_column_that_is_named_is_compared_even_if_it_looks_like_an_identifier() -> None:
    frozen = drift.profile(pd.DataFrame({"id": range(300), "x": 1}), columns="id")
    assert [column.name for column in frozen.columns] == ["id"]
    assert [each.name for each in frozen.skipped] == ["x"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(5).normal(size=400), "c": list("abcd") * 100})
    shuffled = frame.sample(frac=1, random_state=0)
    assert drift.profile(frame).digest == drift.profile(shuffled).digest


def test_a_misspelt_column_is_refused_with_the_right_name() -> None:
    with pytest.raises(InputError, match="did you mean 'latency'"):
        drift.profile(pd.DataFrame({"latency": [1, 2]}), columns=["latencyy"])


def test_nothing_left_to_compare_is_an_error_with_the_reasons() -> None:
    with pytest.raises(
        InputError, match=r"no column is left to compare \(a: excluded by request\)"
    ):
        drift.profile(pd.DataFrame({"a": [1, 2]}), exclude="a")


def test_a_parquet_file_is_read_in_pieces_without_losing_a_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("sql", "values"):
        monkeypatch.setattr(f"mlops_lib.drift.{module}.PIECE", 700)  # ends within row groups
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"x": rng.normal(size=5000), "half": rng.normal(size=5000)})
    frame.loc[rng.random(5000) < 0.5, "half"] = np.nan
    for name, part in (("a", frame[:1800]), ("b", frame[1800:])):
        part.to_parquet(tmp_path / f"{name}.parquet", row_group_size=1000)
    found = drift.profile(str(tmp_path / "*.parquet"))
    assert found.columns == drift.profile(frame).columns
