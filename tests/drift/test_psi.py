"""PSI: closed forms, its laws, and the coverage of its interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_lib.drift.psi import SMALLEST_SHARE, psi, psi_of_shares, psi_parts

RUNS = 1500
COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=12)


def test_psi_agrees_with_its_closed_form() -> None:
    # (.4 - .5) ln(.4 / .5) + (.4 - .3) ln(.4 / .3) = 0.1 ln(5 / 3)
    expected = 0.1 * math.log(5 / 3)
    assert psi_of_shares([0.5, 0.3, 0.2], [0.4, 0.4, 0.2]) == pytest.approx(expected, rel=1e-12)
    assert psi([50, 30, 20], [40, 40, 20]).estimate == pytest.approx(expected, rel=1e-12)


def test_psi_is_the_sum_of_both_kullback_leibler_divergences() -> None:
    p, q = [0.7, 0.2, 0.1], [0.5, 0.25, 0.25]
    both = stats.entropy(p, q) + stats.entropy(q, p)
    assert psi_of_shares(p, q) == pytest.approx(both, rel=1e-12)


def test_an_unseen_category_counts_from_the_floor_alone() -> None:
    # shared/reference/drift.md R10: (.4 - .5) ln .8 + (.2 - 1e-4) ln(.2 / 1e-4) = 1.564049
    shares = [0.5, 0.5, 0.0], [0.4, 0.4, 0.2]
    assert psi_of_shares(*shares, floor=SMALLEST_SHARE) == pytest.approx(1.564049, abs=1e-6)
    large = psi([500_000, 500_000, 0], [400_000, 400_000, 200_000]).estimate
    larger = psi([5_000_000, 5_000_000, 0], [4_000_000, 4_000_000, 2_000_000]).estimate
    assert large == pytest.approx(1.564049, abs=1e-6)
    assert larger == pytest.approx(large, rel=1e-9)


def test_a_rare_category_that_a_small_window_misses_is_no_drift() -> None:
    result = psi([999_900, 100], [50, 0])
    assert result.estimate < 1e-3


@given(COUNTS)
def test_swapping_the_windows_changes_nothing(counts: list[int]) -> None:
    other = list(reversed(counts))
    if not sum(counts):
        return
    assert psi(counts, other).estimate == pytest.approx(psi(other, counts).estimate, abs=1e-12)


@given(COUNTS, COUNTS)
def test_psi_is_never_negative_and_zero_for_equal_counts(a: list[int], b: list[int]) -> None:
    cells = min(len(a), len(b))
    first, second = a[:cells], b[:cells]
    if not sum(first) or not sum(second):
        return
    result = psi(first, second)
    assert result.estimate >= -1e-12
    assert psi(first, first).estimate == 0
    assert 0 <= result.interval.low <= result.interval.high < math.inf


def test_chance_is_the_mean_without_change() -> None:
    # Yurdakul (2018): PSI / (1/N + 1/M) follows chi-square with 9 degrees of freedom
    rng = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    a, b = (rng.multinomial(n, shares, size=4000).astype(float) for n in (1000, 400))
    estimates, _, _ = psi_parts(a, b)
    chance = psi(a[0], b[0]).chance
    assert chance == pytest.approx(9 * (1 / 1000 + 1 / 400))
    assert estimates.mean() == pytest.approx(chance, rel=0.04)
    critical = stats.chi2.ppf(0.95, 9) * (1 / 1000 + 1 / 400)
    assert (estimates > critical).mean() == pytest.approx(0.05, abs=0.015)


# shifts of a normal, in standard deviations: PSI 0.02, 0.11, 0.26, 0.93
@pytest.mark.parametrize("shift", [0.15, 0.335, 0.525, 1.0])
@pytest.mark.parametrize("rows", [(500, 500), (5000, 300)])
def test_the_interval_covers_the_true_psi(shift: float, rows: tuple[int, int]) -> None:
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    before = np.full(10, 0.1)
    after = np.diff(np.concatenate([[0], stats.norm.cdf(edges - shift), [1]]))
    _assert_covers(before, after, rows)


def test_the_interval_covers_the_psi_of_a_rate() -> None:
    _assert_covers(np.array([0.95, 0.05]), np.array([0.85, 0.15]), (400, 400))


def test_a_complete_change_is_certain() -> None:
    assert psi([500, 0], [0, 500]).interval.low > 1


def test_the_interval_shrinks_with_more_rows() -> None:
    few, many = psi([500, 500], [400, 600]), psi([50_000, 50_000], [40_000, 60_000])
    assert few.interval.low < many.interval.low < many.interval.high < few.interval.high


def test_normal_and_exact_interval_meet() -> None:
    # either side of the switch to the normal approximation the bounds must agree
    exact = psi([100_000, 100_000], [80_000, 120_000])
    scale = 100
    normal = psi([100_000 * scale, 100_000 * scale], [80_000 * scale, 120_000 * scale])
    width = (exact.interval.high - exact.interval.low) / math.sqrt(scale)
    assert normal.interval.high - normal.interval.low == pytest.approx(width, rel=0.01)


def _assert_covers(before: np.ndarray, after: np.ndarray, rows: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    truth = psi_of_shares(before, after)
    a = rng.multinomial(rows[0], before, size=RUNS)
    b = rng.multinomial(rows[1], after, size=RUNS)
    intervals = [psi(x, y).interval for x, y in zip(a, b, strict=True)]
    # nominal 2.5 % per side; up to 5.5 % for a shift of a whole standard deviation
    assert np.mean([low > truth for low, _ in intervals]) < 0.055
    assert np.mean([high < truth for _, high in intervals]) < 0.045
