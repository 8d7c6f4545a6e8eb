import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from mlops_lib.stats import quantile, quantile_difference, quantile_lift


def test_order_statistics_agree_with_scipy() -> None:
    # experiments.json "quantile_order_stat": scipy.stats.quantile_test on 1..100.
    assert quantile(range(1, 101), 0.5).interval == (40, 61)
    assert quantile(range(1, 101), 0.95).interval == (90, 100)


def test_order_statistics_are_scipys_on_random_data() -> None:
    values = np.random.default_rng(4).lognormal(size=400)
    expected = scipy_stats.quantile_test(values, p=0.9).confidence_interval()
    assert quantile(values, 0.9).interval == pytest.approx(tuple(expected))


def test_one_value_per_cluster_needs_no_correction() -> None:
    values = np.random.default_rng(5).normal(size=300)
    alone = quantile(values, 0.5)
    clustered = quantile(values, 0.5, clusters=np.arange(300))
    assert clustered.interval == pytest.approx(alone.interval)
    assert clustered.clusters == 300


def test_repeats_of_a_unit_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(6).lognormal(size=200)
    once = quantile(values, 0.9, clusters=np.arange(200))
    tenfold = quantile(np.repeat(values, 10), 0.9, clusters=np.repeat(np.arange(200), 10))
    assert tenfold.interval.low <= once.interval.low
    assert tenfold.interval.high >= once.interval.high


def test_too_few_values_leave_the_upper_bound_unknown() -> None:
    result = quantile([1.0, 2.0, 3.0], 0.95)
    assert math.isnan(result.interval.high)
    assert not result.interval.is_known


def test_alike_values_of_one_unit_say_nothing() -> None:
    result = quantile([5.0, 6.0], 0.5, clusters=[0, 0])
    assert result.clusters == 1
    assert not result.interval.is_known


def test_no_values_are_unknown() -> None:
    result = quantile([], 0.5)
    assert math.isnan(result.estimate)
    assert not quantile_difference(result, quantile(range(100), 0.5)).interval.is_known
    lift = quantile_lift(result, quantile(range(1, 101), 0.5))
    assert lift is not None
    assert math.isnan(lift.estimate)


@pytest.mark.parametrize(("values", "p"), [([1.0], 0.0), ([1.0], 1.0), ([math.nan], 0.5)])
def test_unusable_input_is_refused(values: list[float], p: float) -> None:
    with pytest.raises(ValueError, match="finite values and a probability"):
        quantile(values, p)


def test_a_shift_moves_the_difference_and_a_factor_moves_the_lift() -> None:
    values = np.random.default_rng(7).lognormal(size=500)
    base = quantile(values, 0.95)
    assert quantile_difference(base, quantile(values + 2, 0.95)).estimate == pytest.approx(2)
    lift = quantile_lift(base, quantile(values * 1.5, 0.95))
    assert lift is not None
    assert lift.estimate == pytest.approx(0.5)
    assert lift.interval.low < 0.5 < lift.interval.high


def test_a_lift_of_values_that_are_not_positive_does_not_exist() -> None:
    assert quantile_lift(quantile(range(-50, 50), 0.5), quantile(range(100), 0.5)) is None


def test_the_interval_of_a_p95_lift_covers_as_promised_for_clustered_latencies() -> None:
    # 400 experiments, 100 + 100 users with a common slowness each; no true change:
    # 95 % +- 3 binomial standard errors of 1.1 %.
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(400):
        sides = []
        for _ in range(2):
            users = np.repeat(np.arange(100), 1 + rng.poisson(8, 100))
            slowness = rng.normal(0, 0.3, 100)
            latency = np.exp(slowness[users] + rng.normal(0, 0.5, users.size))
            sides.append(quantile(latency, 0.95, clusters=users))
        lift = quantile_lift(*sides)
        covered += lift is not None and not lift.interval.excludes(0.0)
    assert 0.917 <= covered / 400 <= 0.983
