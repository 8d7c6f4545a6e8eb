import numpy as np
import pytest

from mlops_lib.stats.sample_ratio import sample_ratio, sequential_sample_ratio


@pytest.mark.parametrize(
    ("counts", "shares", "pvalue"),
    [
        # experiments.json "srm": lukasvermeer/srm#14; computed; Cookie Cats; an unequal split.
        ((9463, 7681), (1, 1), 3.502192273048579e-42),
        ((5300, 4700), (1, 1), 1.9731752900753933e-09),
        ((44700, 45489), (1, 1), 0.008607987810836262),
        ((950, 55), (95, 5), 0.4917766044891382),
    ],
)
def test_the_test_agrees_with_published_values(
    counts: tuple[int, int], shares: tuple[float, float], pvalue: float
) -> None:
    assert sample_ratio(counts, shares).pvalue == pytest.approx(pvalue, rel=1e-9)


def test_a_variant_without_a_share_costs_no_degree_of_freedom() -> None:
    # experiments.json "srm": gbstats counts it and gives .0111.
    result = sample_ratio((5150, 4850, 0), (0.5, 0.5, 0.0))
    assert result.degrees_of_freedom == 1
    assert result.pvalue == pytest.approx(0.0026997960632601883, rel=1e-9)
    assert result.expected == (5000.0, 5000.0, 0.0)


def test_units_in_a_variant_without_a_share_are_a_leak() -> None:
    result = sample_ratio((5000, 5000, 7), (0.5, 0.5, 0.0))
    assert result.leaked == 7
    assert result.pvalue == 1.0


def test_only_the_proportion_of_the_shares_matters() -> None:
    assert sample_ratio((30, 70), (1, 3)) == sample_ratio((30, 70), (0.25, 0.75))


@pytest.mark.parametrize(
    ("counts", "shares"), [((0, 0), (1, 1)), ((5, 5), (1, 0)), ((-1, 5), (1, 1)), ((5, 5), (-1, 1))]
)
def test_what_cannot_be_tested_is_refused(counts: tuple[int, int], shares: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least two variants"):
        sample_ratio(counts, shares)


def test_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        sample_ratio((1, 2, 3), (1, 1))


def test_a_healthy_split_rarely_alarms() -> None:
    # 4,000 healthy 80/20 splits of 2,000 users at alpha .01: 1 % +- 3 standard errors.
    treated = np.random.default_rng(10).binomial(2000, 0.2, 4000)
    values, times = np.unique(treated, return_counts=True)
    alarms = sum(
        int(count)
        for value, count in zip(values, times, strict=True)
        if sample_ratio((2000 - int(value), int(value)), (0.8, 0.2)).pvalue < 0.01
    )
    assert 0.005 <= alarms / 4000 <= 0.015


@pytest.mark.parametrize(
    ("counts", "pvalue"),
    [
        # experiments.json "srm", seq_p_dirichlet_k100; savvi 0.3.1 agrees on the second.
        ([9463, 7681], 1.1413047383030217e-39),
        ([5300, 4700], 1.811370910068954e-07),
        ([44700, 45489], 0.9587119775084825),
        ([530, 470], 0.645683117043035),
    ],
)
def test_the_sequential_test_agrees_with_savvi(counts: list[int], pvalue: float) -> None:
    assert sequential_sample_ratio(counts, [1, 1]) == pytest.approx(pvalue, rel=1e-9)


def test_looking_a_hundred_times_rarely_alarms_sequentially() -> None:
    # experiments.md: chi-square at .001, looked at 100 times, alarms in 1.6 %; 400 healthy
    # experiments at alpha .05 here: at most 5 % + 3.3 %.
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(400):
        arrived = np.cumsum(rng.binomial(50, 0.2, 100))
        looks = enumerate(arrived, start=1)
        alarms += any(
            sequential_sample_ratio([50 * day - int(n), int(n)], [0.8, 0.2]) < 0.05
            for day, n in looks
        )
    assert alarms / 400 <= 0.05 + 0.033


def test_the_sequential_test_needs_two_shares() -> None:
    with pytest.raises(ValueError, match="at least two variants"):
        sequential_sample_ratio([5, 5], [1, 0])
    assert sequential_sample_ratio([0, 0], [1, 1]) == 1.0
