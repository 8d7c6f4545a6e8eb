"""Estimates to checks: the interval against its limit, in three values."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome, at_least, at_most

FEWEST_UNITS = 30
"""Per variant; below it the normal and t approximations of the intervals are not trusted."""


SMALLEST_WRITTEN_OUT = 1e-4
"""Smaller p-values are only said to be so: their digits stand on the far tail of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What is judged of an estimate: its difference, or its lift for a relative margin."""

    name: str
    value: float
    interval: Interval
    confidence: float
    unit: str


def check_metric(estimate: Estimate, design: Design) -> Check:
    """Judge a metric by its role."""
    if estimate.metric.role == "primary":
        return check_primary(estimate, design)
    if estimate.metric.role == "guardrail":
        return check_guardrail(estimate, design)
    return check_secondary(estimate, design)


def check_primary(estimate: Estimate, design: Design) -> Check:
    """PASS if improved; FAIL if worse, or better by less than the minimum effect; else undecided.

    The whole interval must lie on one side, so that both the size and the evidence are needed.
    """
    scale, limit = _difference(estimate, design), 0.0
    better = _towards_good(scale.interval, estimate)
    if better.high < design.minimum_effect:
        outcome, words = Outcome.FAIL, _no_gain(better, estimate, design)
        if better.high >= 0 and not is_small(estimate):
            limit = estimate.metric.sign * design.minimum_effect
    elif better.low > 0:
        outcome, words = Outcome.PASS, f"{levels(estimate)}: an improvement beyond chance."
    else:
        outcome = Outcome.UNDECIDED
        words = f"{levels(estimate)}: the interval allows a gain as well as none."
    needed = _needed(scale, estimate, design, limit=0.0, effect=design.minimum_effect)
    check = _check(scale, estimate, limit=limit, outcome=outcome, explanation=words, needed=needed)
    return _unless_few(check, estimate)


def check_guardrail(estimate: Estimate, design: Design) -> Check:
    """Non-inferiority: the whole interval on the good side of the margin, or it is no pass."""
    metric = estimate.metric
    lift = _lift(estimate, design) if metric.is_relative else None
    scale = lift or _difference(estimate, design)
    size = metric.margin * (abs(estimate.control) if metric.is_relative and not lift else 1.0)
    limit = -metric.sign * size
    judge = at_least if metric.good == "high" else at_most
    outcome = judge(limit, scale.interval)
    finding = _NO_SIZE if is_without_size(estimate) else _MARGIN_WORDS[outcome]
    check = _check(
        scale, estimate, limit=limit, outcome=outcome,
        explanation=f"{levels(estimate)}: {finding}.",
        needed=_needed(scale, estimate, design, limit=limit, effect=size),
    )  # fmt: skip
    return _unless_few(check, estimate)


def check_secondary(estimate: Estimate, design: Design) -> Check:
    """Watched, never deciding: WARN if worse beyond chance, else PASS.

    Chance is ruled out by the p-value after Holm's correction; by the interval as well where
    results are read early, and alone where the method has no p-value (quantiles).
    """
    scale = _difference(estimate, design)
    worse = estimate.difference * estimate.metric.sign < 0
    is_significant = estimate.adjusted_pvalue < design.alpha
    if design.peeking or math.isnan(estimate.adjusted_pvalue):
        apart = scale.interval.low > 0 or scale.interval.high < 0
        is_significant = apart and not estimate.adjusted_pvalue >= design.alpha
    outcome = Outcome.WARN if is_significant and worse else Outcome.PASS
    finding = ("worse" if worse else "better") if is_significant else "no difference shown"
    return _check(
        scale,
        estimate,
        limit=None,
        outcome=outcome,
        explanation=f"{levels(estimate)}: {finding}. A secondary metric does not decide.",
        needed=None,
    )


def is_small(estimate: Estimate) -> bool:
    """Whether a variant has too few units for any interval to be trusted."""
    return min(estimate.units) < FEWEST_UNITS


def is_without_size(estimate: Estimate) -> bool:
    """Whether a margin in percent is one of nothing, which no number of units can hold."""
    return estimate.metric.is_relative and estimate.control == 0


def difference_unit(unit: str) -> str:
    """The unit of a difference of two quantities: shares differ by points."""
    return "points" if unit == "share" else unit


def levels(estimate: Estimate) -> str:
    """The level of both variants in words."""
    control, treatment = (
        format_quantity(value, estimate.metric.unit)
        for value in (estimate.control, estimate.treatment)
    )
    return f"{control} in control, {treatment} in treatment"


def pvalue_text(pvalue: float) -> str:
    """A p-value with its sign, never 0: `= 0.04` or `< 0.0001`."""
    if pvalue < SMALLEST_WRITTEN_OUT:
        return f"< {SMALLEST_WRITTEN_OUT:.4f}"
    return f"= {pvalue:.2g}"


_NO_SIZE = "a margin in percent of 0 has no size; give it in the metric's own unit"
_MARGIN_WORDS = {
    Outcome.PASS: "within the margin",
    Outcome.FAIL: "worse than the margin allows",
    Outcome.UNDECIDED: "the interval crosses the margin, so harm is not ruled out",
}


def _difference(estimate: Estimate, design: Design) -> Scale:
    return Scale(
        name=f"difference in {estimate.metric.name}",
        value=estimate.difference,
        interval=estimate.always_valid if design.peeking else estimate.interval,
        confidence=design.confidence,
        unit=difference_unit(estimate.metric.unit),
    )


def _lift(estimate: Estimate, design: Design) -> Scale | None:
    """None where control's level is too close to zero for a relative change to mean anything."""
    interval = estimate.lift_always_valid if design.peeking else estimate.lift_interval
    if estimate.lift is None or not interval.is_known:
        return None
    return Scale(
        name=f"change of {estimate.metric.name}",
        value=estimate.lift,
        interval=interval,
        confidence=design.confidence,
        unit="share",
    )


