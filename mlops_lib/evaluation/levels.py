"""The level of one metric in one run, with its interval: one number for every table and tracker."""

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.scoring import MetricScores
from mlops_lib.evaluation.unchanged import level_with_unseen
from mlops_lib.stats import Interval, clustered_mean, level
from mlops_lib.stats.interval import UNKNOWN


def level_of(
    scores: MetricScores, cases: CaseSet, *, confidence: float = 0.95
) -> tuple[float, Interval]:
    """Mean of a metric over its cases, with its interval; NaN where nothing is scored.

    Args:
        scores: of the metric.
        cases: for their clusters.
        confidence: of the interval.
    """
    groups = {case.case_id: case.group for case in cases.cases}
    means = scores.means()
    if not means:
        return float("nan"), UNKNOWN
    clusters, values = [groups[case_id] for case_id in means], list(means.values())
    if scores.scorer.unit == "share":
        share = level(values, clusters, confidence=confidence)
        return share.estimate, level_with_unseen(share, confidence=confidence).interval
    mean = clustered_mean(values, clusters, confidence=confidence)
    return mean.estimate, mean.interval
