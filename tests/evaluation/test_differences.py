"""Paired differences agree with outside values and obey their laws."""

from collections.abc import Callable

import pytest

from mlops_lib.evaluation import CaseSet, Run, read_settings
from mlops_lib.evaluation.differences import paired_metric
from mlops_lib.evaluation.scorers import SCORERS, Evidence
from mlops_lib.evaluation.scoring import MetricScores, score_run


@pytest.fixture
def forms() -> Callable[[Run, CaseSet], MetricScores]:
    """Score the format of a run: 1 for text, 0 for none."""
    evidence = Evidence(sections=None, scoring=read_settings().scoring)

    def scored(run: Run, cases: CaseSet) -> MetricScores:
        return score_run(run, cases, evidence, scorers={"format": SCORERS["format"]}).metrics[
            "format"
        ]

    return scored


def test_repeats_do_not_narrow_the_interval(
    case_set: Callable[..., CaseSet],
    run_of: Callable[..., Run],
    forms: Callable[[Run, CaseSet], MetricScores],
) -> None:
    cases = case_set(30)
    before = [["x"]] * 30
    after = [["x"]] * 24 + [[""]] * 6
    widths = []
    for repeats in (1, 5):
        first, second = (
            forms(run_of(cases, [t * repeats for t in side]), cases) for side in (before, after)
        )
        metric = paired_metric(first, second, cases.cases)
        assert metric is not None
        assert metric.n == 30
        widths.append(metric.interval)
    assert widths[0] == pytest.approx(widths[1])


def test_only_cases_scored_on_both_sides_are_paired(
    case_set: Callable[..., CaseSet],
    run_of: Callable[..., Run],
    forms: Callable[[Run, CaseSet], MetricScores],
) -> None:
    cases = case_set(4)
    before = run_of(cases, [["x"], ["x"], [None], ["x"]])
    after = run_of(cases, [["x"], [""], [""], [None]])
    metric = paired_metric(forms(before, cases), forms(after, cases), cases.cases)
    assert metric is not None
    assert (metric.n, metric.one_sided, metric.coverage) == (2, 2, 0.75)
    assert (metric.baseline, metric.candidate, metric.estimate) == (1.0, 0.5, -0.5)
