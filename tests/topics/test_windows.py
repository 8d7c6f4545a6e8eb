"""Differences between windows with users as clusters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.topics.windows import difference_of_means


def test_standard_error_agrees_with_statsmodels() -> None:
    # statsmodels OLS of the value on the window, cov_type="cluster", without its (n-1)/(n-k):
    # the sandwich of Liang and Zeger (1986); CR1 here multiplies the variance by G / (G - 1).
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    users = rng.integers(0, 40, 600)
    current = rng.random(600) < 0.3
    values = rng.normal(size=600) + rng.normal(size=40)[users] + 0.2 * current
    fit = sm.OLS(values, sm.add_constant(current.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": users, "use_correction": False}
    )
    result = difference_of_means(values, current, users)
    assert result.estimate == pytest.approx(float(fit.params[1]))
    assert result.standard_error == pytest.approx(float(fit.bse[1]) * math.sqrt(40 / 39))


def test_equal_sums_give_students_interval() -> None:
    # By hand: sums of the two users -0.05 and 0.05, variance 0.005 * 2 / 1, t(1, .975) = 12.7062.
    result = difference_of_means(
        [0.2, 0.4, 0.5, 0.9], [False, False, True, True], ["a", "b", "a", "b"]
    )
    assert result.standard_error == pytest.approx(0.1)
    assert result.interval == pytest.approx((0.4 - 1.27062, 0.4 + 1.27062), abs=1e-5)


def test_repeats_of_a_user_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(2)
    values, current, users = rng.normal(size=60), np.arange(60) < 30, np.arange(60)
    once = difference_of_means(values, current, users)
    thrice = difference_of_means(*(np.repeat(each, 3) for each in (values, current, users)))
    assert thrice.interval == pytest.approx(tuple(once.interval))


def test_a_single_user_with_many_requests_is_no_evidence() -> None:
    values = np.r_[np.zeros(2_000), np.zeros(500), np.ones(200)]
    current = np.r_[np.zeros(2_000, bool), np.ones(700, bool)]
    users = np.r_[np.arange(2_000), np.arange(500), np.full(200, 9_999)]
    assert difference_of_means(values, current, users).pvalue_rise > 0.05


@given(
    st.lists(
        st.tuples(st.floats(-10, 10), st.booleans(), st.integers(0, 5)), min_size=1, max_size=40
    )
)
def test_swapping_the_windows_flips_the_sign(rows: list[tuple[float, bool, int]]) -> None:
    values, current, users = (np.array(each) for each in zip(*rows, strict=True))
    one = difference_of_means(values, current, users)
    other = difference_of_means(values, ~current, users)
    assert one.estimate == pytest.approx(-other.estimate, nan_ok=True)
    assert one.pvalue_rise == pytest.approx(other.pvalue_fall, nan_ok=True)
    assert one.interval.low == pytest.approx(-other.interval.high, nan_ok=True)


def test_constant_shares_get_fisher_and_newcombe() -> None:
    # R: fisher.test(matrix(c(3, 0, 0, 3), 2), alternative = "greater")$p.value is 1/20 = 0.05.
    result = difference_of_means([0, 0, 0, 1, 1, 1], [False] * 3 + [True] * 3, list("abcdef"))
    assert result.pvalue_rise == pytest.approx(0.05)
    assert result.estimate == 1.0
    assert result.interval.is_known


@pytest.mark.parametrize(
    ("values", "current", "users"),
    [([], [], []), ([0.5], [True], ["a"]), ([0.5, 0.6], [True, False], ["a", "a"])],
)
def test_nothing_to_compare_is_unknown(
    values: list[float], current: list[bool], users: list[str]
) -> None:
    result = difference_of_means(values, current, users)
    assert math.isnan(result.pvalue_rise)
    assert not result.interval.is_known


def test_missing_values_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        difference_of_means([math.nan, 1.0], [True, False], ["a", "b"])
