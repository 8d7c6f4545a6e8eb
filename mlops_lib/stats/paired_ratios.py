"""Ratios of sums over pairs: each pair has a numerator and a divisor on both sides."""

import math
from dataclasses import dataclass

from mlops_lib.stats.interval import CONFIDENCE, z_of
from mlops_lib.stats.means import Difference, t_interval, unknown_difference
from mlops_lib.stats.moments import Moments
from mlops_lib.stats.tails import log10_two_sided_pvalue, two_sided_pvalue

_FEWEST_PAIRS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMoments:
    """Moments of both sides of the same pairs, and the sums of products between the sides.

    Attributes:
        first: of the first side.
        second: of the second side.
        ee: sum of the products of both residuals e.
        ed: sum of the first e with the second divisor.
        de: sum of the first divisor with the second e.
        dd: sum of the products of both divisors.
    """

    first: Moments
    second: Moments
    ee: float
    ed: float
    de: float
    dd: float

    @property
    def pairs(self) -> int:
        """How many."""
        return self.first.units

    @property
    def errors(self) -> tuple[float, float, float]:
        """Variances of both ratios and their covariance, by the delta method; needs two pairs."""
        a, b, scale = self.first, self.second, self.pairs / (self.pairs - 1)
        shared = self.ee - b.offset * self.ed - a.offset * self.de + a.offset * b.offset * self.dd
        return (
            a.residuals * scale / a.total**2,
            b.residuals * scale / b.total**2,
            shared * scale / (a.total * b.total),
        )


def paired_ratio_difference(each: PairedMoments, *, confidence: float = CONFIDENCE) -> Difference:
    """Difference of two ratios over the same pairs, second minus first, by the delta method.

    With all divisors 1 it is the paired t interval. The covariance of the sides is what a pair
    saves over two separate groups.

    Args:
        each: moments of the pairs.
        confidence: of the two-sided interval.

    Example:
        >>> from mlops_lib.stats.moments import moments
        >>> a, b = moments([1.0, 2.0, 3.0], [1, 1, 1]), moments([2.0, 3.5, 3.5], [1, 1, 1])
        >>> both = PairedMoments(first=a, second=b, ee=1.5, ed=0.0, de=0.0, dd=3.0)
        >>> round(paired_ratio_difference(both).estimate, 3)
        1.0
    """
    method = "delta method on pairs, t interval"
    if each.pairs < _FEWEST_PAIRS or 0 in {each.first.total, each.second.total}:
        return unknown_difference(math.nan, n=each.pairs, method=method)
    before, after, shared = each.errors
    estimate = each.second.ratio - each.first.ratio
    error = math.sqrt(max(0.0, before + after - 2 * shared))
    if error == 0:
        return unknown_difference(estimate, n=each.pairs, method=method)
    freedom = each.pairs - 1
    return Difference(
        estimate=estimate,
        interval=t_interval(estimate, error, freedom, confidence),
        pvalue=two_sided_pvalue(estimate / error, freedom),
        n=each.pairs,
        method=method,
        standard_error=error,
        degrees_of_freedom=freedom,
        log10_pvalue=log10_two_sided_pvalue(estimate / error, freedom),
    )


def paired_lift(each: PairedMoments, *, confidence: float = CONFIDENCE) -> Difference | None:
    """Relative change second / first - 1 over the same pairs, by the delta method.

    Args:
        each: moments of the pairs.
        confidence: of the two-sided interval.

    Returns:
        None where the first ratio is not positive; without an interval where it is not clearly so.

    Example:
        >>> from mlops_lib.stats.moments import moments
        >>> a, b = moments([1.0, 2.0, 3.0], [1, 1, 1]), moments([2.0, 3.5, 3.5], [1, 1, 1])
        >>> both = PairedMoments(first=a, second=b, ee=1.5, ed=0.0, de=0.0, dd=3.0)
        >>> round(paired_lift(both).estimate, 3)
        0.5
    """
    method = "delta method on pairs"
    if each.pairs < _FEWEST_PAIRS or not each.first.ratio > 0 or each.second.total == 0:
        return None
    before, after, shared = each.errors
    level, factor = each.first.ratio, each.second.ratio / each.first.ratio
    error = math.sqrt(max(0.0, after + factor**2 * before - 2 * factor * shared)) / level
    if error == 0 or level < z_of(confidence) * math.sqrt(before):
        return unknown_difference(factor - 1, n=each.pairs, method=method)
    return Difference(
        estimate=factor - 1,
        interval=t_interval(factor - 1, error, each.pairs - 1, confidence),
        pvalue=math.nan,
        n=each.pairs,
        method=method,
        standard_error=error,
        degrees_of_freedom=each.pairs - 1,
    )
