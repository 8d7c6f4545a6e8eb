"""Paired differences: the same cases on both sides, repeats averaged, clusters respected."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.scorers.score import Good
from mlops_lib.evaluation.scoring import MetricScores
from mlops_lib.stats import ClusteredMean, Interval, clustered_mean, mean
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
class PairedMetric:
    """One metric on both sides, over the cases that both have scored.

    Attributes:
        name: of the metric.
        meaning: in words.
        unit: of a value.
        good: which direction is better.
        baseline: mean over the pairs.
        candidate: mean over the pairs.
        estimate: candidate minus baseline.
        interval: of the estimate, two-sided, cluster-robust.
        standard_error: of the estimate.
        pvalue: two-sided, from flipping the sign of whole clusters.
        n: pairs, one per case.
        clusters: of these cases.
        identical: whether no case differs at all.
        coverage: the smaller of both sides' scored shares.
        one_sided: cases that only one side has scored.
        method: of interval and p-value.
    """

    name: str
    meaning: str
    unit: str
    good: Good
    baseline: float
    candidate: float
    estimate: float
    interval: Interval
    standard_error: float
    pvalue: float
    n: int
    clusters: int
    identical: bool
    coverage: float
    one_sided: int
    method: str = "cluster-robust t interval of the case means, sign-flip test over clusters"


def paired_metric(
    baseline: MetricScores,
    candidate: MetricScores,
    cases: Sequence[Case],
    *,
    confidence: float = 0.95,
) -> PairedMetric | None:
    """Compare one metric on the cases that both sides have scored.

    Args:
        baseline: its scores.
        candidate: its scores.
        cases: those to compare; their clusters are respected.
        confidence: of the two-sided interval.

    Returns:
        None when no case is scored on both sides.
    """
    first, second = baseline.means(), candidate.means()
    pairs = [case for case in cases if case.case_id in first and case.case_id in second]
    if not pairs:
        return None
    before = [first[case.case_id] for case in pairs]
    after = [second[case.case_id] for case in pairs]
    difference = paired_by_cluster(
        before, after, [case.group for case in pairs], confidence=confidence
    )
    either = sum(case.case_id in first or case.case_id in second for case in cases)
    scorer = baseline.scorer
    return PairedMetric(
        name=scorer.name,
        meaning=scorer.meaning,
        unit=scorer.unit,
        good=scorer.good,
        baseline=math.fsum(before) / len(pairs),
        candidate=math.fsum(after) / len(pairs),
        estimate=difference.estimate,
        interval=difference.interval,
        standard_error=difference.standard_error,
        pvalue=difference.pvalue,
        n=len(pairs),
        clusters=difference.clusters,
        identical=difference.identical,
        coverage=min(baseline.coverage, candidate.coverage),
        one_sided=either - len(pairs),
    )


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


def paired_by_cluster(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[str],
    *,
    confidence: float = 0.95,
) -> ClusteredDifference:
    """Mean of after - before, with an interval and a p-value that respect clusters.

    The interval is cluster-robust (CR1, Student with G - 1 degrees of freedom). The p-value
    flips the sign of whole clusters, which is exact however few cases differ; with one case per
    cluster and yes-or-no scores it is McNemar's exact test. Where no case differs the
    difference is exactly 0, not unknown.

    Args:
        before: shape (n,), one value per case.
        after: shape (n,), the same cases in the same order.
        clusters: shape (n,), the cluster of each case.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the lengths differ, a value is not finite, or there are none.

    Example:
        >>> result = paired_by_cluster([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0], list("abcdef"))
        >>> round(result.estimate, 3), result.pvalue
        (-0.833, 0.0625)
    """
    import numpy as np

    differences = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    differences[np.abs(differences) < ROUNDING] = 0.0
    labels, index = np.unique(np.asarray(clusters), return_inverse=True)
    clustered = clustered_mean(differences, index, confidence=confidence)
    error, interval = _error_and_interval(differences, clustered, confidence)
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
    if count > MANY_CLUSTERS:
        return two_sided_pvalue(total / standard_error, len(sums) - 1)
    # Ties with the observed total count; sums of scores tie only up to rounding.
    reach = total - 1e-9 * max(1.0, float(np.abs(moving).sum()))
    if count <= EXACT_UP_TO:
        bits = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
        return float(np.mean(np.abs((2.0 * bits - 1.0) @ moving) >= reach))
    signs = np.random.default_rng(SEED).integers(0, 2, size=(draws, count)) * 2.0 - 1.0
    return float((1 + np.count_nonzero(np.abs(signs @ moving) >= reach)) / (draws + 1))
