"""Corrected means agree with ppi_py and the delta method, and cover the truth."""

import math

import numpy as np
import pytest
from scipy import stats

from mlops_lib.stats import ppi_mean, rogan_gladen

Y = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1]
F = [1, 1, 0, 1, 1, 1, 1, 0, 1, 0]
OTHERS = [1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("weight", "estimate", "low", "high"),
    [
        # ppi_py 0.2.3, ppi_mean_pointestimate and ppi_mean_ci(alpha=0.05); highs cut to 1.
        (0.0, 0.7, 0.4159742, 0.9840258),
        (1.0, 0.8, 0.4880433, 1.0),
        (None, 0.7461290322580644, 0.4947102619, 0.9975478026),
    ],
)
def test_ppi_agrees_with_ppi_py(
    weight: float | None, estimate: float, low: float, high: float
) -> None:
    result = ppi_mean(Y, F, OTHERS, weight=weight)
    assert result.estimate == pytest.approx(estimate)
    assert result.interval == pytest.approx((low, high), abs=1e-7)


def test_the_best_weight_agrees_with_ppi_py() -> None:
    assert ppi_mean(Y, F, OTHERS).weight == pytest.approx(0.46129032258064534)


def test_rogan_gladen_agrees_with_the_delta_method() -> None:
    # evaluation.md 3.7: p = .80 (n = 500), se = .90 (100), sp = .70 (100).
    result = rogan_gladen((400, 500), (90, 100), (70, 100))
    assert result.estimate == pytest.approx(0.8333333333333333)
    assert result.standard_error == pytest.approx(0.05279239563646487)


def test_a_perfect_judge_is_not_corrected() -> None:
    assert rogan_gladen((400, 500), (100, 100), (100, 100)).estimate == pytest.approx(0.8)


def test_a_judge_that_is_no_better_than_chance_tells_nothing() -> None:
    assert math.isnan(rogan_gladen((400, 500), (50, 100), (50, 100)).estimate)
    assert not rogan_gladen((400, 500), (5, 5), (0, 0)).interval.is_known


def test_a_constant_judge_is_ignored() -> None:
    result = ppi_mean(Y, [1] * 10, [1] * 30)
    assert result.weight == 0.0
    assert result.estimate == pytest.approx(0.7)


def test_labels_without_spread_are_not_certainty() -> None:
    assert not ppi_mean([1, 1, 1], [1, 1, 1], [1, 1, 1]).interval.is_known
    assert not ppi_mean([1], [1], [1, 0]).interval.is_known


def test_both_cover_the_truth_that_the_judge_alone_misses() -> None:
    # True share .70; a judge of sensitivity .90 and specificity .60 calls .75 good. 150 labels,
    # 1,000 ratings, 400 draws. Bands: exact binomial at 92 % and 99 % coverage, 0.1 % each side.
    rng = np.random.default_rng(7)
    draws, covered = 400, {"ppi": 0, "rogan_gladen": 0, "judge": 0}
    for _ in range(draws):
        truth = rng.random(1150) < 0.70
        called = np.where(truth, rng.random(1150) < 0.90, rng.random(1150) > 0.60)
        y, f, others = truth[:150], called[:150], called[150:]
        good, bad = f[y], ~f[~y]
        corrected = rogan_gladen(
            (int(others.sum()), 1000), (int(good.sum()), good.size), (int(bad.sum()), bad.size)
        )
        p = others.mean()
        alone = 1.96 * math.sqrt(p * (1 - p) / 1000)
        covered["ppi"] += not ppi_mean(y, f, others).interval.excludes(0.70)
        covered["rogan_gladen"] += not corrected.interval.excludes(0.70)
        covered["judge"] += abs(p - 0.70) <= alone
    low, high = stats.binom.ppf(0.001, draws, 0.92), stats.binom.ppf(0.999, draws, 0.99)
    assert low <= covered["ppi"] <= high
    assert low <= covered["rogan_gladen"] <= high
    assert covered["judge"] < 0.2 * draws


def test_a_good_judge_narrows_the_interval() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(2200) < 0.7
    called = np.where(rng.random(2200) < 0.95, truth, ~truth)
    with_judge = ppi_mean(truth[:200], called[:200], called[200:])
    alone = ppi_mean(truth[:200], called[:200], called[200:], weight=0.0)
    assert with_judge.standard_error < 0.6 * alone.standard_error


@pytest.mark.parametrize("values", [[2.0, 0.0], [math.nan, 0.0], [-0.1, 0.0]])
def test_what_is_no_share_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        ppi_mean(values, [0, 1], [0, 1])


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="part <= whole"):
        rogan_gladen((501, 500), (90, 100), (70, 100))
    with pytest.raises(ValueError, match="of the same"):
        ppi_mean([1, 0, 1], [1, 0], [1, 0])
