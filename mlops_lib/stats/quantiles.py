"""Quantiles with intervals from order statistics: no assumption about the shape of the tail."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, square_and_add, z_of
from mlops_lib.stats.means import Difference
from mlops_lib.stats.ratios import ratio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


_ROUNDING = 1e-9
"""An effective size of 99.9999999999 is 100: the last digits are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile of n observations in clusters, with its order-statistic interval."""

    estimate: float
    interval: Interval
    n: int
    clusters: int
    method: str = "order statistics, binomial ranks"


def quantile(
    values: "ArrayLike",
    probability: float,
    *,
    clusters: "ArrayLike | None" = None,
    confidence: float = CONFIDENCE,
) -> Quantile:
    """Estimate a quantile; the interval runs between two order statistics.

    The ranks are those of the exact binomial interval (as `scipy.stats.quantile_test`). With
    clusters, n is first divided by the design effect of the share of values below the quantile
    (Woodruff 1952; Deng, Knoblich and Lu 2018). A rank beyond the data gives an unknown bound.

    Args:
        values: shape (n,), finite.
        probability: of the quantile, between 0 and 1: 0.95 for P95.
        clusters: shape (n,), whole numbers from 0: the cluster of each value; None for
            independent values.
        confidence: of the two-sided interval.

    Raises:
        ValueError: for a probability outside (0, 1) or values that are not finite.

    Example:
        >>> result = quantile(range(1, 101), 0.95)
        >>> result.interval
        Interval(low=90.0, high=100.0)
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    if not 0 < probability < 1 or not np.isfinite(array).all():
        message = "need finite values and a probability between 0 and 1"
        raise ValueError(message)
    labels = np.arange(array.size) if clusters is None else np.asarray(clusters)
    if array.size == 0:
        return Quantile(estimate=math.nan, interval=UNKNOWN, n=0, clusters=0)
    estimate = float(np.quantile(array, probability))
    below = np.bincount(labels, weights=array <= estimate)
    sizes = np.bincount(labels)
    share = ratio(below, sizes)
    worth = float(array.size) if clusters is None else share.effective_size
    low, high = quantile_ranks(probability, int(array.size), worth, confidence=confidence)
    places = [rank - 1 for rank in (low, high) if 1 <= rank <= array.size]
    ordered = np.partition(array, places) if places else array
    return Quantile(
        estimate=estimate,
        interval=Interval(_at_rank(ordered, low), _at_rank(ordered, high)),
        n=int(array.size),
        clusters=share.units,
    )


def quantile_difference(a: Quantile, b: Quantile, *, confidence: float = CONFIDENCE) -> Difference:
    """Difference b - a of two quantiles by square-and-add (MOVER) of their intervals.

    Args:
        a: the baseline.
        b: the other group, independent of it.
        confidence: that of both intervals; for the standard error alone.

    Example:
        >>> a, b = quantile(range(1, 101), 0.5), quantile(range(11, 111), 0.5)
        >>> quantile_difference(a, b).estimate
        10.0
    """
    interval = square_and_add((a.estimate, a.interval), (b.estimate, b.interval))
    return _difference(
        b.estimate - a.estimate, interval, n=a.clusters + b.clusters, z=z_of(confidence)
    )


def quantile_lift(a: Quantile, b: Quantile, *, confidence: float = CONFIDENCE) -> Difference | None:
    """Relative change b / a - 1; on logarithms, on which order statistics keep their ranks.

    Args:
        a: the baseline.
        b: the other group, independent of it.
        confidence: that of both intervals; for the standard error alone.

    Returns:
        None where an estimate or a bound is not positive: a lift has no meaning there.

    Example:
        >>> a, b = quantile(range(1, 101), 0.5), quantile(range(2, 202, 2), 0.5)
        >>> round(quantile_lift(a, b).estimate, 9)
        1.0
    """
    if any(value <= 0 for side in (a, b) for value in (side.estimate, *side.interval)):
        return None
    logs = [
        (
            math.log(side.estimate),
            Interval(math.log(side.interval.low), math.log(side.interval.high)),
        )
        for side in (a, b)
    ]
    low, high = square_and_add(logs[0], logs[1])
    return _difference(
        math.expm1(logs[1][0] - logs[0][0]),
        Interval(math.expm1(low), math.expm1(high)),
        n=a.clusters + b.clusters,
        z=z_of(confidence),
    )


def _difference(estimate: float, interval: Interval, *, n: int, z: float) -> Difference:
    return Difference(
        estimate=estimate,
        interval=interval,
        pvalue=math.nan,
        n=n,
        method="order statistics by unit, square-and-add interval",
        standard_error=(interval.high - interval.low) / (2 * z),
    )


def quantile_ranks(
    probability: float, n: int, effective: float, *, confidence: float = CONFIDENCE
) -> tuple[int, int]:
    """Ranks, from 1, of the order statistics that bound a quantile; maybe beyond the data.

    Args:
        probability: of the quantile.
        n: values.
        effective: independent values that they are worth; at most n.
        confidence: of the two-sided interval.

    Example:
        >>> quantile_ranks(0.95, 100, 100.0)
        (90, 100)
    """
    from scipy import stats

    tail = (1 - confidence) / 2
    worth = max(1, math.floor(effective + _ROUNDING))
    scale = n / worth
    low = math.floor(scale * float(stats.binom.ppf(tail, worth, probability)))
    high = math.ceil(scale * float(stats.binom.isf(tail, worth, probability) + 1))
    return low, high


def _at_rank(ordered: "NDArray[np.float64]", rank: int) -> float:
    return float(ordered[rank - 1]) if 1 <= rank <= ordered.size else math.nan
