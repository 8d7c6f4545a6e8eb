"""The primary metric by segment: many looks at one question, corrected for their number."""

import math
from dataclasses import dataclass, replace

from mlops_lib import stats
from mlops_lib.experiments.estimates import Estimate, estimate
from mlops_lib.experiments.evidence import Evidence


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


def segment_effects(evidence: Evidence) -> tuple[SegmentEffect, ...]:
    """Estimate every segment; the false discovery rate is held over all of them together."""
    found = [
        SegmentEffect(
            name=f"{each.column} = {each.value}", estimate=estimate(each.primary, evidence.design)
        )
        for each in evidence.segments
    ]
    tested = [i for i, each in enumerate(found) if not math.isnan(each.estimate.pvalue)]
    adjusted = stats.benjamini_hochberg([found[i].estimate.pvalue for i in tested])
    for i, pvalue in zip(tested, adjusted, strict=True):
        corrected = replace(found[i].estimate, adjusted_pvalue=pvalue)
        found[i] = replace(found[i], estimate=corrected)
    return tuple(found)
