"""A file's own statistics must tell the same as a scan of its rows."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, Evidence, Metric, analyse, own_metrics, read

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


@pytest.mark.parametrize("value", [-1.0, 2.0, 0.5])
@pytest.mark.parametrize("one_row_per_unit", [True, False])
def test_a_share_of_anything_but_yes_and_no_is_refused(
    value: float, *, one_row_per_unit: bool
) -> None:
    frame = users()
    frame["x"] = (frame["x"] > 1).astype(float)
    share = Metric(name="liked", value="x", columns=("x",), unit="share", role="primary")
    plan = Design(treatment_share=0.5, metrics=(share,), one_row_per_unit=one_row_per_unit)
    assert read(frame, plan).units == (200, 200)
    frame.loc[17, "x"] = value
    with pytest.raises(InputError, match="use `kind: mean`") as caught:
        read(frame, plan)
    problem = caught.value.problems[0]
    assert (problem.row, problem.field, problem.value) == (18, "liked", value)


def test_a_share_of_a_divisor_is_at_most_all_of_it() -> None:
    frame = users().assign(shown=3.0)
    share = Metric(
        name="clicked", value="x", per="shown", columns=("x", "shown"), unit="share", role="primary"
    )
    assert read(frame, design((share,))).units == (200, 200)
    frame.loc[5, "x"] = 4.0
    with pytest.raises(InputError, match="up to what it is divided by"):
        read(frame, design((share,)))


def test_a_mean_of_zeros_and_ones_stays_a_mean() -> None:
    frame = users()
    frame["x"] = (frame["x"] > 1).astype(int)
    mean = Metric(name="x", value="x", columns=("x",), role="primary", is_mean=True)
    found = analyse(frame, design((mean,))).primary
    a, b = (frame.loc[frame["variant"] == label, "x"] for label in ("treatment", "control"))
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert found.metric.unit == ""
    assert found.interval == pytest.approx(tuple(expected), rel=1e-9)


@pytest.mark.parametrize("covariate", ["many", "inf"])
def test_a_covariate_that_is_no_number_is_refused(covariate: str) -> None:
    frame = users()
    frame["before"] = ["1.5", "2", "0.5", covariate] * 100
    with pytest.raises(InputError, match="100 values of its covariate are no finite") as caught:
        read(frame, design())
    assert (caught.value.problems[0].row, caught.value.problems[0].value) == (4, covariate)


def test_a_covariate_without_any_value_is_refused() -> None:
    with pytest.raises(InputError, match="every value of its covariate is missing"):
        read(users().assign(before=math.nan), design())


@pytest.mark.parametrize("column", ["x", "before"])
@pytest.mark.parametrize("factor", [1e200, 1e-300])
def test_numbers_whose_squares_are_none_are_refused(column: str, factor: float) -> None:
    frame = users()
    frame[column] *= factor
    with pytest.raises(InputError, match="use another unit") as caught:
        read(frame, design())
    assert caught.value.problems[0].field == "x"


def test_an_always_valid_interval_of_shares_ends_at_all_and_nothing() -> None:
    frame = pd.DataFrame({"user_id": range(6), "variant": ["control", "treatment"] * 3})
    frame["x"] = [1, 0, 1, 0, 0, 0]
    found = analyse(frame, Design(treatment_share=0.5, metrics=own_metrics("x"))).primary
    assert found.always_valid == (-1.0, 1.0)
