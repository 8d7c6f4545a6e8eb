"""Critical cases: judged one by one, because an average hides the one that hurts."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_lib.evaluation.cases import Case, CaseSet
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalCase:
    """How the repeats of one critical case ended on both sides.

    Attributes:
        case: the case.
        baseline: True per repeat that passed; repeats that could not be scored are left out.
        candidate: likewise.
        reason: why the candidate's first failing repeat failed.
    """

    case: Case
    baseline: tuple[bool, ...]
    candidate: tuple[bool, ...]
    reason: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether both sides have at least one scored repeat."""
        return bool(self.baseline) and bool(self.candidate)

    @property
    def fails(self) -> bool:
        """Whether the candidate fails in the majority of its repeats."""
        return 2 * sum(self.candidate) < len(self.candidate)

    @property
    def is_broken(self) -> bool:
        """Whether the baseline passed each time, and the candidate fails in the majority."""
        return self.is_measured and all(self.baseline) and self.fails

    @property
    def is_flaky(self) -> bool:
        """Whether the candidate fails in some repeats, but not in the majority."""
        return self.is_measured and not self.fails and not all(self.candidate)


def critical_cases(
    baseline: ScoredRun, candidate: ScoredRun, cases: CaseSet, rules: Mapping[str, Rule]
) -> tuple[CriticalCase, ...]:
    """The critical cases with their repeats.

    A repeat passes when every metric with a `pass_at` that has a value reaches it.

    Args:
        baseline: its scores.
        candidate: its scores.
        cases: of which the critical ones are looked at.
        rules: of the metrics.
    """
    found = []
    for case in (case for case in cases.cases if case.critical):
        before, after = (_failures(side, case, rules) for side in (baseline, candidate))
        found.append(
            CriticalCase(
                case=case,
                baseline=tuple(not why for why in before),
                candidate=tuple(not why for why in after),
                reason=next((why for why in after if why), ""),
            )
        )
    return tuple(found)


def _failures(side: ScoredRun, case: Case, rules: Mapping[str, Rule]) -> list[str]:
    """For each scored repeat, why it fails; empty text when it passes."""
    asked = {name: rule.pass_at for name, rule in rules.items() if rule.pass_at is not None}
    found: list[list[str]] = []
    for name, pass_at in asked.items():
        scores = side.metrics[name].by_case.get(case.case_id, ()) if name in side.metrics else ()
        found.extend([] for _ in range(len(scores) - len(found)))
        for repeat, score in enumerate(scores):
            if score.value is not None:
                passes = score.value >= pass_at
                found[repeat].append("" if passes else f"{name}: {score.explanation}")
    return [next((why for why in whys if why), "") for whys in found if whys]
