"""What a plan pays: for sharing the traffic between arms, and for reading results early."""

from statistics import NormalDist

from mlops_lib.experiments.design import Design
from mlops_lib.stats.sequential import critical_value


def pair_of_shares(design: Design) -> tuple[float, float]:
    """Shares of control and its smallest treatment among the two: the slowest comparison."""
    control, treatment = _slowest(design)
    return control / (control + treatment), treatment / (control + treatment)


def compared_share(design: Design) -> float:
    """Share of all units that control and its smallest treatment receive together."""
    return sum(_slowest(design))


def peeking_price(design: Design, units: float) -> float:
    """How much farther the always-valid interval reaches than the fixed one, with the power.

    Args:
        design: the plan.
        units: that are looked at.
    """
    normal = NormalDist()
    power = normal.inv_cdf(design.power)
    fixed = normal.inv_cdf(0.5 + design.confidence / 2)
    critical = critical_value(
        max(1.0, units), confidence=design.confidence, tuned_for=design.planned_units
    )
    return (critical + power) / (fixed + power)


def _slowest(design: Design) -> tuple[float, float]:
    return design.shares[0], min(design.shares[place] for place in design.compared)
