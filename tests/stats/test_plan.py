"""Sizes agree with the reference, and with a simulation of the test that they are for."""

import numpy as np
import pytest
from scipy import stats

from mlops_lib.stats import connor_cases, mcnemar, miller_cases, miller_effect


@pytest.mark.parametrize(
    ("lost", "won", "cases"),
    [
        # Connor's formula (evaluation.md 3.6): 468.57, 1131.37, 154.60, 233.09, 608.11.
        (0.10, 0.05, 469),
        (0.08, 0.05, 1132),
        (0.15, 0.05, 155),
        (0.20, 0.10, 234),
        (0.05, 0.02, 609),
    ],
)
def test_pass_or_fail_sizes_agree_with_connor(lost: float, won: float, cases: int) -> None:
    assert connor_cases(lost, won) == cases
    assert connor_cases(won, lost) == cases


def test_so_many_cases_see_the_loss_as_often_as_promised() -> None:
    # 155 cases, 15 % lost and 5 % won: power .80. Band: exact binomial, 0.1 % on each side, with
    # .02 for the normal approximation (evaluation.md 3.6 finds .802 to .810 for mid-p).
    rng, draws = np.random.default_rng(7), 1000
    counts = rng.multinomial(155, [0.15, 0.05, 0.80], size=draws)
    seen = sum(mcnemar(int(lost), int(won)).mid_p <= 0.05 for lost, won, _ in counts)
    assert stats.binom.ppf(0.001, draws, 0.78) <= seen <= stats.binom.ppf(0.999, draws, 0.82)


def test_sizes_and_effects_agree_with_miller() -> None:
    # Miller 2024: effect .03 at a between variance of 1/9 needs 969 questions; with 198 questions
    # and a within variance of 1/6 the effect is .1327 with 1 repeat and .0757 with 10.
    assert miller_cases(0.03, 1 / 9) == 969
    assert miller_effect(198, 1 / 9, 1 / 6) == pytest.approx(0.1327333278739942)
    assert miller_effect(198, 1 / 9, 1 / 6, repeats=10) == pytest.approx(0.0756696392667773)


def test_effect_and_cases_are_inverse() -> None:
    cases = miller_cases(0.05, 0.1, 0.2, repeats=3)
    assert miller_effect(cases, 0.1, 0.2, repeats=3) <= 0.05
    assert miller_effect(cases - 1, 0.1, 0.2, repeats=3) > 0.05


def test_nothing_to_see_has_no_size() -> None:
    assert connor_cases(0.1, 0.1) is None
    with pytest.raises(ValueError, match="effect of 0"):
        miller_cases(0.0, 0.1)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="shares"):
        connor_cases(0.7, 0.6)
    with pytest.raises(ValueError, match="at least 2 cases"):
        miller_effect(1, 0.1)
    with pytest.raises(ValueError, match="variances"):
        miller_effect(10, -0.1)
