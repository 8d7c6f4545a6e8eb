"""Slices: the same comparison for each kind and tag; shown, not judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_lib.evaluation.cases import CaseSet, labels
from mlops_lib.evaluation.differences import PairedMetric, paired_metric
from mlops_lib.evaluation.scoring import ScoredRun

SMALLEST_SLICE = 8
"""Cases below which an average of a slice says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One part of the cases with its paired metrics.

    Attributes:
        label: the kind or tag, or `critical`.
        cases: how many carry it.
        metrics: by name; a metric that no pair of the slice measures is left out.
    """

    label: str
    cases: int
    metrics: Mapping[str, PairedMetric]


def slice_metrics(
    baseline: ScoredRun, candidate: ScoredRun, cases: CaseSet, names: tuple[str, ...]
) -> tuple[Slice, ...]:
    """Compare each slice that is large enough, largest first.

    Args:
        baseline: its scores.
        candidate: its scores.
        cases: to cut by their kinds and tags.
        names: of the metrics to compare.
    """
    members = {
        label: [case for case in cases.cases if label in labels(case)]
        for label in sorted({label for case in cases.cases for label in labels(case)})
    }
    found = []
    for label, part in members.items():
        if len(part) < SMALLEST_SLICE:
            continue
        paired = {
            name: paired_metric(baseline.metrics[name], candidate.metrics[name], part)
            for name in names
        }
        metrics = {name: metric for name, metric in paired.items() if metric is not None}
        if metrics:
            found.append(Slice(label=label, cases=len(part), metrics=metrics))
    return tuple(sorted(found, key=lambda part: (-part.cases, part.label)))
