"""Means of clustered observations: repeats of a case, requests of a user, cases of a document."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval
from mlops_lib.stats.means import t_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FEWEST_CLUSTERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredMean:
    """A mean whose standard error respects that values of one cluster move together."""

    estimate: float
    interval: Interval
    standard_error: float
    n: int
    clusters: int
    design_effect: float
    method: str = "cluster-robust t interval (CR1)"


def clustered_mean(
    values: "ArrayLike", clusters: "ArrayLike", *, confidence: float = CONFIDENCE
) -> ClusteredMean:
    """Mean with a cluster-robust standard error (CR1; Liang and Zeger 1986, Miller 2024).

    The variance is the sum over clusters of squared summed residuals over n squared, times
    G / (G - 1); the interval is Student's with G - 1 degrees of freedom. One cluster says
    nothing about the spread between clusters: its interval is unknown.

    Args:
        values: shape (n,), finite.
        clusters: shape (n,), the label of each value's cluster.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the lengths differ, a value is not finite, or there are none.

    Example:
        >>> result = clustered_mean([1, 1, 0, 0], ["a", "a", "b", "b"])
        >>> result.estimate, result.clusters, round(result.standard_error, 4)
        (0.5, 2, 0.5)
    """
    import numpy as np

    array, labels = np.asarray(values, dtype=float), np.asarray(clusters)
    if array.size == 0 or array.shape != labels.shape or not np.isfinite(array).all():
        message = "values must be finite, at least one, and as many as cluster labels"
        raise ValueError(message)
    estimate, n = float(np.mean(array)), int(array.size)
    _, index = np.unique(labels, return_inverse=True)
    sums = np.bincount(index.ravel(), weights=array - estimate)
    groups = int(sums.size)
    if groups < _FEWEST_CLUSTERS:
        return ClusteredMean(
            estimate=estimate,
            interval=UNKNOWN,
            standard_error=math.nan,
            n=n,
            clusters=groups,
            design_effect=math.nan,
        )
    error = float(np.sqrt(np.sum(sums**2) * groups / (groups - 1)) / n)
    naive = float(np.var(array, ddof=1) / n)
    return ClusteredMean(
        estimate=estimate,
        interval=t_interval(estimate, error, groups - 1, confidence) if error > 0 else UNKNOWN,
        standard_error=error,
        n=n,
        clusters=groups,
        design_effect=error**2 / naive if naive > 0 else math.nan,
    )
