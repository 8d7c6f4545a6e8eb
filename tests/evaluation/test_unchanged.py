"""Equal scores do not prove equality: intervals of samples without spread."""

import pytest

from mlops_lib.evaluation.unchanged import (
    level_with_unseen,
    unchanged_needed,
    unseen_share,
    with_unseen,
)
from mlops_lib.stats import level, paired_binary, paired_by_cluster
from mlops_lib.stats.interval import z_of
from mlops_lib.stats.proportions import wilson


def ids(n: int) -> list[str]:
    return [str(i) for i in range(n)]


@pytest.mark.parametrize("n", [1, 12, 73, 264])
def test_the_unseen_share_is_that_of_tango_newcombe_and_wilson(n: int) -> None:
    z2 = z_of(0.95) ** 2
    found = unseen_share(n, confidence=0.95)
    assert found == pytest.approx(z2 / (n + z2), rel=1e-6)
    assert paired_binary(n, 0, 0, 0).interval == pytest.approx((-found, found), rel=1e-6)
    assert wilson(1.0, n).low == pytest.approx(1 - found, rel=1e-6)


@pytest.mark.parametrize("margin", [0.01, 0.03, 0.05, 0.2])
def test_the_cases_needed_are_the_fewest_that_do(margin: float) -> None:
    needed = unchanged_needed(margin, confidence=0.95)
    assert (
        unseen_share(needed, confidence=0.95)
        < margin
        <= unseen_share(needed - 1, confidence=0.95) + 1e-9
    )


@pytest.mark.parametrize("score", [0.0, 0.4, 1.0])
def test_equal_scores_get_an_interval_around_no_change(score: float) -> None:
    sides = [score] * 30
    for clusters in (ids(30), ["one"] * 30):
        found = with_unseen(
            paired_by_cluster(sides, sides, clusters), pass_or_fail=score != 0.4, confidence=0.95
        )
        assert found.estimate == 0
        assert found.interval.low == -found.interval.high < 0
        assert ("stand-in" in found.method) is (score == 0.4)


def test_one_loss_for_every_case_gets_an_interval_within_the_scale() -> None:
    found = with_unseen(
        paired_by_cluster([0.75] * 30, [0.25] * 30, ids(30)), pass_or_fail=False, confidence=0.95
    )
    low, high = found.interval
    assert -1 < low < found.estimate == -0.5 < high < 0


def test_a_difference_with_spread_is_left_alone() -> None:
    found = paired_by_cluster([0.0, 0.5, 0.2], [0.1, 0.4, 0.9], ids(3))
    assert with_unseen(found, pass_or_fail=False, confidence=0.95) is found


@pytest.mark.parametrize("score", [0.0, 0.4, 0.9])
def test_a_level_without_spread_is_not_known_for_sure(score: float) -> None:
    found = level_with_unseen(level([score] * 20, ids(20)), confidence=0.95)
    assert 0 <= found.interval.low <= score <= found.interval.high < 1
    assert found.interval.high - found.interval.low == pytest.approx(
        unseen_share(20, confidence=0.95)
    )


def test_the_interval_of_unchanged_samples_covers_a_rare_change() -> None:
    # The largest change that stays unseen in n cases with probability alpha / 2 or more,
    # 1 - .025 ** (1 / n), exceeds the score bound z² / (n + z²) at no n by more than a point.
    for n in (50, 100, 300):
        exact = 1 - 0.025 ** (1 / n)
        assert unseen_share(n, confidence=0.95) == pytest.approx(exact, abs=0.01)
