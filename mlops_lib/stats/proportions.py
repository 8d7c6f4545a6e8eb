"""Proportions and their differences, with intervals that survive zero counts."""

import math
from dataclasses import dataclass, replace
from functools import cache

from mlops_lib.stats.counts import require_counts
from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, square_and_add, z_of
from mlops_lib.stats.means import Difference, unknown_difference
from mlops_lib.stats.score import score_of_shares
from mlops_lib.stats.tails import log10_two_sided_pvalue, two_sided_pvalue


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A share of n yes-or-no observations with its Wilson interval."""

    estimate: float
    interval: Interval
    successes: int
    n: int
    method: str = "Wilson score interval"


def proportion(successes: int, n: int, *, confidence: float = CONFIDENCE) -> Proportion:
    """Estimate a proportion with the Wilson score interval (Wilson 1927).

    Args:
        successes: how many of the n observations were a success.
        n: how many observations; 0 gives an unknown estimate, not a zero.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the counts are negative or successes exceed n.

    Example:
        >>> result = proportion(48, 50)
        >>> [round(bound, 4) for bound in result.interval]
        [0.8654, 0.989]
    """
    require_counts(successes, n)
    if n == 0:
        return Proportion(estimate=math.nan, interval=UNKNOWN, successes=0, n=0)
    share = successes / n
    return Proportion(
        estimate=share,
        interval=wilson(share, n, confidence=confidence),
        successes=successes,
        n=n,
    )


def wilson(share: float, n: float, *, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of a share; n may be an effective size, hence not whole.

    Args:
        share: between 0 and 1.
        n: observations, or what clustered ones are worth; more than 0.
        confidence: of the two-sided interval.

    Example:
        >>> wilson(0.0, 30).low, round(wilson(0.0, 30).high, 4)
        (0.0, 0.1135)
    """
    z = z_of(confidence)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return Interval(low, high)


def newcombe_difference(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, confidence: float = CONFIDENCE
) -> Difference:
    """Difference b - a of two independent proportions (Newcombe 1998, method 10).

    The interval combines the two Wilson intervals; the p-value is the pooled two-proportion
    z-test's, from the survival function, so that it does not underflow at z = 8.3. Where an
    expected count is below 5 the p-value is Boschloo's exact test's (Boschloo 1970), or
    Fisher's where the groups are too large to search Boschloo's.

    Args:
        successes_a: successes of the first group.
        n_a: size of the first group.
        successes_b: successes of the second group.
        n_b: size of the second group.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if counts are negative or successes exceed n.

    Example:
        >>> result = newcombe_difference(250, 5000, 295, 5000)
        >>> round(result.estimate, 4), [round(bound, 5) for bound in result.interval]
        (0.009, [9e-05, 0.01793])
    """
    require_counts(successes_a, n_a)
    require_counts(successes_b, n_b)
    if n_a == 0 or n_b == 0:
        return unknown_difference(math.nan, n=n_a + n_b, method="Newcombe interval")
    a, b = (successes_a / n_a, n_a), (successes_b / n_b, n_b)
    found = share_difference(a, b, n=n_a + n_b, confidence=confidence)
    test = found.method.partition(", ")[2]
    interval = newcombe_interval(a, b, confidence=confidence)
    return replace(found, interval=interval, method=f"Newcombe interval, {test}")


def newcombe_interval(
    a: tuple[float, float], b: tuple[float, float], *, confidence: float = CONFIDENCE
) -> Interval:
    """Newcombe's interval of b - a from shares and sizes, which may be effective ones.

    Args:
        a: share and size of the first group; the size is positive, maybe not whole.
        b: share and size of the second group.
        confidence: of the two-sided interval.

    Example:
        >>> [round(bound, 6) for bound in newcombe_interval((0.0, 100), (0.05, 100))]
        [0.003328, 0.11175]
    """
    first, second = ((share, wilson(share, n, confidence=confidence)) for share, n in (a, b))
    return square_and_add(first, second)


