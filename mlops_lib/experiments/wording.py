"""Estimates in words: difference, interval, lift and p-value with sign and unit."""

import math

from mlops_lib.experiments.checks import difference_unit, pvalue_text
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval


def chosen(design: Design, estimate: Estimate) -> Interval:
    """The interval that decides: always-valid where the plan allows peeking."""
    return estimate.always_valid if design.peeking else estimate.interval


def percent(design: Design) -> str:
    """The confidence in words: `95 %`."""
    return f"{100 * design.confidence:.4g} %"


def difference_words(estimate: Estimate) -> str:
    """The difference with its sign and unit."""
    text = format_quantity(estimate.difference, difference_unit(estimate.metric.unit))
    return f"+{text}" if estimate.difference > 0 and not text.startswith("+") else text


def interval_words(interval: Interval, estimate: Estimate) -> str:
    """Both bounds in the difference's unit; a word where the data give none."""
    if math.isnan(interval.low) and math.isnan(interval.high):
        return "unknown"
    unit = difference_unit(estimate.metric.unit)
    return " to ".join(format_quantity(bound, unit) for bound in interval)


def lift_words(lift: float | None) -> str:
    """The lift as a signed percentage; a dash where a lift has no meaning."""
    return "–" if lift is None or math.isnan(lift) else f"{100 * lift:+.1f} %"


def pvalue_words(estimate: Estimate) -> str:
    """The p-value, adjusted where several were made; never 0."""
    pvalue = estimate.adjusted_pvalue
    if math.isnan(pvalue):
        return "–"
    return pvalue_text(pvalue).removeprefix("= ")
