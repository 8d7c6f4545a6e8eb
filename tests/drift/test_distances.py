"""Jensen-Shannon, Kolmogorov-Smirnov and chi-square against scipy and closed forms."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from mlops_lib import drift
from mlops_lib.drift.distances import (
    chi_square,
    jensen_shannon,
    ks_bounds,
    kullback_leibler,
    wasserstein,
)
from mlops_lib.errors import InputError

VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=60)


def test_jensen_shannon_agrees_with_scipy_in_base_2() -> None:
    counts = [50, 30, 20], [40, 40, 20]
    # shared/reference/drift.md R3: 0.09584323377689244, from two routes
    assert jensen_shannon(*counts) == pytest.approx(0.09584323377689244, rel=1e-10)
    assert jensen_shannon(*counts) == pytest.approx(distance.jensenshannon(*counts, base=2))


def test_jensen_shannon_of_disjoint_windows_is_1() -> None:
    assert jensen_shannon([3, 0], [0, 5]) == 1


def test_chi_square_is_the_two_sample_test() -> None:
    counts = [50, 30, 20], [40, 40, 20]
    result, expected = chi_square(*counts), stats.chi2_contingency(np.array(counts))
    assert result.statistic == pytest.approx(expected.statistic)
    assert result.pvalue == pytest.approx(expected.pvalue)
    # V = sqrt(2.5396825 / 200): shared/reference/drift.md R7
    assert result.cramers_v == pytest.approx(0.11268723396380222)


def test_cells_empty_on_both_sides_are_no_degrees_of_freedom() -> None:
    # chi2_contingency refuses a zero column; without it the table is 1 x 2
    result = chi_square([10, 0], [20, 0])
    assert (result.degrees_of_freedom, result.pvalue) == (0, 1)


def test_chi_square_holds_its_level_with_many_rare_categories() -> None:
    rng = np.random.default_rng(3)
    shares = 1 / np.arange(1, 51)
    shares /= shares.sum()
    a, b = rng.multinomial(5000, shares, size=1500), rng.multinomial(200, shares, size=1500)
    pvalues = np.array([chi_square(x, y).pvalue for x, y in zip(a, b, strict=True)])
    # nominal 5 %; the test that takes the reference as exact alarms in 52 % (drift.md section 2)
    assert 0.03 < (pvalues < 0.05).mean() < 0.07


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # scipy, one row per side
@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_ks_is_exact_where_every_cell_holds_one_value(a: list[int], b: list[int]) -> None:
    frozen = drift.profile(pd.DataFrame({"x": a + b}), cells=20)
    low, high = _ks_of(frozen, a, b)
    assert low == high == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic)


def test_the_exact_ks_distance_lies_between_the_bounds() -> None:
    rng = np.random.default_rng(5)
    for shift in (0.0, 0.1, 0.5, 2.0):
        a, b = rng.normal(size=3000), rng.normal(shift, 1, size=2000)
        result = drift.compare(pd.DataFrame({"x": a}), pd.DataFrame({"x": b})).columns[0]
        exact = stats.ks_2samp(a, b).statistic
        assert result.ks.low - 1e-12 <= exact <= result.ks.high + 1e-12


def test_ks_of_no_values_is_unknown() -> None:
    assert math.isnan(ks_bounds([0, 0], [1, 1], single=[False, False]).low)


def _ks_of(frozen: drift.Profile, a: list[int], b: list[int]) -> tuple[float, float]:
    from mlops_lib.drift.cells import hold_one_value

    column = frozen.columns[0]
    counts = [drift.count(pd.DataFrame({"x": each}), frozen).cells["x"][:-1] for each in (a, b)]
    return ks_bounds(*counts, single=hold_one_value(column.limits))


def test_kullback_leibler_agrees_with_scipy_both_ways() -> None:
    # scipy 1.18 sum(rel_entr(p, q)), p = (.5, .3, .2), q = (.4, .4, .2)
    p, q = [50, 30, 20], [40, 40, 20]
    assert kullback_leibler(q, p) == pytest.approx(0.025267153921570557)
    assert kullback_leibler(p, q) == pytest.approx(0.025815408455028527)


def test_kullback_leibler_of_an_unseen_value_is_infinite_without_a_floor() -> None:
    assert kullback_leibler([1, 0], [1, 1]) == math.inf
    assert math.isfinite(kullback_leibler([1, 0], [1, 1], floor=1e-4))


def test_wasserstein_is_exact_where_every_cell_holds_one_value() -> None:
    # scipy.stats.wasserstein_distance([0, 1], [0, 1], [3, 1], [2, 2]) = 0.25
    frozen = drift.profile(pd.DataFrame({"x": [0.0, 0, 0, 1]})).columns[0]
    current = drift.count(pd.DataFrame({"x": [0.0, 0, 1, 1]}), _profile_of(frozen)).cells["x"]
    result = wasserstein(frozen.counts[:-1], current[:-1], frozen.limits)
    assert result.estimate == pytest.approx(0.25)
    assert result.bounds == pytest.approx((0.25, 0.25))


def _profile_of(column: drift.ColumnProfile) -> drift.Profile:
    return drift.Profile(name="x", rows=sum(column.counts), columns=(column,))


def test_wasserstein_bounds_hold_the_distance_of_the_values() -> None:
    rng = np.random.default_rng(11)
    for shift in (0.0, 0.3, 2.0):
        before, after = rng.normal(size=800), np.clip(rng.normal(shift, 1.2, 700), -2.5, 2.5)
        before[:2] = -3.0, 3.0
        column = drift.compare(pd.DataFrame({"x": before}), pd.DataFrame({"x": after})).columns[0]
        exact = stats.wasserstein_distance(before, after)
        assert column.wasserstein_bounds.low <= exact <= column.wasserstein_bounds.high
        assert column.wasserstein == pytest.approx(exact, abs=0.1)


# permutation enumeration of [1..5] against [3..7]: D = 0.4, p = 0.873015873015873
def test_the_exact_ks_test_agrees_with_enumeration() -> None:
    before, after = (pd.DataFrame({"x": range(start, start + 5)}) for start in (1, 3))
    result = drift.ks_test(before, after, "x")
    assert (result.distance, result.pvalue) == pytest.approx((0.4, 0.873015873015873))


@pytest.mark.parametrize(
    ("values", "message"), [(["a", "b"], "must hold numbers"), ([math.nan] * 2, "holds no values")]
)
def test_the_exact_ks_test_refuses_what_it_cannot_compare(values: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        drift.ks_test(pd.DataFrame({"x": [1.0]}), pd.DataFrame({"x": values}), "x")
