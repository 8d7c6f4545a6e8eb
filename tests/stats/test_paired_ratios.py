import numpy as np
import pytest
from scipy import stats as scipy_stats

from mlops_lib.stats import (
    Moments,
    PairedMoments,
    moments,
    paired_lift,
    paired_ratio_difference,
)


def paired(x: np.ndarray, d: np.ndarray) -> PairedMoments:
    """Columns 0 and 1 are the sides."""
    sides: list[Moments] = [moments(x[:, side], d[:, side]) for side in (0, 1)]
    e, f = (x[:, side] - sides[side].pivot * d[:, side] for side in (0, 1))
    return PairedMoments(
        first=sides[0], second=sides[1],
        ee=float(e @ f), ed=float(e @ d[:, 1]), de=float(d[:, 0] @ f), dd=float(d[:, 0] @ d[:, 1]),
    )  # fmt: skip


def sample(rng: np.random.Generator, n: int, *, gain: float = 0.0) -> PairedMoments:
    """Tokens of the answers to one prompt: a hard prompt is long on both sides."""
    hard = rng.gamma(2, 1, n)
    d = 1 + rng.poisson(3, (n, 2)).astype(float)
    x = d * (hard[:, None] + rng.normal(0, 0.3, (n, 2)) + np.array([0, gain]))
    return paired(x, d)


def test_divisors_of_one_give_the_paired_t_test_of_scipy() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(1e5, 3, (80, 1)) + rng.normal(0, 1, (80, 2))
    result = paired_ratio_difference(paired(x, np.ones((80, 2))))
    expected = scipy_stats.ttest_rel(x[:, 1], x[:, 0])
    assert result.pvalue == pytest.approx(expected.pvalue, rel=1e-8)
    assert tuple(result.interval) == pytest.approx(tuple(expected.confidence_interval()), rel=1e-8)


def test_the_jackknife_agrees_on_the_error() -> None:
    # Outside the delta method: leave one pair out at a time (Efron and Stein 1981).
    rng = np.random.default_rng(3)
    n = 400
    d = 1 + rng.poisson(3, (n, 2)).astype(float)
    x = d * (rng.gamma(2, 1, (n, 1)) + rng.normal(0, 0.3, (n, 2)))
    without = (x.sum(0) - x) / (d.sum(0) - d)
    for left, found in (
        (without[:, 1] - without[:, 0], paired_ratio_difference(paired(x, d))),
        (without[:, 1] / without[:, 0], paired_lift(paired(x, d))),
    ):
        assert found is not None
        jackknife = np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
        assert found.standard_error == pytest.approx(jackknife, rel=0.01)


def test_exchanging_the_sides_turns_the_difference_round() -> None:
    rng = np.random.default_rng(4)
    each = sample(rng, 60, gain=0.2)
    turned = PairedMoments(
        first=each.second, second=each.first, ee=each.ee, ed=each.de, de=each.ed, dd=each.dd
    )
    one, other = paired_ratio_difference(each), paired_ratio_difference(turned)
    assert one.estimate == pytest.approx(-other.estimate)
    assert one.interval.low == pytest.approx(-other.interval.high)


def test_pairs_are_sharper_than_two_groups() -> None:
    before, after, shared = sample(np.random.default_rng(5), 300).errors
    assert before + after - 2 * shared < 0.2 * (before + after)


def test_intervals_cover_as_promised() -> None:
    # 600 experiments of 80 pairs without an effect: 95 % +- 2.7 %.
    rng = np.random.default_rng(6)
    covered = sum(
        not paired_ratio_difference(sample(rng, 80)).interval.excludes(0.0) for _ in range(600)
    )
    assert 0.923 <= covered / 600 <= 0.977


def test_too_few_pairs_no_spread_and_no_baseline_give_no_interval() -> None:
    one = paired(np.array([[1.0, 2.0]]), np.ones((1, 2)))
    assert not paired_ratio_difference(one).interval.is_known
    assert paired_lift(one) is None
    flat = paired(np.tile([1.0, 2.0], (9, 1)), np.ones((9, 2)))
    assert paired_ratio_difference(flat).estimate == 1.0
    assert not paired_ratio_difference(flat).interval.is_known
    lift = paired_lift(flat)
    assert lift is not None
    assert lift.estimate == 1.0
    assert not lift.interval.is_known
    assert paired_lift(paired(np.tile([-1.0, 2.0], (9, 1)), np.ones((9, 2)))) is None
