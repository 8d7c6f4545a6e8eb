import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from mlops_lib.stats import mean, welch_difference, welch_from_moments

# Student (1908), hours of extra sleep: the `sleep` data set of R.
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_the_mean_agrees_with_r() -> None:
    # R: t.test(sleep$extra[1:10]): mean 0.75, 95 percent interval -0.5297804 2.0297804
    result = mean(DRUG_1)
    assert result.estimate == pytest.approx(0.75)
    assert result.interval == pytest.approx((-0.5297804, 2.0297804), abs=5e-8)
    assert result.n == 10


def test_welch_agrees_with_r() -> None:
    # R: t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939,
    #    95 percent confidence interval -3.3654832 0.2054832 (group 1 minus group 2)
    result = welch_difference(DRUG_1, DRUG_2)
    assert result.estimate == pytest.approx(1.58)
    assert result.interval == pytest.approx((-0.2054832, 3.3654832), abs=5e-8)
    assert result.degrees_of_freedom == pytest.approx(17.776, abs=5e-4)
    assert result.pvalue == pytest.approx(0.07939, abs=5e-6)


def test_welch_from_moments_agrees_with_gbstats() -> None:
    # experiments.json "welch_mean_from_sums": growthbook, TestTwoSidedTTest.
    def moments(n: int, total: float, squares: float) -> tuple[int, float, float]:
        return n, total / n, (squares - total**2 / n) / (n - 1)

    a, b = moments(3407, 1396.87, 52377.9767), moments(3461, 2422.7, 134698.29)
    result = welch_from_moments(a, b)
    assert result.estimate == pytest.approx(0.29, abs=5e-6)
    assert result.interval == pytest.approx((0.04538, 0.53462), abs=5e-6)
    assert result.standard_error == pytest.approx(0.12478, abs=5e-6)
    assert result.pvalue == pytest.approx(0.02016, abs=5e-6)


def test_welch_is_scipys_on_random_data() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=30), rng.normal(0.4, 2.0, size=50)
    expected = scipy_stats.ttest_ind(b, a, equal_var=False)
    result = welch_difference(a, b)
    assert result.pvalue == pytest.approx(expected.pvalue)
    assert result.interval == pytest.approx(tuple(expected.confidence_interval()))
    assert result.log10_pvalue == pytest.approx(math.log10(expected.pvalue))


def test_swapping_the_groups_flips_the_sign_and_keeps_the_pvalue() -> None:
    forward, backward = welch_difference(DRUG_1, DRUG_2), welch_difference(DRUG_2, DRUG_1)
    assert forward.estimate == pytest.approx(-backward.estimate)
    assert forward.pvalue == pytest.approx(backward.pvalue)


def test_no_spread_is_not_certainty() -> None:
    result = welch_difference([1.0, 1.0], [2.0, 2.0])
    assert result.estimate == 1.0
    assert math.isnan(result.pvalue)
    assert not result.interval.is_known


@pytest.mark.parametrize(("a", "b"), [([], [1.0, 2.0]), ([1.0], [1.0, 2.0]), ([1.0, 2.0], [3.0])])
def test_a_group_without_spread_gives_no_interval(a: list[float], b: list[float]) -> None:
    result = welch_difference(a, b)
    assert not result.interval.is_known
    assert math.isnan(result.pvalue)
    assert result.n == len(a) + len(b)


def test_one_observation_has_no_variance_whatever_the_caller_says() -> None:
    assert not welch_from_moments((1, 5.0, 0.0), (10, 4.0, 1.0)).interval.is_known


def test_a_mean_of_nothing_or_of_one_is_unknown_as_far_as_it_is() -> None:
    assert math.isnan(mean([]).estimate)
    single = mean([3.0])
    assert single.estimate == 3.0
    assert not single.interval.is_known


def test_missing_values_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        mean([1.0, math.nan])
    with pytest.raises(ValueError, match="finite"):
        welch_difference([1.0, math.inf], [1.0, 2.0])