def _check(
    scale: Scale,
    estimate: Estimate,
    *,
    limit: float | None,
    outcome: Outcome,
    explanation: str,
    needed: int | None,
) -> Check:
    pvalue = estimate.adjusted_pvalue
    return Check(
        name=scale.name,
        estimate=scale.value,
        interval=scale.interval,
        confidence=scale.confidence,
        limit=limit,
        good=estimate.metric.good,
        unit=scale.unit,
        n=sum(estimate.units),
        method=estimate.method,
        outcome=outcome,
        explanation=explanation,
        pvalue=None if math.isnan(pvalue) else pvalue,
        needed=needed if outcome is Outcome.UNDECIDED else None,
    )


def _towards_good(interval: Interval, estimate: Estimate) -> Interval:
    low, high = interval
    return interval if estimate.metric.good == "high" else Interval(-high, -low)


def _unless_few(check: Check, estimate: Estimate) -> Check:
    """Too few units leave the answer open, until there are enough for the interval to count."""
    if not is_small(estimate):
        return check
    fewest = min(estimate.units)
    least = rounded_up(math.ceil(check.n * FEWEST_UNITS / fewest)) if fewest else None
    if least is not None and check.outcome is Outcome.UNDECIDED:
        least = max(least, check.needed or 0)
    words = _too_few(estimate)
    return replace(check, outcome=Outcome.UNDECIDED, explanation=words, needed=least)


def _too_few(estimate: Estimate) -> str:
    control, treatment = estimate.units
    return (
        f"Only {control:,} units in control and {treatment:,} in treatment have a value; "
        f"{FEWEST_UNITS} each are needed before an interval can be trusted."
    )


def _no_gain(better: Interval, estimate: Estimate, design: Design) -> str:
    if better.high < 0:
        return f"{levels(estimate)}: worse beyond chance."
    worth = format_quantity(design.minimum_effect, difference_unit(estimate.metric.unit))
    return f"{levels(estimate)}: any gain is smaller than the {worth} worth having."


def _needed(
    scale: Scale, estimate: Estimate, design: Design, *, limit: float, effect: float
) -> int | None:
    """Units in both variants that would decide; None where nothing in the data tells.

    First what the plan's power asks to tell `effect` from none; with that many there already,
    what would part the interval from the limit if the estimate stays where it is.
    """
    half = (scale.interval.high - scale.interval.low) / 2
    if not half > 0:
        return None
    n, normal = sum(estimate.units), NormalDist()
    reach = half * (1 + normal.inv_cdf(design.power) / normal.inv_cdf(1 - design.alpha / 2))
    for distance, width in ((effect, reach), (abs(limit - scale.value), half)):
        if distance > 0 and (needed := math.ceil(n * (width / distance) ** 2)) > n:
            return rounded_up(needed)
    return None


def rounded_up(units: int) -> int:
    """Two digits: more would pretend to know the future."""
    step = int(10 ** max(0, len(str(units)) - 2))
    return math.ceil(units / step) * step
