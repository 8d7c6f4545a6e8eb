"""Levels have intervals that survive a clean suite, repeats and clusters."""

import math

import pytest

from mlops_lib.stats import level


def alone(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def test_single_cases_agree_with_wilson() -> None:
    # statsmodels proportion_confint(48, 50, method="wilson"): 0.8653990931, 0.9889611157; the
    # design effect of single cases is 1 up to rounding.
    result = level([1.0] * 48 + [0.0] * 2, alone(50))
    assert result.interval == pytest.approx((0.8653990931, 0.9889611157), abs=1e-6)


@pytest.mark.parametrize(("n", "shows"), [(299, 0.99), (59, 0.95), (598, 0.995)])
def test_clean_suites_of_the_known_size_show_their_level_and_one_less_does_not(
    n: int, shows: float
) -> None:
    # Rule of three, exact: 0.05 ** (1 / n) > q needs n = 59, 299, 598 for q = .95, .99, .995.
    assert level([1.0] * n, alone(n)).interval.low > shows
    assert level([1.0] * (n - 1), alone(n - 1)).interval.low < shows


def test_clusters_widen_the_interval() -> None:
    values = ([1.0] * 9 + [0.0]) * 4
    single = level(sorted(values), alone(40)).interval
    clustered = level(sorted(values), [str(i // 4) for i in range(40)]).interval
    assert clustered.high - clustered.low > 1.3 * (single.high - single.low)


def test_shares_stay_between_0_and_1() -> None:
    result = level([0.999, 1.0, 0.9], alone(3))
    assert 0 <= result.interval.low <= result.interval.high <= 1


def test_no_spread_between_cases_is_not_certainty() -> None:
    assert math.isnan(level([0.5] * 20, alone(20)).interval.low)


@pytest.mark.parametrize("values", [[], [1.5], [-0.1], [math.nan]])
def test_values_that_are_no_shares_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        level(values, alone(len(values)))
