"""The level of one side: the mean over cases with an interval that survives a clean suite."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.stats.clusters import clustered_mean
from mlops_lib.stats.interval import UNKNOWN, Interval
from mlops_lib.stats.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The mean of scores between 0 and 1 over n cases.

    Attributes:
        estimate: mean of the case means.
        interval: two-sided.
        n: cases.
        is_clean: whether every case scores exactly 1.
        method: of the interval.
    """

    estimate: float
    interval: Interval
    n: int
    is_clean: bool
    method: str


def level(values: Sequence[float], clusters: Sequence[str], *, confidence: float = 0.95) -> Level:
    """Estimate the mean of case means between 0 and 1.

    - All cases 1: the exact lower bound (1 - confidence) ** (1 / n) of a suite without a
      failure (the exact form of the rule of three). 299 clean cases reach 99 %.
    - Pass or fail: Wilson's interval at the effective number of cases, n over the design effect
      of the clusters (Korn and Graubard 1998; Franco et al. 2019).
    - Anything else: the cluster-robust t interval, cut to [0, 1].

    Args:
        values: shape (n,), the mean of each case over its repeats, between 0 and 1.
        clusters: shape (n,), the cluster of each case.
        confidence: of the interval.

    Raises:
        ValueError: if there are no values, or one lies outside [0, 1].

    Example:
        >>> level([1.0] * 299, [str(i) for i in range(299)]).interval.low > 0.99
        True
    """
    n = len(values)
    if not n or not all(0 <= value <= 1 for value in values):
        message = "values must lie between 0 and 1, and there must be at least one"
        raise ValueError(message)
    if all(value == 1 for value in values):
        return Level(
            estimate=1.0,
            interval=Interval((1 - confidence) ** (1 / n), 1.0),
            n=n,
            is_clean=True,
            method="exact bound of a suite without a failure",
        )
    mean = clustered_mean(values, clusters, confidence=confidence)
    if set(values) <= {0.0, 1.0}:
        design = 1.0 if math.isnan(mean.design_effect) else max(1.0, mean.design_effect)
        interval = wilson(mean.estimate, n / design, confidence=confidence)
        method = "Wilson score interval at the effective number of cases"
    else:
        interval = _within_unit(mean.interval)
        method = mean.method
    return Level(estimate=mean.estimate, interval=interval, n=n, is_clean=False, method=method)


def _within_unit(interval: Interval) -> Interval:
    if not interval.is_known:
        return UNKNOWN
    return Interval(max(0.0, interval.low), min(1.0, interval.high))
