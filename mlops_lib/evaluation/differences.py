"""Paired differences: the same cases on both sides, repeats averaged, clusters respected."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.scorers.score import Good
from mlops_lib.evaluation.scoring import MetricScores
from mlops_lib.evaluation.unchanged import with_unseen
from mlops_lib.stats import Interval, paired_by_cluster


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
        interval: of the estimate, two-sided.
        standard_error: of the estimate.
        pvalue: two-sided.
        n: pairs, one per case.
        clusters: of these cases.
        identical: whether no case differs at all.
        widest: by how much one case can differ: 1 for shares, the largest amount seen for others.
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
    widest: float
    coverage: float
    one_sided: int
    method: str


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
    largest = None if baseline.scorer.unit == "share" else max(map(abs, (*before, *after)))
    difference = with_unseen(
        difference,
        pass_or_fail={*before, *after} <= {0, 1},
        confidence=confidence,
        largest=largest,
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
        widest=1.0 if largest is None else largest,
        coverage=min(baseline.coverage, candidate.coverage),
        one_sided=either - len(pairs),
        method=difference.method,
    )
