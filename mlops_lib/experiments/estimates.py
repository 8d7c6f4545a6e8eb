"""Evidence to estimates: one difference per metric, with its intervals; no limit is known here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlops_lib import stats
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.evidence import Cell, Evidence, Pairs, Sample
from mlops_lib.experiments.metric import Metric
from mlops_lib.experiments.pairs import paired_estimate
from mlops_lib.stats import Difference, Interval

_NOWHERE = Interval(math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Treatment against control on one metric.

    Attributes:
        metric: what was measured.
        control: level in control.
        treatment: level in treatment.
        difference: treatment minus control.
        interval: of the difference, for one look at the planned end.
        always_valid: of the difference, for any number of looks.
        lift: difference relative to control; None where control is not positive.
        lift_interval: of the lift, for one look.
        lift_always_valid: of the lift, for any number of looks.
        standard_error: of the difference.
        pvalue: that there is no difference; NaN where the method has none.
        log10_pvalue: its logarithm, finite where the p-value is too small for a float.
        adjusted_pvalue: for several treatments and secondary metrics; else the p-value.
        minimum_detectable: the smallest true difference that this much data finds.
        units: units with a value, in control and in treatment.
        rows: rows with a value, in control and in treatment.
        method: how it was found.
    """

    metric: Metric
    control: float
    treatment: float
    difference: float
    interval: Interval
    always_valid: Interval
    lift: float | None
    lift_interval: Interval
    lift_always_valid: Interval
    standard_error: float
    pvalue: float
    log10_pvalue: float
    adjusted_pvalue: float
    minimum_detectable: float
    units: tuple[int, int]
    rows: tuple[int, int]
    method: str


def estimate_all(evidence: Evidence) -> tuple[Estimate, ...]:
    """Estimate every metric of one treatment; secondary p-values are adjusted together."""
    return estimate_arms([evidence])[0]


def estimate_arms(comparisons: Sequence[Evidence]) -> tuple[tuple[Estimate, ...], ...]:
    """Estimate every metric of every treatment, and adjust the p-values by role.

    A primary metric or guardrail is tested once for each treatment, and alpha is shared between
    them as the intervals share it (Bonferroni); secondary metrics of all treatments are adjusted
    together (Holm).

    Args:
        comparisons: the evidence with each treatment in turn beside the control.
    """
    found = [
        [estimate(sample, evidence.design) for sample in evidence.samples]
        for evidence in comparisons
    ]
    watched = []
    for arm, estimates in enumerate(found):
        for place, each in enumerate(estimates):
            if math.isnan(each.pvalue):
                continue  # a quantile has an interval and no p-value, which must not read as 1
            if each.metric.role == "secondary":
                watched.append((arm, place))
                continue
            pvalue = min(1.0, len(found) * each.pvalue)
            estimates[place] = replace(each, adjusted_pvalue=pvalue)
    adjusted = stats.holm([found[arm][place].pvalue for arm, place in watched])
    for (arm, place), pvalue in zip(watched, adjusted, strict=True):
        found[arm][place] = replace(found[arm][place], adjusted_pvalue=pvalue)
    return tuple(tuple(estimates) for estimates in found)


def estimate(sample: Sample, design: Design) -> Estimate:
    """Treatment against control, with the unit of randomisation as the unit of analysis."""
    metric = sample.metric
    control, treated = sample.cells[:2]
    if sample.pairs is not None:
        parts = _of_pairs(metric, sample.pairs, design.confidence)
    elif metric.quantile is None:
        parts = _of_ratio(metric, control, treated, design.confidence)
    else:
        parts = _of_quantile(control, treated, design.confidence)
    levels, units, difference, lift = parts
    return Estimate(
        metric=metric,
        control=levels[0],
        treatment=levels[1],
        difference=difference.estimate,
        interval=difference.interval,
        always_valid=_possible(_always_valid(difference, design), metric),
        lift=None if lift is None else lift.estimate,
        lift_interval=_NOWHERE if lift is None else lift.interval,
        lift_always_valid=_NOWHERE if lift is None else _always_valid(lift, design),
        standard_error=difference.standard_error,
        pvalue=difference.pvalue,
        log10_pvalue=difference.log10_pvalue,
        adjusted_pvalue=difference.pvalue,
        minimum_detectable=stats.minimum_detectable_effect(
            difference.standard_error, alpha=1 - design.confidence, power=design.power
        ),
        units=units,
        rows=(control.rows, treated.rows),
        method=difference.method,
    )


_Parts = tuple[tuple[float, float], tuple[int, int], Difference, Difference | None]
"""Levels and units of control and treatment, the difference, the lift."""


def _of_ratio(metric: Metric, control: Cell, treated: Cell, confidence: float) -> _Parts:
    a, b = stats.ratio_of(control.moments), stats.ratio_of(treated.moments)
    levels, units = (a.estimate, b.estimate), (a.units, b.units)
    if metric.covariate:
        adjusted = stats.adjusted_difference(
            control.moments, treated.moments, confidence=confidence
        )
        return adjusted.levels, units, adjusted.difference, adjusted.lift
    compare = stats.clustered_share_difference if metric.is_share else stats.ratio_difference
    lift = stats.lift(a, b, confidence=confidence)
    return levels, units, compare(a, b, confidence=confidence), lift


def _of_pairs(metric: Metric, pairs: Pairs, confidence: float) -> _Parts:
    n = pairs.differences.units
    levels, lift = (pairs.control, pairs.treatment), None
    if pairs.both is not None and n:
        lift = stats.paired_lift(pairs.both, confidence=confidence)
    if metric.per and pairs.both is not None:
        difference = stats.paired_ratio_difference(pairs.both, confidence=confidence)
    else:
        difference = paired_estimate(pairs, confidence=confidence)
    return levels, (n, n), difference, lift


def _of_quantile(control: Cell, treated: Cell, confidence: float) -> _Parts:
    a, b = control.quantile, treated.quantile
    if a is None or b is None:
        message = "a quantile needs the quantiles of both arms"
        raise ValueError(message)
    difference = stats.quantile_difference(a, b, confidence=confidence)
    lift = stats.quantile_lift(a, b, confidence=confidence)
    return (a.estimate, b.estimate), (a.clusters, b.clusters), difference, lift


def _possible(interval: Interval, metric: Metric) -> Interval:
    """Two shares differ by at most 1, so an interval may end there."""
    if not metric.is_share or not interval.is_known:
        return interval
    return Interval(max(-1.0, interval.low), min(1.0, interval.high))


def _always_valid(difference: Difference, design: Design) -> Interval:
    if difference.n == 0:
        return _NOWHERE
    return stats.always_valid(
        difference.estimate,
        difference.interval,
        difference.n,
        confidence=design.confidence,
        tuned_for=design.planned_units,
    )
