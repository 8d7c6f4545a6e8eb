"""Counts are integers that add, and the same on every engine."""

import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib import drift
from mlops_lib.drift.count import count_windows
from mlops_lib.errors import InputError

HOSTILE = [0.0, -0.0, 5e-324, math.nan, math.inf, -math.inf, 2.0**53 + 2, 0.1, -1e308, None]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(HOSTILE) | st.floats(allow_nan=True),
        st.none() | st.integers(-(2**60), 2**60),
        st.none() | st.sampled_from(["a", "b", "é", "", "<b>"]),
        st.none() | st.booleans(),
    ),
    min_size=2,
    max_size=30,
)


def _arrow(rows: list[tuple[Any, ...]]) -> pa.Table:
    types = {"f": pa.float64(), "i": pa.int64(), "s": pa.string(), "b": pa.bool_()}
    columns = zip(types.items(), zip(*rows, strict=True), strict=True)
    return pa.table({name: pa.array(values, kind) for (name, kind), values in columns})


@settings(max_examples=8, deadline=None)
@given(ROWS, ROWS)
def test_every_engine_counts_the_same(a: list[Any], b: list[Any]) -> None:
    old, new = _arrow(a), _arrow(b)
    profiles = [
        drift.profile(each)
        for each in (old, pl.from_arrow(old), old.to_pandas(), duckdb.connect().from_arrow(old))
    ]
    assert len({each.digest for each in profiles}) == 1
    assert len({each.columns for each in profiles}) == 1
    frozen = profiles[0]
    engines = {
        "arrow": new,
        "polars": pl.from_arrow(new),
        "polars lazy": pl.from_arrow(new).lazy(),  # type: ignore[union-attr]
        "duckdb": duckdb.connect().from_arrow(new),
        "pandas": new.to_pandas(),
        "pandas on arrow": new.to_pandas(types_mapper=pd.ArrowDtype),
    }
    counts = {name: drift.count(frame, frozen).cells for name, frame in engines.items()}
    for name, cells in counts.items():
        assert cells == counts["arrow"], name


def test_ibis_counts_as_arrow_does() -> None:
    ibis = pytest.importorskip("ibis", reason="Ibis is not among our dependencies")
    rows = [(value, at, "é", None) for at, value in enumerate(HOSTILE * 6)]
    table = _arrow(rows)
    connection = ibis.duckdb.connect()
    connection.con.register("rows", table)
    lazy = connection.table("rows")
    frozen = drift.profile(table)
    assert drift.count(lazy, frozen).cells == drift.count(table, frozen).cells
    assert drift.profile(lazy).digest == frozen.digest


@given(ROWS)
@settings(max_examples=8, deadline=None)
def test_counting_the_reference_gives_the_profile(rows: list[Any]) -> None:
    table = _arrow(rows)
    frozen = drift.profile(table)
    assert drift.count(table, frozen).cells == {each.name: each.counts for each in frozen.columns}


@given(ROWS, ROWS)
@settings(max_examples=8, deadline=None)
def test_counts_of_parts_add_up_and_subtract(a: list[Any], b: list[Any]) -> None:
    frames = [pl.from_arrow(_arrow(rows)) for rows in (a, b, a + b)]
    frozen = drift.profile(frames[2])
    first, second, whole = (drift.count(frame, frozen) for frame in frames)
    assert first + second == whole
    assert whole - second == first


# duckdb 2.0 takes a Parquet file without a NaN count to hold no NaN: duckdb issue 25521
def test_nan_in_parquet_written_by_pyarrow_is_counted(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=10_000)
    values[::20] = np.nan
    path = tmp_path / "nan.parquet"
    pq.write_table(pa.table({"x": pa.array(values)}), path)
    frozen = drift.profile(str(path))
    assert frozen.columns[0].counts[-1] == 500
    assert drift.count(str(path), frozen).cells["x"][-1] == 500


def test_counts_of_another_profile_are_refused() -> None:
    frames = [pd.DataFrame({"x": values}) for values in ([1, 2, 3], [4, 5, 6])]
    first, second = (drift.count(frame, drift.profile(frame)) for frame in frames)
    with pytest.raises(InputError, match="different profiles"):
        first + second


@settings(max_examples=8, deadline=None)
@given(ROWS)
def test_windows_of_time_are_the_same_in_memory_and_in_a_query(rows: list[Any]) -> None:
    table = _arrow(rows)
    days = [None if index == 0 else f"2026-06-{10 + index % 3}" for index in range(len(rows))]
    timed = table.append_column("time", pa.array(days))
    frozen = drift.profile(table)
    lazy, eager = (
        count_windows(frame, frozen, time="time", length=10)
        for frame in (duckdb.connect().from_arrow(timed), timed.to_pandas())
    )
    assert lazy == eager
    assert sum(counts.rows for counts in eager.values()) == len(rows) - 1


def test_a_column_of_only_missing_values_is_no_change_of_type() -> None:
    frozen = drift.profile(pd.DataFrame({"x": [1.0, 2.0]}))
    counts = drift.count(pd.DataFrame({"x": [None, None]}), frozen)
    assert counts.retyped == {}
    assert counts.cells["x"] == (*[0] * (len(frozen.columns[0].counts) - 1), 2)


@settings(max_examples=8, deadline=None)
@given(ROWS, st.integers(1, 29))
def test_parquet_in_one_file_or_many_counts_like_narwhals(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    table = _arrow(rows)
    small = table["f"].cast(pa.float32(), safe=False)
    table = table.append_column('"g" of ♥', small)
    for part, piece in enumerate((table.slice(0, cut), table.slice(cut))):
        (folder / f"day={part}").mkdir()
        pq.write_table(piece, folder / f"day={part}" / "rows.parquet")
    frozen = drift.profile(table)
    slow = drift.count(table.to_pandas(), frozen)
    assert drift.count(str(folder / "*" / "*.parquet"), frozen).cells == slow.cells
    parts = [
        drift.count(str(file), frozen)
        for file in sorted(folder.glob("*/*.parquet"))
        if pq.read_metadata(file).num_rows
    ]
    assert sum(parts[1:], parts[0]).cells == slow.cells


def test_more_columns_than_are_read_at_once() -> None:
    frame = pd.DataFrame(np.random.default_rng(3).normal(size=(50, 23)))
    frame.columns = [f"x{index}" for index in range(23)]
    frozen = drift.profile(frame)
    relation = duckdb.connect().from_df(frame)
    assert drift.count(relation, frozen).cells == drift.count(frame, frozen).cells
