"""One comparison out of several: the evidence turned so that it is control against treatment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mlops_lib.experiments.decide import Decision
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.evidence import Evidence, Sample
from mlops_lib.experiments.path import Look
from mlops_lib.experiments.segments import SegmentEffect
from mlops_lib.verdict import Check

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One treatment against the control, judged as if it were the only one.

    Attributes:
        design: that names it as the treatment.
        units: in control and in this treatment.
        estimates: one per metric, p-values adjusted for all arms together.
        judged: the check of each estimate.
        decision: what would be done with it alone.
        path: one look per day; empty without times.
        segments: the primary metric by segment.
    """

    design: Design
    units: tuple[int, int]
    estimates: tuple[Estimate, ...]
    judged: tuple[Check, ...]
    decision: Decision
    path: tuple[Look, ...]
    segments: tuple[SegmentEffect, ...]

    @property
    def label(self) -> str:
        """Of the treatment."""
        return self.design.treatment

    @property
    def primary(self) -> Estimate:
        """Of the metric that decides."""
        return next(each for each in self.estimates if each.metric.role == "primary")

    @property
    def primary_check(self) -> Check:
        """Of the metric that decides."""
        pairs = zip(self.estimates, self.judged, strict=True)
        return next(check for each, check in pairs if each.metric.role == "primary")


def comparisons(evidence: Evidence) -> tuple[Evidence, ...]:
    """The evidence once for each treatment that the plan gives units to."""
    return tuple(turned(evidence, 0, place) for place in evidence.design.compared)


def turned(evidence: Evidence, control: int, treatment: int) -> Evidence:
    """The same evidence with two of its arms, by place, as control and treatment.

    Args:
        evidence: of every arm.
        control: place of the arm that becomes the control.
        treatment: place of the arm that becomes the treatment.
    """
    if (control, treatment) == (0, 1):
        return evidence
    others = [place for place in range(len(evidence.arms)) if place not in {control, treatment}]
    order = (control, treatment, *others)
    arms = _ordered(evidence.design.arms, order)
    return replace(
        evidence,
        design=replace(
            evidence.design, control=arms[0][0], treatment=arms[1][0],
            treatment_share=arms[1][1], further=arms[2:],
        ),
        arms=_ordered(evidence.arms, order),
        arm_rows=_ordered(evidence.arm_rows, order),
        samples=tuple(_sample(each, order) for each in evidence.samples),
        days=tuple(
            replace(each, units=_ordered(each.units, order), primary=_sample(each.primary, order))
            for each in evidence.days
        ),
        halves=tuple(_sample(each, order) for each in evidence.halves),
        segments=tuple(
            replace(each, units=_ordered(each.units, order), primary=_sample(each.primary, order))
            for each in evidence.segments
        ),
    )  # fmt: skip


def _sample(sample: Sample, order: Sequence[int]) -> Sample:
    return replace(sample, cells=_ordered(sample.cells, order))


def _ordered(values: Sequence[_Value], order: Sequence[int]) -> tuple[_Value, ...]:
    return tuple(values[place] for place in order)
