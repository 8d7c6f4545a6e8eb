"""Evidence to estimates: one difference per metric, with its intervals; no limit is known here."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib import stats
from mlops_lib.experiments.design import Metric
from mlops_lib.experiments.evidence import Evidence, Sample
from mlops_lib.stats import Difference, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
        adjusted_pvalue: for several secondary metrics (Holm); else the p-value.
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
    """Estimate every metric; p-values of the secondary ones are adjusted together (Holm)."""
    estimates = [estimate(sample, evidence) for sample in evidence.samples]
    watched = [
        position
        for position, each in enumerate(estimates)
        if each.metric.role == "secondary" and not math.isnan(each.pvalue)
    ]
    adjusted = stats.holm([estimates[position].pvalue for position in watched])
    for position, pvalue in zip(watched, adjusted, strict=True):
        estimates[position] = replace(estimates[position], adjusted_pvalue=pvalue)
    return tuple(estimates)


def estimate(sample: Sample, evidence: Evidence) -> Estimate:
    """Estimate one metric with the unit of randomisation as the unit of analysis."""
    design, metric = evidence.design, sample.metric
    if metric.quantile is None:
        levels, units, difference, lift = _of_ratio(sample, evidence)
    else:
        levels, units, difference, lift = _of_quantile(sample, evidence)
    treated = evidence.is_treated[sample.unit]
    return Estimate(
        metric=metric,
        control=levels[0],
        treatment=levels[1],
        difference=difference.estimate,
        interval=difference.interval,
        always_valid=_always_valid(difference, evidence),
        lift=None if lift is None else lift.estimate,
        lift_interval=_NOWHERE if lift is None else lift.interval,
        lift_always_valid=_NOWHERE if lift is None else _always_valid(lift, evidence),
        standard_error=difference.standard_error,
        pvalue=difference.pvalue,
        log10_pvalue=difference.log10_pvalue,
        adjusted_pvalue=difference.pvalue,
        minimum_detectable=stats.minimum_detectable_effect(
            difference.standard_error, alpha=design.alpha, power=design.power
        ),
        units=units,
        rows=(int((~treated).sum()), int(treated.sum())),
        method=difference.method,
    )


_Parts = tuple[tuple[float, float], tuple[int, int], Difference, Difference | None]
"""Levels and units of control and treatment, the difference, the lift."""


def _of_ratio(sample: Sample, evidence: Evidence) -> _Parts:
    confidence = evidence.design.confidence
    sums, divisors = per_unit(sample, evidence)
    treated = evidence.is_treated
    a = stats.ratio(sums[~treated], divisors[~treated])
    b = stats.ratio(sums[treated], divisors[treated])
    if sample.metric.unit == "share":
        difference = stats.clustered_share_difference(a, b, confidence=confidence)
    else:
        difference = stats.ratio_difference(a, b, confidence=confidence)
    lift = stats.lift(a, b, confidence=confidence)
    return (a.estimate, b.estimate), (a.units, b.units), difference, lift


def _of_quantile(sample: Sample, evidence: Evidence) -> _Parts:
    confidence, probability = evidence.design.confidence, sample.metric.quantile or math.nan
    treated = evidence.is_treated[sample.unit]
    a, b = (
        stats.quantile(
            sample.value[which],
            probability,
            clusters=sample.unit[which],
            confidence=confidence,
        )
        for which in (~treated, treated)
    )
    difference = stats.quantile_difference(a, b, confidence=confidence)
    lift = stats.quantile_lift(a, b, confidence=confidence)
    return (a.estimate, b.estimate), (a.clusters, b.clusters), difference, lift


def per_unit(
    sample: Sample, evidence: Evidence
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Sums of the value and of its divisor for every unit, zero where it has none."""
    import numpy as np

    units = evidence.is_treated.size
    sums, divisors = (
        np.bincount(sample.unit, weights=each, minlength=units).astype(np.float64)
        for each in (sample.value, sample.per)
    )
    return sums, divisors


def _always_valid(difference: Difference, evidence: Evidence) -> Interval:
    if difference.n == 0:
        return _NOWHERE
    return stats.always_valid(
        difference.estimate,
        difference.interval,
        difference.n,
        confidence=evidence.design.confidence,
        tuned_for=evidence.design.planned_units,
    )
