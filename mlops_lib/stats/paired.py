"""Paired comparisons: the same cases seen by both sides."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, z_of
from mlops_lib.stats.means import Difference, mean
from mlops_lib.stats.proportions import wilson
from mlops_lib.stats.tails import log10_two_sided_pvalue, two_sided_pvalue

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """P-values for two paired yes-or-no scores, from the discordant pairs alone."""

    first_only: int
    second_only: int
    exact: float
    mid_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedBinary:
    """Difference of two paired proportions, second minus first."""

    estimate: float
    interval: Interval
    pvalue: float
    n: int
    first_only: int
    second_only: int
    method: str = "Newcombe paired interval, McNemar mid-p"


def paired_difference(
    a: "ArrayLike", b: "ArrayLike", *, confidence: float = CONFIDENCE
) -> Difference:
    """Mean of b - a over the same units, with Student's interval of the differences.

    Args:
        a: shape (n,), finite, one value per unit.
        b: shape (n,), finite, the same units in the same order.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the lengths differ or a value is not finite.

    Example:
        >>> result = paired_difference([0.5, 0.6, 0.7], [0.6, 0.8, 0.8])
        >>> round(result.estimate, 4), result.n
        (0.1333, 3)
    """
    import numpy as np

    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.shape != second.shape:
        message = f"paired values must have one shape, not {first.shape} and {second.shape}"
        raise ValueError(message)
    result = mean(second - first, confidence=confidence)
    spread = result.standard_error
    if math.isnan(spread) or spread == 0:
        interval, pvalue, exponent = UNKNOWN, math.nan, math.nan
    else:
        interval, statistic = result.interval, result.estimate / spread
        pvalue = two_sided_pvalue(statistic, result.n - 1)
        exponent = log10_two_sided_pvalue(statistic, result.n - 1)
    return Difference(
        estimate=result.estimate,
        interval=interval,
        pvalue=pvalue,
        n=result.n,
        method="paired t interval",
        standard_error=spread,
        degrees_of_freedom=result.n - 1,
        log10_pvalue=exponent,
    )


def mcnemar(first_only: int, second_only: int) -> McNemar:
    """Exact and mid-p McNemar test (Fagerland, Lydersen and Laake 2013).

    Args:
        first_only: pairs in which only the first side succeeded.
        second_only: pairs in which only the second side succeeded.

    Raises:
        ValueError: if a count is negative.

    Example:
        >>> result = mcnemar(1, 7)
        >>> result.exact, round(result.mid_p, 7)
        (0.0703125, 0.0390625)
    """
    from scipy import stats

    if min(first_only, second_only) < 0:
        message = f"counts must not be negative: {first_only}, {second_only}"
        raise ValueError(message)
    total, fewer = first_only + second_only, min(first_only, second_only)
    if total == 0:
        return McNemar(first_only=0, second_only=0, exact=1.0, mid_p=1.0)
    exact = min(1.0, 2 * float(stats.binom.cdf(fewer, total, 0.5)))
    at_fewer = float(stats.binom.pmf(fewer, total, 0.5))
    tied = first_only == second_only
    mid_p = 1 - at_fewer / 2 if tied else exact - at_fewer
    return McNemar(first_only=first_only, second_only=second_only, exact=exact, mid_p=mid_p)


def paired_binary(
    both: int, first_only: int, second_only: int, neither: int, *, confidence: float = CONFIDENCE
) -> PairedBinary:
    """Difference of paired proportions, second minus first (Newcombe 1998 paired, method 10).

    The interval is never of width zero, even when every pair agrees.

    Args:
        both: pairs in which both sides succeeded.
        first_only: pairs in which only the first side succeeded.
        second_only: pairs in which only the second side succeeded.
        neither: pairs in which both failed.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if a count is negative.

    Example:
        >>> result = paired_binary(36, 2, 12, 0)
        >>> round(result.estimate, 2), [round(bound, 4) for bound in result.interval]
        (0.2, [0.0569, 0.3404])
    """
    test = mcnemar(first_only, second_only)
    if min(both, neither) < 0:
        message = f"counts must not be negative: {both}, {neither}"
        raise ValueError(message)
    n = both + first_only + second_only + neither
    if n == 0:
        estimate, interval = math.nan, UNKNOWN
    else:
        estimate = (second_only - first_only) / n
        interval = _newcombe_paired((both, first_only, second_only, neither), confidence)
    return PairedBinary(
        estimate=estimate,
        interval=interval,
        pvalue=test.mid_p if n else math.nan,
        n=n,
        first_only=first_only,
        second_only=second_only,
    )


def tango_interval(
    n: int, first_only: int, second_only: int, *, confidence: float = CONFIDENCE
) -> Interval:
    """Score interval of the difference of paired proportions, second minus first (Tango 1998).

    It holds its confidence at small counts as Newcombe's does, and inverts a test; the bounds are
    found by bisection. Statistics in Medicine 17:891.

    Args:
        n: pairs.
        first_only: pairs in which only the first side succeeded.
        second_only: pairs in which only the second side succeeded.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if a count is negative, there are no pairs, or more differ than there are.

    Example:
        >>> [round(bound, 4) for bound in tango_interval(50, 2, 12)]
        [0.0611, 0.3447]
    """
    from scipy import optimize

    if min(first_only, second_only) < 0 or not 0 < first_only + second_only + n <= 2 * n:
        message = f"need 0 <= first_only + second_only <= n, not {first_only}, {second_only} of {n}"
        raise ValueError(message)
    estimate, z = (second_only - first_only) / n, z_of(confidence)

    def excess(difference: float, sign: float) -> float:
        return sign * _tango_score(n, first_only, second_only, difference) - z

    edge = 1 - 1e-9  # the score is not defined at a difference of 1
    low = -1.0 if estimate <= -edge else optimize.brentq(excess, -edge, estimate, args=(1.0,))
    high = 1.0 if estimate >= edge else optimize.brentq(excess, estimate, edge, args=(-1.0,))
    return Interval(float(low), float(high))


def _tango_score(n: int, first_only: int, second_only: int, difference: float) -> float:
    """How many standard errors the observed difference lies above a supposed one."""
    b, c = second_only, first_only
    linear = -b - c + (2 * n - b + c) * difference
    constant = -c * difference * (1 - difference)
    share = (math.sqrt(max(0.0, linear**2 - 8 * n * constant)) - linear) / (4 * n)
    variance = n * (2 * share + difference * (1 - difference))
    gap = b - c - n * difference
    if variance > 0:
        return gap / math.sqrt(variance)
    return math.copysign(math.inf, gap) if gap else 0.0


def _newcombe_paired(table: tuple[int, int, int, int], confidence: float) -> Interval:
    """Newcombe (1998), Statistics in Medicine 17:2635, method 10, with corrected phi."""
    both, first_only, second_only, _ = table
    n = sum(table)
    first, second = (both + first_only) / n, (both + second_only) / n
    first_low, first_high = wilson(first, n, confidence=confidence)
    second_low, second_high = wilson(second, n, confidence=confidence)
    phi = _phi(table)
    difference = second - first

    def half(up: float, down: float) -> float:
        return math.sqrt(max(0.0, up * up - 2 * phi * up * down + down * down))

    return Interval(
        difference - half(second - second_low, first_high - first),
        difference + half(second_high - second, first - first_low),
    )


def _phi(table: tuple[int, int, int, int]) -> float:
    both, first_only, second_only, neither = table
    n = sum(table)
    margins = (
        (both + first_only)
        * (second_only + neither)
        * (both + second_only)
        * (first_only + neither)
    )
    if margins == 0:
        return 0.0
    product = both * neither - first_only * second_only
    if product > 0:
        return max(product - n / 2, 0) / math.sqrt(margins)
    return product / math.sqrt(margins)
