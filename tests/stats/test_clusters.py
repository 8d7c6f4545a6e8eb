import math

import numpy as np
import pytest

from mlops_lib.stats import clustered_mean

# evaluation.json "clustered".
SCORES = [1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1]
CLUSTERS = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4]


def test_the_clustered_error_agrees_with_statsmodels() -> None:
    # evaluation.json: OLS with cov_type="cluster" would give .1479 with its n - 1 over n - k
    # correction; se_CR0 .13226001425322162 times sqrt(G / (G - 1)) is CR1; t(4) = 2.7764451.
    result = clustered_mean(SCORES, CLUSTERS)
    error = 0.13226001425322162 * math.sqrt(5 / 4)
    assert result.estimate == pytest.approx(0.5714285714285714)
    assert result.standard_error == pytest.approx(error, rel=1e-9)
    half = 2.7764451051977934 * error
    assert result.interval == pytest.approx((0.5714285714285714 - half, 0.5714285714285714 + half))
    assert (result.n, result.clusters) == (14, 5)


def test_repeating_every_score_within_its_cluster_does_not_narrow_the_interval() -> None:
    once = clustered_mean(SCORES, CLUSTERS)
    tenfold = clustered_mean(np.repeat(SCORES, 10), np.repeat(CLUSTERS, 10))
    assert tenfold.interval == pytest.approx(once.interval)


def test_one_value_per_cluster_has_no_design_effect() -> None:
    result = clustered_mean(SCORES, list(range(14)))
    assert result.design_effect == pytest.approx(1.0)


def test_one_cluster_says_nothing_about_spread() -> None:
    result = clustered_mean([0.0, 1.0], ["a", "a"])
    assert result.estimate == 0.5
    assert not result.interval.is_known
    assert math.isnan(result.design_effect)


def test_equal_values_are_no_certainty() -> None:
    result = clustered_mean([1.0, 1.0], ["a", "b"])
    assert not result.interval.is_known
    assert math.isnan(result.design_effect)


@pytest.mark.parametrize(
    ("values", "clusters"), [([], []), ([1.0], ["a", "b"]), ([math.nan, 1.0], ["a", "b"])]
)
def test_unusable_values_are_refused(values: list[float], clusters: list[str]) -> None:
    with pytest.raises(ValueError, match="finite"):
        clustered_mean(values, clusters)
