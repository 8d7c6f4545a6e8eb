"""Jensen-Shannon, Kolmogorov-Smirnov and chi-square against scipy and closed forms."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from mlops_lib import drift
from mlops_lib.drift.distances import chi_square, jensen_shannon, ks_bounds

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
