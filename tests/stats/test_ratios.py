import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.stats import (
    clustered_mean,
    clustered_share_difference,
    lift,
    newcombe_difference,
    ratio,
    ratio_difference,
    score_interval,
    share_interval,
    welch_difference,
)

# experiments.json "ratio_delta": tea-tasting 2.0.0 RatioOfMeans.
CONTROL = ratio([1, 0, 2, 3, 1, 0], [4, 3, 5, 6, 2, 4])
TREATMENT = ratio([2, 1, 3, 4, 2, 0], [4, 3, 6, 6, 3, 4])


def test_the_delta_method_agrees_with_tea_tasting() -> None:
    result = ratio_difference(CONTROL, TREATMENT)
    assert CONTROL.estimate == pytest.approx(0.2916666666666667)
    assert TREATMENT.estimate == pytest.approx(0.46153846153846156)
    assert result.estimate == pytest.approx(0.16987179487179488)
    assert result.interval == pytest.approx((-0.13355478336154858, 0.47329837310513834), rel=1e-9)
    assert result.pvalue == pytest.approx(0.2405575895401059, rel=1e-9)


def test_the_lift_agrees_with_gbstats() -> None:
    # experiments.json "welch_mean_from_sums", rel_delta: two-point data with the given moments.
    def with_moments(n: int, total: float, squares: float) -> list[float]:
        average = total / n
        spread = math.sqrt((squares - total**2 / n) / (n - n % 2))
        values = [average - spread, average + spread] * (n // 2)
        return values + [average] * (n % 2)

    a = with_moments(3407, 1396.87, 52377.9767)
    b = with_moments(3461, 2422.7, 134698.29)
    result = lift(ratio(a, [1] * len(a)), ratio(b, [1] * len(b)))
    assert result is not None
    assert result.estimate == pytest.approx(0.70732, abs=5e-6)
    assert result.standard_error == pytest.approx(0.37879, abs=5e-5)
    assert result.interval == pytest.approx((-0.03526, 1.44989), abs=5e-5)


def test_one_event_per_unit_is_welch() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=20), rng.normal(size=25)
    result = ratio_difference(ratio(a, np.ones(20)), ratio(b, np.ones(25)))
    expected = welch_difference(a, b)
    assert result.interval == pytest.approx(expected.interval)
    assert result.pvalue == pytest.approx(expected.pvalue)


def test_the_error_is_that_of_clustered_values() -> None:
    values, clusters = [1, 0, 1, 1, 0, 0, 1], [0, 0, 0, 1, 1, 2, 2]
    result = ratio([2, 1, 1], [3, 2, 2])
    expected = clustered_mean(values, clusters)
    assert result.estimate == pytest.approx(expected.estimate)
    assert result.standard_error == pytest.approx(expected.standard_error)


def test_repeats_of_every_event_do_not_narrow_the_interval() -> None:
    once = clustered_share_difference(CONTROL, TREATMENT)
    numerators, denominators = [1, 0, 2, 3, 1, 0], [4, 3, 5, 6, 2, 4]
    tenfold = ratio([10 * x for x in numerators], [10 * d for d in denominators])
    assert tenfold.standard_error == pytest.approx(CONTROL.standard_error)
    assert tenfold.kish == pytest.approx(CONTROL.kish)
    more = ratio([20, 10, 30, 40, 20, 0], [40, 30, 60, 60, 30, 40])
    repeated = clustered_share_difference(tenfold, more)
    width = once.interval.high - once.interval.low
    assert repeated.interval.high - repeated.interval.low >= width * 0.999


@pytest.mark.parametrize(("a", "b"), [((250, 5000), (295, 5000)), ((30, 80), (50, 90))])
def test_one_event_per_unit_needs_no_correction(a: tuple[int, int], b: tuple[int, int]) -> None:
    units = [ratio([1] * s + [0] * (n - s), [1] * n) for s, n in (a, b)]
    result = clustered_share_difference(*units)
    expected = newcombe_difference(*a, *b)
    assert result.interval == pytest.approx(expected.interval, abs=1e-9)
    assert result.pvalue == pytest.approx(expected.pvalue, rel=1e-6)
    assert result.method == expected.method


