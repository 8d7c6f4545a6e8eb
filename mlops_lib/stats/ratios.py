"""Ratios of sums over independent units: a mean or a share of events that come in clusters.

Requests of one user move together, so the user is the unit. The delta method turns the moments
of the per-unit sums into the standard error of the ratio (Deng, Knoblich and Lu 2018).
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, z_of
from mlops_lib.stats.means import Difference, t_interval, unknown_difference, welch_from_moments
from mlops_lib.stats.moments import Moments, moments
from mlops_lib.stats.proportions import share_difference, wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FEWEST_UNITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Sum of numerators over sum of denominators, with what is needed to compare it.

    Attributes:
        estimate: the ratio; NaN without a denominator.
        standard_error: by the delta method; NaN with fewer than two units.
        units: independent units with a value.
        total: sum of the denominators: the events behind a mean.
        kish: what `total` events are worth if those of a unit were all alike: (sum d)^2 / sum d^2.
    """

    estimate: float
    standard_error: float
    units: int
    total: float
    kish: float

    @property
    def effective_size(self) -> float:
        """Independent events that would give a share the same standard error.

        Between Kish's size (events of a unit all alike, the only safe reading where no event was
        a success) and the number of events.
        """
        spread = self.estimate * (1 - self.estimate)
        if math.isnan(self.standard_error) or self.standard_error == 0 or spread <= 0:
            return self.kish
        return min(self.total, max(self.kish, spread / self.standard_error**2))


def ratio(numerators: "ArrayLike", denominators: "ArrayLike") -> Ratio:
    """Ratio of sums over units by the delta method.

    A unit whose denominator is 0 counts with its numerator: what was spent in vain was spent.
    Leave out units without a value (no feedback given, no request scored).

    Args:
        numerators: shape (units,), finite, one sum per unit.
        denominators: shape (units,), finite, not negative.

    Raises:
        ValueError: if the lengths differ, a value is not finite, or a denominator is negative.

    Example:
        >>> result = ratio([1, 0, 2, 3, 1, 0], [4, 3, 5, 6, 2, 4])
        >>> round(result.estimate, 4), result.units, result.total
        (0.2917, 6, 24.0)
    """
    return ratio_of(moments(numerators, denominators))


def ratio_of(each: Moments) -> Ratio:
    """Ratio of sums from the sufficient statistics of its units.

    Example:
        >>> ratio_of(moments([1, 0, 2], [2, 2, 2])).estimate
        0.5
    """
    units = each.units
    if each.total == 0:
        return Ratio(estimate=math.nan, standard_error=math.nan, units=units, total=0.0, kish=0.0)
    error = math.nan
    if units >= _FEWEST_UNITS:
        error = math.sqrt(each.residuals * units / (units - 1)) / each.total
    return Ratio(
        estimate=each.ratio,
        standard_error=error,
        units=units,
        total=each.total,
        kish=each.total**2 / each.dd,
    )


def ratio_difference(a: Ratio, b: Ratio, *, confidence: float = CONFIDENCE) -> Difference:
    """Difference of ratios b - a with Welch's t interval on the delta method's errors.

    Args:
        a: the first group.
        b: the second group, independent of the first.
        confidence: of the two-sided interval.

    Example:
        >>> a, b = ratio([1, 0, 2], [4, 3, 5]), ratio([2, 1, 3], [4, 3, 6])
        >>> round(ratio_difference(a, b).estimate, 4)
        0.2115
    """
    moments = [(each.units, each.estimate, each.standard_error**2 * each.units) for each in (a, b)]
    result = welch_from_moments(*moments, confidence=confidence)
    return _named(result, method="delta method by unit, Welch's t interval")


def clustered_share_difference(a: Ratio, b: Ratio, *, confidence: float = CONFIDENCE) -> Difference:
    """Difference b - a of two shares of clustered events; survives zero counts.

    Newcombe's interval, or the score interval where counts are small, on effective sizes: the
    size of a simple sample with the same standard error (Dean and Pagano 2015, Survey Research
    Methods 9:115, for the modified Wilson interval).

    Args:
        a: a ratio whose numerator counts part of what its denominator counts.
        b: the other group.
        confidence: of the two-sided interval.

    Example:
        >>> a, b = ratio([0] * 100, [1] * 100), ratio([1] * 5 + [0] * 95, [1] * 100)
        >>> clustered_share_difference(a, b).method
        "score interval, Boschloo's exact test"
    """
    n = a.units + b.units
    if a.total == 0 or b.total == 0:
        return unknown_difference(math.nan, n=n, method="Newcombe interval")
    result = share_difference(
        (a.estimate, a.effective_size), (b.estimate, b.effective_size), n=n, confidence=confidence
    )
    clustered = max(a.total / a.units, b.total / b.units) > 1
    suffix = ", on sizes corrected for clusters (delta method)" if clustered else ""
    return _named(result, method=result.method + suffix)


def share_interval(share: Ratio, *, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval of a share of clustered events, on its effective size.

    Example:
        >>> round(share_interval(ratio([0] * 30, [1] * 30)).high, 4)
        0.1135
    """
    if share.total == 0:
        return UNKNOWN
    return wilson(share.estimate, share.effective_size, confidence=confidence)


def lift(a: Ratio, b: Ratio, *, confidence: float = CONFIDENCE) -> Difference | None:
    """Relative change b / a - 1 with its interval by the delta method.

    None where the baseline is not positive: a lift has no meaning there. A baseline that is
    positive but not clearly so gives a lift without an interval.

    Args:
        a: the baseline.
        b: the other group.
        confidence: of the two-sided interval.

    Example:
        >>> result = lift(ratio([1, 2, 3], [2, 2, 2]), ratio([2, 4, 6], [2, 2, 2]))
        >>> result.estimate
        1.0
        >>> lift(ratio([0, 0], [1, 1]), ratio([1, 1], [1, 1])) is None
        True
    """
    if not a.estimate > 0:
        return None
    share_a = (b.estimate * a.standard_error / a.estimate**2) ** 2
    share_b = (b.standard_error / a.estimate) ** 2
    estimate, n, method = b.estimate / a.estimate - 1, a.units + b.units, "delta method"
    error = math.sqrt(share_a + share_b)
    near_zero = a.estimate < z_of(confidence) * a.standard_error
    if math.isnan(error) or error == 0 or near_zero:
        return unknown_difference(estimate, n=n, method=method)
    freedom = error**4 / (share_a**2 / (a.units - 1) + share_b**2 / (b.units - 1))
    return Difference(
        estimate=estimate,
        interval=t_interval(estimate, error, freedom, confidence),
        pvalue=math.nan,
        n=n,
        method=method,
        standard_error=error,
        degrees_of_freedom=freedom,
    )


def _named(result: Difference, *, method: str) -> Difference:
    from dataclasses import replace

    return replace(result, method=method)
