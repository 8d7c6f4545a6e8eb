import math

import numpy as np
import pytest

from mlops_lib import stats
from mlops_lib.stats import Moments, moments

# experiments.json "cuped": tea-tasting 2.0.0 and gbstats agree, theta from the whole sample.
CONTROL = ([3, 5, 4, 8, 6, 7, 2, 9], [2, 5, 3, 6, 5, 7, 1, 7])
TREATMENT = ([5, 6, 7, 9, 8, 10, 4, 7], [3, 4, 6, 7, 5, 8, 2, 5])


def side(values: tuple[list[int], list[int]]) -> Moments:
    outcome, before = values
    return moments(outcome, np.ones(len(outcome)), before)


def test_cuped_agrees_with_tea_tasting_and_gbstats() -> None:
    result = stats.adjusted_difference(side(CONTROL), side(TREATMENT))
    assert result.theta == pytest.approx(1.0307692307692309, rel=1e-12)
    assert result.levels == pytest.approx((5.757692307692308, 6.742307692307692), rel=1e-12)
    assert result.difference.interval == pytest.approx(
        (0.2725790771516058, 1.6966516920791634), rel=1e-9
    )
    assert result.difference.pvalue == pytest.approx(0.010559433768803, rel=1e-9)


def test_the_lift_is_relative_to_the_plain_level_as_in_gbstats() -> None:
    # experiments.json "cuped", rel_delta_gbstats. Its bounds are wider: they take the baseline's
    # variance for the adjusted one; ours keep the covariance, and the next test their coverage.
    lift = stats.adjusted_difference(side(CONTROL), side(TREATMENT)).lift
    assert lift is not None
    assert lift.estimate == pytest.approx(0.17902097902097902, rel=1e-12)


def test_the_interval_of_the_lift_covers_the_truth() -> None:
    # 600 experiments with a lift of 50 %, so that the baseline's own error counts: 95 % +- 2.7 %.
    rng = np.random.default_rng(9)
    covered = 0
    for _ in range(600):
        before = rng.normal(0, 2, 200)
        outcome = 10 + before + rng.normal(0, 1, 200)
        treated = rng.random(200) < 0.5
        outcome[treated] += 5
        a, b = (moments(outcome[m], np.ones(m.sum()), before[m]) for m in (~treated, treated))
        lift = stats.adjusted_difference(a, b).lift
        assert lift is not None
        covered += lift.interval.low <= 0.5 <= lift.interval.high
    assert abs(covered / 600 - 0.95) <= 0.027


def test_swapping_the_sides_flips_the_sign() -> None:
    forward = stats.adjusted_difference(side(CONTROL), side(TREATMENT))
    backward = stats.adjusted_difference(side(TREATMENT), side(CONTROL))
    assert forward.difference.estimate == pytest.approx(-backward.difference.estimate)
    assert forward.theta == pytest.approx(backward.theta)


def test_a_covariate_without_spread_adjusts_nothing() -> None:
    a, b = (moments(y, np.ones(8), np.full(8, 7.0)) for y, _ in (CONTROL, TREATMENT))
    result = stats.adjusted_difference(a, b)
    plain = stats.welch_difference(CONTROL[0], TREATMENT[0])
    assert result.theta == 0
    assert result.difference.interval == pytest.approx(plain.interval)
    assert result.variance_left == pytest.approx(1.0)


def test_one_unit_says_nothing() -> None:
    result = stats.adjusted_difference(moments([1], [1], [1]), side(TREATMENT))
    assert math.isnan(result.difference.pvalue)


def test_a_ratio_is_adjusted_and_keeps_its_coverage() -> None:
    # 300 A/A tests of users with events in clusters: 5 % +- 3.8 % (three standard errors).
    rng = np.random.default_rng(4)
    alarms, left = 0, []
    for _ in range(300):
        habit = rng.gamma(4, 1, 400)
        events = 1 + rng.poisson(3, 400)
        spent = events * habit + rng.normal(0, 1, 400)
        treated = rng.random(400) < 0.5
        a, b = (moments(spent[m], events[m], habit[m]) for m in (~treated, treated))
        result = stats.adjusted_difference(a, b)
        alarms += result.difference.interval.excludes(0.0)
        left.append(result.variance_left)
    assert alarms / 300 <= 0.05 + 0.038
    assert np.mean(left) < 0.2
