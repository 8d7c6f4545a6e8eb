"""Paired differences agree with outside values and obey their laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.stats import mcnemar, paired_binary, paired_by_cluster
from mlops_lib.stats.paired_clusters import sign_flip_pvalue

# Ten paired scores; t interval from scipy.stats.ttest_rel, exact sign-flip p-value from
# scipy.stats.permutation_test(permutation_type="samples") over all 1,024 patterns.
BEFORE = [0.80, 0.75, 0.90, 0.60, 0.55, 0.85, 0.70, 0.95, 0.65, 0.40]
AFTER = [0.85, 0.80, 0.88, 0.70, 0.60, 0.90, 0.70, 0.97, 0.75, 0.42]


def alone(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def test_single_cases_agree_with_scipy() -> None:
    result = paired_by_cluster(BEFORE, AFTER, alone(10))
    assert result.estimate == pytest.approx(0.042)
    assert result.standard_error == pytest.approx(0.012274635093)
    assert result.interval == pytest.approx((0.0142328463, 0.0697671537))
    assert result.pvalue == 0.015625


def test_clusters_agree_with_statsmodels() -> None:
    # statsmodels OLS(s, ones).fit(cov_type="cluster", cov_kwds={"groups": g}): 0.17743021580746;
    # Student's 0.975 quantile with 5 degrees of freedom: 2.5705818.
    scores = [1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]
    groups = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 5]
    result = paired_by_cluster([0] * 18, scores, [str(g) for g in groups])
    assert result.standard_error == pytest.approx(0.17743021580745902)
    assert result.interval.high == pytest.approx(0.5 + 2.5705818 * 0.17743021580745902)


@pytest.mark.parametrize(("lost", "won"), [(0, 5), (0, 6), (1, 7), (3, 3), (5, 2)])
def test_yes_or_no_scores_of_single_cases_give_mcnemars_mid_p_test(lost: int, won: int) -> None:
    before = [1] * lost + [0] * won + [1] * 20
    after = [0] * lost + [1] * won + [1] * 20
    result = paired_by_cluster(before, after, alone(len(before)))
    assert result.pvalue == pytest.approx(mcnemar(lost, won).mid_p)
    assert result.interval == pytest.approx(paired_binary(20, lost, won, 0).interval)


def test_drawn_sign_patterns_agree_with_mcnemars_exact_test() -> None:
    # 12 lost, 2 won: 0.0129395 (statsmodels mcnemar, exact=True). Draws: 9,999, so the Monte
    # Carlo error is sqrt(p * (1 - p) / 9999) = 0.0011; the band is four of them.
    result = sign_flip_pvalue(np.array([-1.0] * 12 + [1.0] * 2), 1.0)
    assert result == pytest.approx(0.0129395, abs=0.0046)


def test_many_clusters_use_students_t() -> None:
    sums = np.resize([1.0, -1.0, 1.0], 900)
    error = float(np.sqrt(np.sum((sums - sums.mean()) ** 2) * 900 / 899))
    drawn = sign_flip_pvalue(sums[:299] * 0 + np.resize([1.0, -1.0], 299), 1.0)
    assert sign_flip_pvalue(sums, error) < 1e-6
    assert drawn > 0.9


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from("abcde")),
        min_size=2,
        max_size=20,
    )
)
def test_swapping_the_sides_flips_the_sign_and_nothing_else(
    rows: list[tuple[int, int, str]],
) -> None:
    before, after, groups = ([row[i] for row in rows] for i in range(3))
    there = paired_by_cluster(before, after, groups)  # type: ignore[arg-type]
    back = paired_by_cluster(after, before, groups)  # type: ignore[arg-type]
    assert back.estimate == pytest.approx(-there.estimate)
    assert back.pvalue == pytest.approx(there.pvalue)
    assert back.interval.low == pytest.approx(-there.interval.high, nan_ok=True)


def test_equal_scores_are_exactly_0_and_not_unknown() -> None:
    result = paired_by_cluster([0.1 + 0.2, 1.0, 0.0], [0.3, 1.0, 0.0], alone(3))
    assert result.identical
    assert (result.estimate, result.interval, result.pvalue) == (0.0, (0.0, 0.0), 1.0)


def test_a_loss_in_every_case_is_certain() -> None:
    result = paired_by_cluster([1.0] * 12, [0.0] * 12, alone(12))
    assert result.estimate == -1.0
    assert result.interval.high < -0.6
    # McNemar's mid-p of 12 and 0: 2 * .5 ** 12 - .5 ** 12.
    assert result.pvalue == pytest.approx(1 / 2**12)


def test_differences_that_cancel_within_clusters_keep_a_width() -> None:
    result = paired_by_cluster([0, 1, 0, 1], [1, 0, 1, 0], ["a", "a", "b", "b"])
    assert result.estimate == 0
    assert result.interval.high > 0.5


def test_one_cluster_says_nothing() -> None:
    result = paired_by_cluster([0, 0, 1], [1, 1, 1], ["a", "a", "a"])
    assert not result.interval.is_known
    assert result.pvalue == 1.0


@pytest.mark.parametrize("n", [12, 400, 5_000])
def test_the_same_rise_everywhere_is_significant_and_no_division_by_zero(n: int) -> None:
    # Of 2 ** n patterns of signs only all plus and all minus reach the total: p = 2 / 2 ** n.
    result = paired_by_cluster([100.0] * n, [101.0] * n, [str(i) for i in range(n)])
    assert result.pvalue == pytest.approx(2.0 ** (1 - min(n, 1000)))
    assert (result.estimate, result.identical) == (1.0, False)
