import math

import pytest
from scipy import optimize

from mlops_lib.stats import score_interval

COUNTS = [
    (56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (10, 10, 0, 10),
    (0, 1, 1, 1), (1, 1000, 12, 900), (250, 5000, 295, 5000), (3, 3, 40, 41), (7, 31, 0, 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((48, 80, 56, 70), 0.0528, 0.3382), ((3, 10, 9, 10), 0.1700, 0.8406)],
)
def test_it_gives_the_published_values(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, Table II, Miettinen-Nurminen, (a) and (b).
    assert score_interval(*counts) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (6, 7, 2, 7), (1, 1000, 12, 900)])
def test_at_its_bounds_the_score_test_is_just_rejected(counts: tuple[int, int, int, int]) -> None:
    # The likeliest pair of shares by a search of the likelihood, not by its cubic.
    hits_a, n_a, hits_b, n_b = counts
    for bound in score_interval(*counts):

        def unlikely(p: float, d: float = bound) -> float:
            return -(
                hits_a * math.log(p) + (n_a - hits_a) * math.log(1 - p)
                + hits_b * math.log(p + d) + (n_b - hits_b) * math.log(1 - p - d)
            )  # fmt: skip

        ends = max(0, -bound) + 1e-12, min(1, 1 - bound) - 1e-12
        p = optimize.minimize_scalar(
            unlikely, bounds=ends, method="bounded", options={"xatol": 1e-10}
        ).x
        q, n = p + bound, n_a + n_b
        error = math.sqrt((p * (1 - p) / n_a + q * (1 - q) / n_b) * n / (n - 1))
        z = (hits_b / n_b - hits_a / n_a - bound) / error
        assert abs(z) == pytest.approx(1.959964, abs=1e-4)


@pytest.mark.parametrize("counts", COUNTS)
def test_exchanging_groups_or_outcomes_turns_the_interval_round(
    counts: tuple[int, int, int, int],
) -> None:
    successes_a, n_a, successes_b, n_b = counts
    low, high = score_interval(*counts)
    turned = (-high, -low)
    assert score_interval(successes_b, n_b, successes_a, n_a) == pytest.approx(turned, abs=1e-9)
    failures = (n_a - successes_a, n_a, n_b - successes_b, n_b)
    assert score_interval(*failures) == pytest.approx(turned, abs=1e-9)
    assert -1 <= low <= successes_b / n_b - successes_a / n_a <= high <= 1


def test_no_group_gives_no_interval_and_false_counts_are_refused() -> None:
    assert all(math.isnan(bound) for bound in score_interval(0, 0, 1, 2))
    with pytest.raises(ValueError, match="successes"):
        score_interval(3, 2, 1, 2)
