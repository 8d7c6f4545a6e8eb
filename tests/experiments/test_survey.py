"""A file's own statistics must tell the same as a scan of its rows."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, Evidence, Metric, own_metrics, read

ODD = [None, math.nan]


def users() -> pd.DataFrame:
    rows = 400
    frame = pd.DataFrame({"user_id": range(rows), "variant": ["control", "treatment"] * 200})
    frame["x"] = [each % 7 / 2 for each in range(rows)]
    frame["before"] = [each % 5 / 4 for each in range(rows)]
    return frame


ADJUSTED = Metric(name="x", value="x", columns=("x", "before"), covariate="before", role="primary")


def design(metrics: tuple[Metric, ...] = (ADJUSTED,)) -> Design:
    return Design(treatment_share=0.5, metrics=metrics, one_row_per_unit=True)


def from_file(frame: pd.DataFrame, path: Path, plan: Design) -> Evidence:
    frame.to_parquet(path)
    return read(path, plan)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("column", ["x", "before", "user_id"])
def test_a_file_and_a_frame_give_the_same_statistics(
    tmp_path: Path, column: str, odd: float | None
) -> None:
    frame = users()
    frame[column] = frame[column].astype("Float64" if odd is None else float)
    frame.loc[[3, 8, 9], column] = odd
    a, b = from_file(frame, tmp_path / "users.parquet", design()), read(frame, design())
    assert a.units == b.units
    assert a.anonymous == b.anonymous
    for one, other in zip(a.samples[0].cells, b.samples[0].cells, strict=True):
        assert one == other


def test_units_without_a_name_are_counted(tmp_path: Path) -> None:
    frame = users()
    frame["user_id"] = [None, *range(1, 400)]
    found = from_file(frame, tmp_path / "users.parquet", design())
    assert found.anonymous == 1
    assert sum(found.units) == len(frame) - 1


def test_a_value_that_is_infinite_is_still_refused(tmp_path: Path) -> None:
    frame = users()
    frame.loc[17, "x"] = math.inf
    with pytest.raises(InputError) as caught:
        from_file(frame, tmp_path / "users.parquet", design())
    assert caught.value.problems[0].row == 18
    assert caught.value.problems[0].field == "x"


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("rows", [2, 11, 500])
def test_one_sort_gives_the_quantile_that_numpy_gives(rows: int, probability: float) -> None:
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame({"user_id": range(2 * rows), "variant": ["control", "treatment"] * rows})
    frame["x"] = rng.lognormal(size=2 * rows)
    metric = Metric(name="x", value="x", columns=("x",), role="primary", quantile=probability)
    found = read(frame, design((metric,)))
    for cell, label in zip(found.samples[0].cells, ("control", "treatment"), strict=True):
        values = frame.loc[frame["variant"] == label, "x"]
        assert cell.quantile is not None
        assert cell.quantile.estimate == pytest.approx(np.quantile(values, probability), rel=1e-12)
        assert cell.quantile.n == rows


def test_a_unit_that_comes_twice_is_refused_wherever_it_is() -> None:
    frame = users()
    frame["user_id"] = [*range(399), 0]
    with pytest.raises(InputError, match="comes in 2 rows"):
        read(frame, design(own_metrics("x")))
