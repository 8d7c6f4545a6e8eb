"""The primary metric by segment: many looks at one question, corrected for their number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlops_lib import stats
from mlops_lib.experiments.estimates import Estimate, estimate
from mlops_lib.experiments.evidence import Evidence, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEffect:
    """Treatment against control among the rows that share one value of a column.

    Attributes:
        name: column and value.
        estimate: with its p-value adjusted for all segments together.
    """

    name: str
    estimate: Estimate

    @property
    def adjusted_pvalue(self) -> float:
        """After Benjamini and Hochberg's correction; NaN where the data have no test."""
        return self.estimate.adjusted_pvalue


def segment_effects(comparisons: Sequence[Evidence]) -> tuple[tuple[SegmentEffect, ...], ...]:
    """Estimate every segment; the false discovery rate is held over all of them together.

    Args:
        comparisons: the evidence with each treatment in turn beside the control.
    """
    found = [[_effect(each, evidence) for each in evidence.segments] for evidence in comparisons]
    tested = [
        (arm, place)
        for arm, effects in enumerate(found)
        for place, each in enumerate(effects)
        if not math.isnan(each.estimate.pvalue)
    ]
    adjusted = stats.benjamini_hochberg([found[i][j].estimate.pvalue for i, j in tested])
    for (i, j), pvalue in zip(tested, adjusted, strict=True):
        corrected = replace(found[i][j].estimate, adjusted_pvalue=pvalue)
        found[i][j] = replace(found[i][j], estimate=corrected)
    return tuple(tuple(effects) for effects in found)


def _effect(segment: Segment, evidence: Evidence) -> SegmentEffect:
    return SegmentEffect(
        name=f"{segment.column} is missing"
        if segment.value is None
        else f"{segment.column} = {segment.value}",
        estimate=estimate(segment.primary, evidence.design),
    )
