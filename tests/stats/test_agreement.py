"""Kappa agrees with statsmodels and scikit-learn, and shows its paradox."""

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mlops_lib.stats import kappa


def test_kappa_and_its_interval_agree_with_statsmodels() -> None:
    # statsmodels.stats.inter_rater.cohens_kappa([[20, 5], [10, 15]]): 0.4, std 0.12699606293,
    # 95 % interval 0.151092290476661 to 0.6489077095233389; AC1 0.40594059405940586 by hand.
    result = kappa([[20, 5], [10, 15]])
    assert result.estimate == pytest.approx(0.4)
    assert result.standard_error == pytest.approx(0.12699606293110033)
    assert result.interval == pytest.approx((0.151092290476661, 0.6489077095233389))
    assert result.ac1 == pytest.approx(0.40594059405940586)


def test_an_extreme_base_rate_pulls_kappa_down_but_not_the_agreement() -> None:
    # Feinstein and Cicchetti 1990: agreement .90, kappa .4444; AC1 .8780488 (evaluation.md 3.7).
    result = kappa([[85, 5], [5, 5]])
    assert result.agreement == pytest.approx(0.9)
    assert result.estimate == pytest.approx(0.44444444444444436)
    assert result.ac1 == pytest.approx(0.8780487804878049)


@pytest.mark.parametrize(("weights", "value"), [("quadratic", 6 / 7), ("linear", 2 / 3)])
def test_weighted_kappa_agrees_with_scikit_learn(weights: str, value: float) -> None:
    first, second = [1, 2, 3, 4, 5, 3, 2, 4], [1, 2, 4, 4, 4, 3, 1, 5]
    table = np.zeros((5, 5))
    np.add.at(table, (np.array(first) - 1, np.array(second) - 1), 1)
    assert kappa(table, weights=weights).estimate == pytest.approx(value)  # type: ignore[arg-type]
    assert cohen_kappa_score(first, second, weights=weights) == pytest.approx(value)


def test_swapping_the_raters_changes_nothing() -> None:
    table = np.array([[20, 5, 2], [10, 15, 1], [0, 3, 9]])
    first, second = kappa(table, weights="linear"), kappa(table.T, weights="linear")
    assert first.estimate == pytest.approx(second.estimate)
    assert first.standard_error == pytest.approx(second.standard_error)


def test_where_both_always_say_the_same_kappa_is_unknown_and_not_1() -> None:
    result = kappa([[50, 0], [0, 0]])
    assert math.isnan(result.estimate)
    assert not result.interval.is_known


@pytest.mark.parametrize("table", [[[1, 2]], [[-1, 2], [3, 4]], [[0, 0], [0, 0]]])
def test_what_is_no_table_is_refused(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"square table|rated by both"):
        kappa(table)


def test_no_interval_of_kappa_leaves_its_range() -> None:
    # 95 % agreement of 40: the large-sample interval would end at 1.04, where nothing lies.
    assert kappa([[20, 2], [0, 18]]).interval.high <= 1
    assert kappa([[0, 20], [20, 1]]).interval.low >= -1
