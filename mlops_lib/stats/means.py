"""Means and differences of means, with Student's and Welch's intervals."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval
from mlops_lib.stats.tails import log10_two_sided_pvalue, two_sided_pvalue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

_FEWEST_FOR_SPREAD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """An average of n observations with Student's interval."""

    estimate: float
    interval: Interval
    standard_error: float
    n: int
    method: str = "Student's t interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference, second minus first, with interval, p-value and the n behind it.

    `log10_pvalue` stays finite where `pvalue` is too small for a float.
    """

    estimate: float
    interval: Interval
    pvalue: float
    n: int
    method: str
    standard_error: float = math.nan
    degrees_of_freedom: float = math.nan
    log10_pvalue: float = math.nan


def mean(values: "ArrayLike", *, confidence: float = CONFIDENCE) -> Mean:
    """Estimate a mean with Student's t interval (n - 1 degrees of freedom).

    Args:
        values: shape (n,), finite; drop missing values before, and say so.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if a value is not finite.

    Example:
        >>> result = mean([1.0, 2.0, 3.0, 4.0])
        >>> result.estimate, [round(bound, 3) for bound in result.interval]
        (2.5, [0.446, 4.554])
    """
    import numpy as np

    array = _finite(values)
    if array.size == 0:
        return Mean(estimate=math.nan, interval=UNKNOWN, standard_error=math.nan, n=0)
    estimate = float(np.mean(array))
    if array.size < _FEWEST_FOR_SPREAD:
        return Mean(estimate=estimate, interval=UNKNOWN, standard_error=math.nan, n=1)
    error = float(np.std(array, ddof=1) / math.sqrt(array.size))
    return Mean(
        estimate=estimate,
        interval=t_interval(estimate, error, array.size - 1, confidence),
        standard_error=error,
        n=int(array.size),
    )


def welch_difference(
    a: "ArrayLike", b: "ArrayLike", *, confidence: float = CONFIDENCE
) -> Difference:
    """Difference of means b - a without assuming equal variances (Welch 1947).

    Args:
        a: shape (n_a,), finite.
        b: shape (n_b,), finite.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if a value is not finite.

    Example:
        >>> result = welch_difference([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
        >>> result.estimate, round(result.pvalue, 3)
        (2.0, 0.221)
    """
    import numpy as np

    first, second = _finite(a), _finite(b)
    moments = [
        (
            array.size,
            float(np.mean(array)) if array.size else math.nan,
            float(np.var(array, ddof=1)) if array.size >= _FEWEST_FOR_SPREAD else math.nan,
        )
        for array in (first, second)
    ]
    return welch_from_moments(*moments, confidence=confidence)


def welch_from_moments(
    a: tuple[int, float, float],
    b: tuple[int, float, float],
    *,
    confidence: float = CONFIDENCE,
) -> Difference:
    """Welch's difference b - a from (n, mean, sample variance) of each group.

    Two groups without any spread give their difference with an unknown p-value: no spread is
    not certainty.

    Example:
        >>> result = welch_from_moments((100, 1.0, 4.0), (100, 2.0, 9.0))
        >>> round(result.standard_error, 4), round(result.degrees_of_freedom, 1)
        (0.3606, 172.5)
    """
    (n_a, mean_a, variance_a), (n_b, mean_b, variance_b) = a, b
    method = "Welch's t interval"
    if min(n_a, n_b) < _FEWEST_FOR_SPREAD:
        return unknown_difference(mean_b - mean_a, n=n_a + n_b, method=method)
    share_a, share_b = variance_a / n_a, variance_b / n_b
    error = math.sqrt(share_a + share_b)
    if error == 0:
        return unknown_difference(mean_b - mean_a, n=n_a + n_b, method=method)
    freedom = (share_a + share_b) ** 2 / (share_a**2 / (n_a - 1) + share_b**2 / (n_b - 1))
    estimate = mean_b - mean_a
    statistic = estimate / error
    return Difference(
        estimate=estimate,
        interval=t_interval(estimate, error, freedom, confidence),
        pvalue=two_sided_pvalue(statistic, freedom),
        n=n_a + n_b,
        method=method,
        standard_error=error,
        degrees_of_freedom=freedom,
        log10_pvalue=log10_two_sided_pvalue(statistic, freedom),
    )


def unknown_difference(estimate: float, *, n: int, method: str) -> Difference:
    """A difference about whose spread the data say nothing: no interval and no p-value."""
    return Difference(estimate=estimate, interval=UNKNOWN, pvalue=math.nan, n=n, method=method)


def t_interval(
    estimate: float, standard_error: float, degrees_of_freedom: float, confidence: float
) -> Interval:
    """Student's interval around an estimate."""
    from scipy import stats

    half = float(stats.t.ppf(0.5 + confidence / 2, degrees_of_freedom)) * standard_error
    return Interval(estimate - half, estimate + half)


def _finite(values: "ArrayLike") -> "NDArray[np.float64]":
    import numpy as np

    array = np.asarray(values, dtype=float).ravel()
    if not np.isfinite(array).all():
        message = "values must be finite: drop missing values before, and report how many"
        raise ValueError(message)
    return array
