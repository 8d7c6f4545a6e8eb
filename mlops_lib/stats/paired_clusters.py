"""Paired differences whose cases may share a cluster: a document, a user, a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.clusters import ClusteredMean, clustered_mean
from mlops_lib.stats.interval import Interval
from mlops_lib.stats.means import mean
from mlops_lib.stats.paired import paired_binary
from mlops_lib.stats.tails import two_sided_pvalue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED = 20260501
"""Of the random sign flips, so that the same scores give the same p-value."""

ROUNDING = 1e-12
"""A difference below this comes from averaging equal scores over unequal numbers of repeats."""

EXACT_UP_TO = 12
"""Clusters whose 2 ** 12 sign patterns are all tried; above, patterns are drawn."""

DRAWS = 9_999
"""Sign patterns drawn; the smallest p-value is then 1 / 10,000 (Phipson and Smyth 2010)."""

MANY_CLUSTERS = 300
"""With more clusters that differ, Student's p-value is as good and needs no draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredDifference:
    """Mean of paired differences with what the clusters allow to say about it."""

    estimate: float
    interval: Interval
    standard_error: float
    pvalue: float
    n: int
    clusters: int
    identical: bool
    method: str = "cluster-robust t interval of the case means, sign-flip test over clusters"


def paired_by_cluster(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[str],
    *,
    confidence: float = 0.95,
) -> ClusteredDifference:
    """Mean of after - before, with an interval and a p-value that respect clusters.

    Yes-or-no scores of cases that stand alone get Newcombe's paired interval and McNemar's mid-p
    test. For anything else the interval is cluster-robust (CR1, Student with G - 1 degrees of
    freedom) and the p-value flips the sign of whole clusters, which is exact however few cases
    differ. Where no case differs the difference is exactly 0, not unknown.

    Args:
        before: shape (n,), one value per case.
        after: shape (n,), the same cases in the same order.
        clusters: shape (n,), the cluster of each case.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the lengths differ, a value is not finite, or there are none.

    Example:
        >>> result = paired_by_cluster([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0], list("abcdef"))
        >>> round(result.estimate, 3), round(result.pvalue, 6)
        (-0.833, 0.03125)
    """
    import numpy as np

    differences = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    differences[np.abs(differences) < ROUNDING] = 0.0
    labels, index = np.unique(np.asarray(clusters), return_inverse=True)
    clustered = clustered_mean(differences, index, confidence=confidence)
    error, interval = _error_and_interval(differences, clustered, confidence)
    alone = len(labels) == len(differences)
    if alone and differences.any() and {*before, *after} <= {0, 1}:
        return _yes_or_no(before, after, error, confidence)
    sums = np.bincount(index, weights=differences).astype(float)
    return ClusteredDifference(
        estimate=clustered.estimate,
        interval=interval,
        standard_error=error,
        pvalue=sign_flip_pvalue(sums, error * len(differences)),
        n=len(differences),
        clusters=len(labels),
        identical=not differences.any(),
    )


def _yes_or_no(
    before: Sequence[float], after: Sequence[float], error: float, confidence: float
) -> ClusteredDifference:
    """Newcombe's interval and McNemar's mid-p, which small counts do not mislead."""
    pairs = [(bool(first), bool(second)) for first, second in zip(before, after, strict=True)]
    counts = [
        pairs.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))
    ]
    both, first_only, second_only, neither = counts
    binary = paired_binary(both, first_only, second_only, neither, confidence=confidence)
    return ClusteredDifference(
        estimate=binary.estimate,
        interval=binary.interval,
        standard_error=error,
        pvalue=binary.pvalue,
        n=len(pairs),
        clusters=len(pairs),
        identical=False,
        method=binary.method,
    )


def _error_and_interval(
    differences: "NDArray[np.float64]", clustered: ClusteredMean, confidence: float
) -> tuple[float, Interval]:
    """Cluster-robust, but for two degenerate cases: no spread at all, and none between clusters."""
    if clustered.standard_error != 0:
        return clustered.standard_error, clustered.interval
    if differences.min() == differences.max():
        return 0.0, Interval(clustered.estimate, clustered.estimate)
    alone = mean(differences, confidence=confidence)
    return alone.standard_error, alone.interval


_SMALLEST_POWER = 1_000
"""Of 1/2, that a float still tells from 0."""


def sign_flip_pvalue(
    sums: "NDArray[np.float64]", standard_error: float, *, draws: int = DRAWS
) -> float:
    """Two-sided p-value of the sum of cluster sums under random signs (Fisher 1935).

    If baseline and candidate are equally good, swapping them within a cluster changes nothing,
    so each cluster's sum is as likely to have the other sign.

    Args:
        sums: shape (clusters,), the summed differences of each cluster.
        standard_error: of their total, for the many-clusters case.
        draws: sign patterns to draw where there are too many to try them all.

    Example:
        >>> import numpy as np
        >>> sign_flip_pvalue(np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0]), 1.0)
        0.0625
    """
    import numpy as np

    moving = sums[sums != 0]
    total, count = abs(float(moving.sum())), int(moving.size)
    if count > MANY_CLUSTERS and not standard_error:
        # All sums are equal: no other pattern than theirs and its mirror reaches the total.
        return float(2.0 ** (1 - min(count, _SMALLEST_POWER)))
    if count > MANY_CLUSTERS:
        return two_sided_pvalue(total / standard_error, len(sums) - 1)
    # Ties with the observed total count; sums of scores tie only up to rounding.
    reach = total - 1e-9 * max(1.0, float(np.abs(moving).sum()))
    if count <= EXACT_UP_TO:
        bits = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
        return float(np.mean(np.abs((2.0 * bits - 1.0) @ moving) >= reach))
    signs = np.random.default_rng(SEED).integers(0, 2, size=(draws, count)) * 2.0 - 1.0
    return float((1 + np.count_nonzero(np.abs(signs @ moving) >= reach)) / (draws + 1))
