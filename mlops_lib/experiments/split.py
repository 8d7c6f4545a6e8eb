"""How the units came to be split between the variants, day by day."""

from dataclasses import dataclass
from datetime import date

from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.path import date_of, thinned


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmShare:
    """One treatment's part of all units, in percent.

    Attributes:
        label: of the treatment.
        planned: share.
        share: in the end.
        days: on which units had been seen; empty without times.
        shares: by the end of each of them.
    """

    label: str
    planned: float
    share: float
    days: tuple[date, ...]
    shares: tuple[float, ...]

    @property
    def heights(self) -> tuple[float, ...]:
        """Everything that a figure must hold."""
        return (self.planned, self.share, *self.shares)


def split_of(found: Findings) -> list[ArmShare]:
    """The treatments in the order of the plan."""
    evidence = found.evidence
    days = [each for each in thinned(evidence.days) if sum(each.units)]
    return [
        ArmShare(
            label=evidence.design.arms[place][0],
            planned=100 * evidence.design.shares[place],
            share=100 * evidence.arms[place] / sum(evidence.arms),
            days=tuple(date_of(each) for each in days),
            shares=tuple(100 * each.units[place] / sum(each.units) for each in days),
        )
        for place in evidence.design.compared
    ]
