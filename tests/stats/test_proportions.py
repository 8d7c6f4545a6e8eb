import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_lib.stats import clean_cases_needed, newcombe_difference, proportion
from mlops_lib.stats.proportions import share_difference

counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # statsmodels 0.15 proportion_confint(method="wilson"), evaluation.json "prop".
        (48, 50, 0.8653990931249297, 0.9889611156723802),
        (95, 100, 0.8882495307680808, 0.9784563208456319),
        (8, 10, 0.49016247153664183, 0.9433178485456247),
        (0, 30, 0.0, 0.1135133931739688),
        (50, 50, 0.9286524008666412, 1.0),
    ],
)
def test_wilson_agrees_with_statsmodels(successes: int, n: int, low: float, high: float) -> None:
    assert proportion(successes, n).interval == pytest.approx((low, high), rel=1e-9, abs=1e-12)


@given(counts)
def test_wilson_mirrors_when_success_and_failure_swap(count: tuple[int, int]) -> None:
    successes, n = count
    if n == 0:
        return
    result, mirrored = proportion(successes, n), proportion(n - successes, n)
    assert result.interval.low == pytest.approx(1 - mirrored.interval.high, abs=1e-12)
    assert 0 <= result.interval.low <= result.estimate <= result.interval.high <= 1


def test_no_observations_give_an_unknown_share_and_not_zero() -> None:
    result = proportion(0, 0)
    assert math.isnan(result.estimate)
    assert not result.interval.is_known


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="need 0 <= successes <= n"):
        proportion(successes, n)
    with pytest.raises(ValueError, match="need 0 <= successes <= n"):
        newcombe_difference(1, 2, successes, n)


@pytest.mark.parametrize(
    ("a", "b", "pvalue"),
    [
        # experiments.json "two_proportion_z", each published where the file says:
        # statsmodels docstring; geratools; RPubs 1420750; Cookie Cats retention 7.
        ((5, 83), (12, 99), 0.15918129181156992),
        ((250, 5000), (295, 5000), 0.04743846786449462),
        ((144, 1200), (192, 1200), 0.004746911940511481),
        ((8502, 44700), (8279, 45489), 0.001554249975614329),
    ],
)
def test_the_z_test_agrees_with_published_values(
    a: tuple[int, int], b: tuple[int, int], pvalue: float
) -> None:
    assert newcombe_difference(*a, *b).pvalue == pytest.approx(pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "interval"),
    [
        # experiments.json "two_proportion_z" and "edge_two_proportion" (statsmodels 0.15).
        ((5, 83), (12, 99), (-0.027909954665286396, 0.14688264097875414)),
        ((0, 100), (5, 100), (0.0033279408461571527, 0.11175046923191914)),
        # Newcombe (1998), table II, method 10: 56/70 v 48/80, reversed.
        ((48, 80), (56, 70), (0.0524, 0.3339)),
    ],
)
def test_newcombes_interval_agrees_with_published_values(
    a: tuple[int, int], b: tuple[int, int], interval: tuple[float, float]
) -> None:
    assert newcombe_difference(*a, *b).interval == pytest.approx(interval, abs=5e-5)


@given(counts, counts)
def test_swapping_the_groups_flips_the_difference(a: tuple[int, int], b: tuple[int, int]) -> None:
    if a[1] == 0 or b[1] == 0:
        return
    forward, backward = newcombe_difference(*a, *b), newcombe_difference(*b, *a)
    assert forward.estimate == pytest.approx(-backward.estimate)
    assert forward.interval == pytest.approx(
        (-backward.interval.high, -backward.interval.low), abs=1e-12
    )
    assert forward.interval.low <= forward.estimate <= forward.interval.high


# Defect S1 of the seeds: 2 * (1 - cdf(z)) is exactly 0 from z = 8.3.
def test_s1_the_pvalue_does_not_underflow() -> None:
    # experiments.json: 5 % v 6 % of 100,000 (gbstats returns 0.0), and gbstats' own test data.
    assert newcombe_difference(5000, 100_000, 6000, 100_000).pvalue == pytest.approx(
        1.0383985209948486e-22, rel=1e-9
    )
    assert newcombe_difference(1396, 3000, 2422, 3461).pvalue == pytest.approx(
        1.819963887329055e-81, rel=1e-9
    )


def test_s1_beyond_the_smallest_float_the_logarithm_still_tells() -> None:
    result = newcombe_difference(400_000, 1_000_000, 500_000, 1_000_000)
    assert result.pvalue == 0
    assert -10_000 < result.log10_pvalue < -300


# Defect S2 of the seeds: division by zero without events, without failures, without data.
@pytest.mark.parametrize(("a", "b"), [((0, 100), (0, 100)), ((100, 100), (100, 100))])
def test_s2_no_variation_is_no_difference_with_a_finite_interval(
    a: tuple[int, int], b: tuple[int, int]
) -> None:
    result = newcombe_difference(*a, *b)
    assert (result.estimate, result.pvalue) == (0.0, 1.0)
    assert result.interval.is_known
    assert result.interval.low < 0 < result.interval.high


def test_s2_no_data_is_unknown() -> None:
    result = newcombe_difference(0, 0, 1, 10)
    assert math.isnan(result.estimate)
    assert math.isnan(result.pvalue)
    assert not result.interval.is_known


def test_s2_the_usual_safety_guardrail_uses_an_exact_test() -> None:
    # experiments.json, 0/100 v 5/100: Boschloo .04431304795226966 (scipy 1.18).
    result = newcombe_difference(0, 100, 5, 100)
    assert result.pvalue == pytest.approx(0.04431304795226966, rel=1e-6)
    assert "Boschloo" in result.method


# Defect S3 of the seeds: a z-test at any n; 2/3 v 0/3 gave .083.
def test_s3_tiny_groups_get_an_exact_test() -> None:
    # Boschloo is uniformly more powerful than Fisher, whose p is 0.4 (experiments.json).
    result = newcombe_difference(2, 3, 0, 3)
    assert 0.083 < result.pvalue <= 0.4


def test_rare_events_in_large_groups_are_tested_exactly_and_fast() -> None:
    # By hand: given 1 event in groups of equal size, either side is equally likely.
    result = newcombe_difference(0, 45_000, 1, 45_000)
    assert result.pvalue == pytest.approx(1.0)
    assert "Fisher" in result.method


def test_clean_cases_agree_with_the_exact_rule_of_three() -> None:
    # evaluation.json "rule_of_three".
    assert clean_cases_needed(0.99) == 299
    assert clean_cases_needed(0.95) == 59


@pytest.mark.parametrize(("rate", "confidence"), [(0.0, 0.95), (1.0, 0.95), (0.9, 1.0)])
def test_clean_cases_refuse_certainty(rate: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        clean_cases_needed(rate, confidence=confidence)


@pytest.mark.parametrize(("rate", "n"), [(0.01, 60), (0.005, 200), (0.03, 40)])
def test_rare_events_are_covered_as_promised(rate: float, n: int) -> None:
    # Exact, not simulated: the chance of every pair of counts, both groups at one small rate.
    chances = [float(stats.binom.pmf(k, n, rate)) for k in range(12)]
    covered = sum(
        chances[a] * chances[b]
        for a in range(12)
        for b in range(12)
        if not share_difference((a / n, n), (b / n, n), n=2 * n).interval.excludes(0.0)
    )
    assert covered >= 0.95
