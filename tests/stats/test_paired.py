import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.stats import mcnemar, paired_binary, paired_difference, tango_interval
from tests.stats.test_means import DRUG_1, DRUG_2

small = st.integers(0, 40)


def test_the_paired_difference_agrees_with_r() -> None:
    # R: with(sleep, t.test(extra[group == 2], extra[group == 1], paired = TRUE))
    #    t = 4.0621, df = 9, p-value = 0.002833, interval 0.7001142 2.4598858, mean difference 1.58
    result = paired_difference(DRUG_1, DRUG_2)
    assert result.estimate == pytest.approx(1.58)
    assert result.interval == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert result.pvalue == pytest.approx(0.002833, abs=5e-7)
    assert result.log10_pvalue == pytest.approx(math.log10(result.pvalue))


def test_pairing_agrees_with_the_reference_on_scores() -> None:
    # evaluation.json "paired_cont".
    a = [0.8, 0.75, 0.9, 0.6, 0.55, 0.85, 0.7, 0.95, 0.65, 0.4]
    b = [0.85, 0.8, 0.88, 0.7, 0.6, 0.9, 0.7, 0.97, 0.75, 0.42]
    result = paired_difference(a, b)
    assert result.pvalue == pytest.approx(0.007607561914370486, rel=1e-9)
    assert result.interval == pytest.approx((0.014232846303602699, 0.06976715369639727), rel=1e-9)


def test_pairs_without_spread_give_no_pvalue() -> None:
    result = paired_difference([1.0, 2.0], [2.0, 3.0])
    assert result.estimate == 1.0
    assert math.isnan(result.pvalue)
    assert math.isnan(result.log10_pvalue)
    assert not result.interval.is_known
    assert not paired_difference([1.0], [2.0]).interval.is_known


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        paired_difference([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("first_only", "second_only", "exact", "mid"),
    [
        # evaluation.json "mcnemar".
        (1, 7, 0.0703125, 0.039062500000000014),
        (12, 2, 0.012939453125, 0.007385253906249991),
        (0, 5, 0.0625, 0.03125000000000003),
        (3, 3, 1.0, 0.8437500000000001),
        # experiments.json "mcnemar", the exact p of [[794, 86], [150, 570]].
        (86, 150, 3.7159361395713866e-05, None),
    ],
)
def test_mcnemar_agrees_with_the_reference(
    first_only: int, second_only: int, exact: float, mid: float | None
) -> None:
    result = mcnemar(first_only, second_only)
    assert result.exact == pytest.approx(exact, rel=1e-9)
    if mid is not None:
        assert result.mid_p == pytest.approx(mid, rel=1e-9)


def test_no_discordant_pair_is_no_evidence() -> None:
    assert (mcnemar(0, 0).exact, mcnemar(0, 0).mid_p) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # evaluation.json "paired_diff_ci", newcombe10.
        ((36, 2, 12, 0), 0.05692958400323883, 0.3404276029749406),
        ((54, 0, 0, 0), -0.06641358809089648, 0.06641358809089648),
    ],
)
def test_the_paired_interval_agrees_with_newcombe(
    table: tuple[int, int, int, int], low: float, high: float
) -> None:
    assert paired_binary(*table).interval == pytest.approx((low, high), rel=1e-9)


@given(small, small, small, small)
def test_swapping_the_sides_flips_the_sign(both: int, first: int, second: int, none: int) -> None:
    forward = paired_binary(both, first, second, none)
    backward = paired_binary(both, second, first, none)
    if forward.n == 0:
        assert math.isnan(forward.estimate)
        assert math.isnan(forward.pvalue)
        return
    assert forward.estimate == pytest.approx(-backward.estimate)
    mirrored = (-backward.interval.high, -backward.interval.low)
    assert forward.interval == pytest.approx(mirrored, abs=1e-12)
    assert forward.interval.high > forward.interval.low


@pytest.mark.parametrize("table", [(-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, -1, 0), (0, 0, 0, -1)])
def test_negative_counts_are_refused(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="not be negative"):
        paired_binary(*table)


@pytest.mark.parametrize(
    ("n", "first_only", "second_only", "low", "high"),
    [
        # Tango's score interval (evaluation.md 3.4): tables (36, 12, 2, 0) and (80, 3, 9, 8).
        (50, 2, 12, 0.06111240618634396, 0.34470874828214343),
        (100, 9, 3, -0.1376930, 0.0091156),
        # No pair differs: z ** 2 / (n + z ** 2), never a width of 0.
        (54, 0, 0, -0.06641358809089648, 0.06641358809089648),
    ],
)
def test_tango_agrees_with_the_reference(
    n: int, first_only: int, second_only: int, low: float, high: float
) -> None:
    interval = tango_interval(n, first_only, second_only)
    assert interval == pytest.approx((low, high), abs=5e-8)


def test_tango_turned_round_is_mirrored() -> None:
    there, back = tango_interval(40, 3, 11), tango_interval(40, 11, 3)
    assert there == pytest.approx((-back.high, -back.low))


def test_tango_stays_inside_the_possible() -> None:
    assert tango_interval(12, 12, 0).low == -1.0
    assert tango_interval(5, 0, 5).high == 1.0


@pytest.mark.parametrize("counts", [(0, 0, 0), (10, -1, 2), (10, 6, 5)])
def test_tango_refuses_counts_that_cannot_be(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="first_only"):
        tango_interval(*counts)
