"""Cases that changed: which got better, which got worse, and what both sides said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlops_lib.evaluation.cases import Case, CaseSet
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers import Score
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Gate, Rule

SMALLEST_CHANGE = 0.05
"""Average change of a case's scores below which repeats of one version differ as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """One case on both sides.

    Attributes:
        case: that was asked.
        gain: average of the candidate's gains over the metrics; negative: it got worse.
        metric: the one that moved most.
        metric_gain: how far it moved.
        reason: the scorer's explanation of the candidate's score.
        baseline: the answer whose score on that metric shows the change most.
        candidate: likewise.
    """

    case: Case
    gain: float
    metric: str
    metric_gain: float
    reason: str
    baseline: Answer
    candidate: Answer


def moving_names(names: Sequence[str], rules: Mapping[str, Rule]) -> Sequence[str]:
    """Metrics that move a case: those that move the verdict; all of them where none does.

    Args:
        names: of metrics.
        rules: of the metrics.

    Example:
        >>> moving_names(["a", "b"], {"a": Rule(), "b": Rule(gate=Gate.SHOW)})
        ['a']
    """
    return [name for name in names if rules[name].gate is not Gate.SHOW] or names


def case_changes(
    baseline: ScoredRun, candidate: ScoredRun, cases: CaseSet, names: Sequence[str]
) -> tuple[CaseChange, ...]:
    """Cases whose scores changed by 5 points or more on average, the largest loss first.

    Args:
        baseline: its scores.
        candidate: its scores.
        cases: to look at.
        names: of metrics that are shares of which more is better.
    """
    before, after = (
        {name: side.metrics[name].means() for name in names} for side in (baseline, candidate)
    )
    found = []
    for case in cases.cases:
        gains = {
            name: after[name][case.case_id] - before[name][case.case_id]
            for name in names
            if case.case_id in before[name] and case.case_id in after[name]
        }
        gain = sum(gains.values()) / len(gains) if gains else 0.0
        if abs(gain) >= SMALLEST_CHANGE:
            found.append(_change(baseline, candidate, case, gains))
    return tuple(sorted(found, key=lambda change: (change.gain, change.case.case_id)))


def _change(
    baseline: ScoredRun, candidate: ScoredRun, case: Case, gains: Mapping[str, float]
) -> CaseChange:
    gain = sum(gains.values()) / len(gains)
    # The metric that moved most in the direction of the whole case.
    metric = max(gains, key=lambda name: gains[name] if gain > 0 else -gains[name])
    sign = 1.0 if gain > 0 else -1.0
    before, _ = _telling(baseline, case, metric, -sign)
    after, score = _telling(candidate, case, metric, sign)
    return CaseChange(
        case=case,
        gain=gain,
        metric=metric,
        metric_gain=gains[metric],
        reason=score.explanation,
        baseline=before,
        candidate=after,
    )


def _telling(side: ScoredRun, case: Case, metric: str, sign: float) -> tuple[Answer, Score]:
    """The repeat with the highest (sign 1) or lowest (sign -1) score of the metric."""
    scored = [
        (answer, score)
        for answer, score in zip(
            side.run.of(case), side.metrics[metric].by_case[case.case_id], strict=False
        )
        if score.value is not None
    ]
    return max(scored, key=lambda pair: sign * (pair[1].value or 0.0))