@pytest.mark.parametrize(("a", "b"), [((0, 100), (5, 100)), ((0, 50), (0, 50)), ((2, 9), (9, 9))])
def test_small_counts_get_the_score_interval(a: tuple[int, int], b: tuple[int, int]) -> None:
    units = [ratio([1] * s + [0] * (n - s), [1] * n) for s, n in (a, b)]
    result = clustered_share_difference(*units)
    assert tuple(result.interval) == pytest.approx(tuple(score_interval(*a, *b)), abs=1e-9)
    assert result.method.startswith("score interval")


def test_s2_no_event_among_clustered_requests_is_bounded_by_the_users() -> None:
    # 0 of 500 requests by 50 users, all users alike: no better than 0 of 50.
    silent = ratio([0] * 50, [10] * 50)
    result = clustered_share_difference(silent, silent)
    assert tuple(result.interval) == pytest.approx(tuple(score_interval(0, 50, 0, 50)))
    assert share_interval(silent).high == pytest.approx(3.8415 / 53.8415, abs=1e-4)


def test_what_was_spent_in_vain_counts() -> None:
    # By hand: three users spend 2 each, one of them wins: 6 per win. Residuals x - 6 d are
    # -4, 2, 2, so that the error is sqrt(24 * 3 / 2) / 1 = 6.
    result = ratio([2, 2, 2], [1, 0, 0])
    assert (result.estimate, result.standard_error) == pytest.approx((6.0, 6.0))
    assert result.units == 3


def test_denominators_that_add_up_to_nothing_give_no_ratio() -> None:
    in_vain = ratio([2, 2], [0, 0])
    assert math.isnan(in_vain.estimate)
    assert not ratio_difference(in_vain, CONTROL).interval.is_known
    assert lift(in_vain, CONTROL) is None
    result = lift(CONTROL, in_vain)
    assert result is not None
    assert not result.interval.is_known


def test_nothing_at_all_is_unknown() -> None:
    nothing = ratio([], [])
    assert math.isnan(nothing.estimate)
    assert not share_interval(nothing).is_known
    assert not clustered_share_difference(nothing, CONTROL).interval.is_known
    assert not ratio_difference(nothing, CONTROL).interval.is_known
    assert lift(nothing, CONTROL) is None


def test_one_unit_has_no_error() -> None:
    single = ratio([1], [4])
    assert math.isnan(single.standard_error)
    assert single.effective_size == pytest.approx(1.0)
    assert not ratio_difference(single, CONTROL).interval.is_known


def test_a_lift_on_zero_or_a_negative_baseline_does_not_exist() -> None:
    assert lift(ratio([0, 0, 0], [1, 1, 1]), CONTROL) is None
    assert lift(ratio([-1, -2, -3], [1, 1, 1]), CONTROL) is None


def test_a_lift_on_a_baseline_near_zero_has_no_interval() -> None:
    shaky = ratio([5, -4, 3, -2], [1, 1, 1, 1])
    result = lift(shaky, CONTROL)
    assert result is not None
    assert not result.interval.is_known


def test_a_lift_between_constants_has_no_interval() -> None:
    result = lift(ratio([2, 2], [1, 1]), ratio([3, 3], [1, 1]))
    assert result is not None
    assert result.estimate == pytest.approx(0.5)
    assert not result.interval.is_known


@pytest.mark.parametrize(
    ("numerators", "denominators"),
    [([1], [1, 2]), ([math.nan], [1]), ([1], [math.inf]), ([1], [-1])],
)
def test_unusable_sums_are_refused(numerators: list[float], denominators: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        ratio(numerators, denominators)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_the_effective_size_lies_between_users_and_events(units: list[tuple[int, int]]) -> None:
    numerators = [min(pair) for pair in units]
    denominators = [max(pair) for pair in units]
    result = ratio(numerators, denominators)
    if result.units == 0:
        return
    assert result.kish <= result.units + 1e-9
    assert result.kish - 1e-9 <= result.effective_size <= result.total + 1e-9


def test_the_interval_of_a_clustered_share_covers_as_promised() -> None:
    # 600 experiments, 150 + 150 users, beta-binomial with rates of .03 and .06 and an intraclass
    # correlation of .1: 95 % +- 3 binomial standard errors of 0.89 %.
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(600):
        sides = []
        for rate in (0.03, 0.06):
            sizes = 1 + rng.poisson(4, 150)
            users = rng.beta(rate * 9, (1 - rate) * 9, 150)
            sides.append(ratio(rng.binomial(sizes, users), sizes))
        covered += not clustered_share_difference(*sides).interval.excludes(0.03)
    assert 0.923 <= covered / 600 <= 0.977
