"""What an analysis found: one frozen value with all its evidence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.experiments.arms import Arm
from mlops_lib.experiments.choose import check_other
from mlops_lib.experiments.decide import Action, Decision
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.path import Look
from mlops_lib.experiments.segments import SegmentEffect
from mlops_lib.verdict import Check, Outcome

if TYPE_CHECKING:
    from mlops_lib.verdict import Source

_ROLES = ("primary", "guardrail", "secondary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """An experiment analysed: trust first, then estimates, then the decision.

    Attributes:
        evidence: what it stands on.
        design: the plan, with the experiment's name and the metrics' units as found; of several
            treatments it names the one that the decision is about.
        units: units analysed, in control and in that treatment.
        rows: rows of all arms.
        trust: checks of the experiment itself.
        estimates: one per metric, in the design's order.
        judged: the check of each estimate.
        decision: what to do.
        path: one look per day; empty without times.
        segments: the primary metric by segment, p-values adjusted together
            (Benjamini-Hochberg).
        sources: fingerprints of what was read.
        arms: every treatment against the control, the one that the decision is about first.
    """

    evidence: Evidence
    design: Design
    units: tuple[int, int]
    rows: int
    trust: tuple[Check, ...]
    estimates: tuple[Estimate, ...]
    judged: tuple[Check, ...]
    decision: Decision
    path: tuple[Look, ...]
    segments: tuple[SegmentEffect, ...]
    sources: "tuple[Source, ...]"
    arms: tuple[Arm, ...]

    @property
    def others(self) -> tuple[Arm, ...]:
        """The treatments that the decision is not about; none where there is only one."""
        return self.arms[1:]

    @property
    def all_units(self) -> int:
        """Units of all arms; in a paired design, the cases."""
        return units_of(self.evidence)

    @property
    def is_valid(self) -> bool:
        """Whether the numbers may be read at all."""
        return self.decision.action is not Action.INVALID

    @property
    def primary(self) -> Estimate:
        """The estimate that decides."""
        return next(each for each in self.estimates if each.metric.role == "primary")

    @property
    def has_guardrail(self) -> bool:
        """Whether anything says what the gain may cost."""
        return any(each.metric.role == "guardrail" for each in self.estimates)

    @property
    def pairs(self) -> list[tuple[Estimate, Check]]:
        """Each estimate with its check: primary, then guardrails, then secondary metrics."""
        both = list(zip(self.estimates, self.judged, strict=True))
        return [pair for role in _ROLES for pair in both if pair[0].metric.role == role]

    @property
    def by_metric(self) -> list[tuple[str, Estimate, Check]]:
        """Each estimate with the treatment's label and its check: one metric after the other."""
        arms = [(arm.label, list(zip(arm.estimates, arm.judged, strict=True))) for arm in self.arms]
        places = range(len(self.estimates))
        ordered = [i for role in _ROLES for i in places if self.estimates[i].metric.role == role]
        return [(label, *pairs[place]) for place in ordered for label, pairs in arms]

    def checks(self) -> tuple[Check, ...]:
        """Weightiest first; an invalid experiment shows only why, and no effect."""
        if not self.is_valid:
            return tuple(sorted(self.trust, key=lambda check: check.outcome is not Outcome.FAIL))
        is_open = self.decision.action is Action.UNDECIDED
        others = (check_other(arm, is_open=is_open) for arm in self.others)
        return (*(check for _, check in self.pairs), *others, *self.trust)


def units_of(evidence: Evidence) -> int:
    """Units of all arms; in a paired design, the cases."""
    return evidence.arms[0] if evidence.design.paired else sum(evidence.arms)