def share_difference(
    a: tuple[float, float],
    b: tuple[float, float],
    *,
    n: int,
    confidence: float = CONFIDENCE,
) -> Difference:
    """Difference b - a of two shares with their effective sizes; survives zero counts.

    Newcombe's interval and the pooled z-test; where an expected count is below 5, Miettinen and
    Nurminen's score interval and an exact test. Newcombe's joins two intervals of one share each,
    which is far from its level where both shares lie at 0 or 1.

    Args:
        a: share and effective size of the first group; the size is positive, maybe not whole.
        b: share and effective size of the second group.
        n: observations behind both, for the record.
        confidence: of the two-sided interval.

    Example:
        >>> result = share_difference((0.05, 5000.0), (0.059, 5000.0), n=20_000)
        >>> round(result.estimate, 4), result.n, result.method
        (0.009, 20000, 'Newcombe interval, two-proportion z-test')
        >>> share_difference((0.0, 100.0), (0.05, 100.0), n=200).method
        "score interval, Boschloo's exact test"
    """
    (share_a, n_a), (share_b, n_b) = a, b
    pvalue, exponent, test = _test_of_shares(a, b)
    chosen = score_of_shares if _is_sparse(a, b) else newcombe_interval
    return Difference(
        estimate=share_b - share_a,
        interval=chosen(a, b, confidence=confidence),
        pvalue=pvalue,
        n=n,
        method=f"{'score' if _is_sparse(a, b) else 'Newcombe'} interval, {test}",
        standard_error=math.sqrt(share_a * (1 - share_a) / n_a + share_b * (1 - share_b) / n_b),
        log10_pvalue=exponent,
    )


def clean_cases_needed(rate: float, *, confidence: float = CONFIDENCE) -> int:
    """How many cases without a failure show, one-sided, that the success rate exceeds `rate`.

    Solves rate**n <= 1 - confidence (the exact form of the rule of three).

    Raises:
        ValueError: if the rate or the confidence is not inside (0, 1).

    Example:
        >>> clean_cases_needed(0.99)
        299
    """
    for name, value in (("rate", rate), ("confidence", confidence)):
        if not 0 < value < 1:
            message = f"{name} must lie between 0 and 1, not {value}"
            raise ValueError(message)
    return math.ceil(math.log(1 - confidence) / math.log(rate))


_SMALLEST_EXPECTED_COUNT = 5
"""Below this expected count in any cell the normal approximation is not trusted (Cochran 1954)."""

_LARGEST_BOSCHLOO = 200
"""Boschloo's test searches all n_a x n_b tables: 0.7 s for groups of 200, 17 s for 1,000."""


def _test_of_shares(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float, str]:
    """P-value, its logarithm, and the name of the test."""
    (share_a, n_a), (share_b, n_b) = a, b
    pooled = (share_a * n_a + share_b * n_b) / (n_a + n_b)
    if pooled in (0.0, 1.0):
        return 1.0, 0.0, "no variation"
    if _is_sparse(a, b):
        pvalue, test = _exact_test(a, b)
        return pvalue, math.log10(pvalue), test
    error = math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    z = (share_b - share_a) / error
    return two_sided_pvalue(z), log10_two_sided_pvalue(z), "two-proportion z-test"


def _is_sparse(a: tuple[float, float], b: tuple[float, float]) -> bool:
    (share_a, n_a), (share_b, n_b) = a, b
    pooled = (share_a * n_a + share_b * n_b) / (n_a + n_b)
    return min(pooled, 1 - pooled) * min(n_a, n_b) < _SMALLEST_EXPECTED_COUNT


def _exact_test(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, str]:
    (hits_a, n_a), (hits_b, n_b) = ((round(share * n), round(n)) for share, n in (a, b))
    return _exact_test_of(hits_a, n_a, hits_b, n_b)


@cache
def _exact_test_of(hits_a: int, n_a: int, hits_b: int, n_b: int) -> tuple[float, str]:
    """Remembered, because the looks at a rare event meet the same counts again."""
    from scipy import stats

    table = [[hits_b, hits_a], [n_b - hits_b, n_a - hits_a]]
    if max(n_a, n_b) > _LARGEST_BOSCHLOO:
        return float(stats.fisher_exact(table).pvalue), "Fisher's exact test"
    return float(stats.boschloo_exact(table).pvalue), "Boschloo's exact test"
