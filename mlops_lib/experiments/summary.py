"""Findings in words and tables: the verdict, the metrics, the trust checks, the frame."""

import math
from typing import TYPE_CHECKING

from mlops_lib.display import TableView
from mlops_lib.experiments.checks import difference_unit, pvalue_text
from mlops_lib.experiments.decide import Action
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.findings import Findings
from mlops_lib.stats import Interval
from mlops_lib.verdict import Metric, Outcome, Verdict, format_quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_ADVICE = {
    Action.PROMOTE: "Promote the treatment through the rollout stages.",
    Action.ITERATE: "Keep control for now; mend what the guardrail shows and test again.",
    Action.DISCARD: "Keep control and discard this treatment.",
    Action.INVALID: "Find and mend the cause, choose a new salt and start again with fresh data.",
}
_UNGUARDED = (
    "Set a guardrail first, such as the cost or the share of errors, and judge this experiment "
    "again; then promote the treatment through the rollout stages."
)


def verdict(found: Findings) -> Verdict:
    """The verdict of the experiment, ready to publish."""
    return Verdict(
        subject="experiment",
        checks=found.checks(),
        meaning=meaning(found),
        advice=advice(found),
        metrics=_tiles(found),
        sources=found.sources,
    )


def meaning(found: Findings) -> str:
    """For a stakeholder: what was found and what it means, or why nothing may be read."""
    decision, primary = found.decision, found.primary
    if not found.is_valid:
        return f"The experiment is invalid. {decision.reason}"
    verb = "changes" if primary.difference else "does not change"
    effect = (
        f"Treatment {verb} {primary.metric.name} by {difference_words(primary)} "
        f"({percent(found)} interval {interval_words(chosen(found, primary), primary)})."
    )
    return " ".join([effect, decision.reason, *_worsened(found)])


def advice(found: Findings) -> str:
    """One sentence: what to do next."""
    decision = found.decision
    if decision.action is Action.PROMOTE and not found.has_guardrail:
        return _UNGUARDED
    if decision.action is not Action.UNDECIDED:
        return _ADVICE[decision.action]
    if decision.needed is None:
        return "Keep the experiment running; do not promote on this evidence."
    return (
        f"Keep the experiment running until it has about {decision.needed:,} units "
        f"(now {sum(found.units):,}); do not promote on this evidence."
    )


def table(found: Findings) -> TableView:
    """The metrics, one per row; for an invalid experiment only the units per variant."""
    if not found.is_valid:
        return TableView(
            caption=f"No effect is shown. {found.decision.reason}",
            columns=("Variant", "Units"),
            rows=tuple(zip(_labels(found), map("{:,}".format, found.units), strict=True)),
            numeric=("Units",),
        )
    levels = ("Control", "Treatment", "Difference", f"{percent(found)} interval")
    numeric = (*levels, "Always-valid interval", "Lift", "p")
    return TableView(
        caption=f"{meaning(found)} Decision: {found.decision.action}.",
        columns=("Metric", "Role", *numeric, "Outcome"),
        rows=tuple(
            (
                each.metric.name,
                each.metric.role,
                format_quantity(each.control, each.metric.unit),
                format_quantity(each.treatment, each.metric.unit),
                difference_words(each),
                interval_words(each.interval, each),
                interval_words(each.always_valid, each),
                lift_words(each.lift),
                pvalue_words(each),
                check.outcome.upper(),
            )
            for each, check in found.pairs
        ),
        numeric=numeric,
    )


def trust_table(found: Findings) -> TableView:
    """The checks of the experiment itself."""
    bad = "" if found.is_valid else "not "
    return TableView(
        caption=f"The experiment may {bad}be read: "
        f"{sum(found.units):,} units and {found.rows:,} rows were analysed.",
        columns=("Check", "Found", "Outcome", "Why"),
        rows=tuple(
            (
                check.name,
                format_quantity(check.estimate, check.unit),
                check.outcome.upper(),
                check.explanation,
            )
            for check in found.trust
        ),
        numeric=("Found",),
    )


def to_frame(found: Findings) -> "pd.DataFrame":
    """One row per metric; no row where the experiment is invalid."""
    import pandas as pd

    columns: dict[str, Callable[[Estimate], object]] = {
        "metric": lambda each: each.metric.name,
        "role": lambda each: each.metric.role,
        "control": lambda each: each.control,
        "treatment": lambda each: each.treatment,
        "difference": lambda each: each.difference,
        "low": lambda each: each.interval.low,
        "high": lambda each: each.interval.high,
        "always_valid_low": lambda each: each.always_valid.low,
        "always_valid_high": lambda each: each.always_valid.high,
        "lift": lambda each: each.lift,
        "pvalue": lambda each: each.pvalue,
        "log10_pvalue": lambda each: each.log10_pvalue,
        "adjusted_pvalue": lambda each: each.adjusted_pvalue,
        "minimum_detectable": lambda each: each.minimum_detectable,
        "units_control": lambda each: each.units[0],
        "units_treatment": lambda each: each.units[1],
        "rows_control": lambda each: each.rows[0],
        "rows_treatment": lambda each: each.rows[1],
        "method": lambda each: each.method,
    }
    shown = found.pairs if found.is_valid else []
    frame = pd.DataFrame(
        {name: [get(each) for each, _ in shown] for name, get in columns.items()},
    )
    frame["outcome"] = [str(check.outcome) for _, check in shown]
    return frame


def chosen(found: Findings, estimate: Estimate) -> Interval:
    """The interval that decides: always-valid where the plan allows peeking."""
    return estimate.always_valid if found.design.peeking else estimate.interval


def percent(found: Findings) -> str:
    """The confidence in words: `95 %`."""
    return f"{100 * found.design.confidence:g} %"


def difference_words(estimate: Estimate) -> str:
    """The difference with its sign and unit."""
    text = format_quantity(estimate.difference, difference_unit(estimate.metric.unit))
    return f"+{text}" if estimate.difference > 0 and not text.startswith("+") else text


def interval_words(interval: Interval, estimate: Estimate) -> str:
    """Both bounds in the difference's unit."""
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


def _worsened(found: Findings) -> list[str]:
    """Secondary metrics that got worse beyond chance: they do not decide, and must be known."""
    changes = [
        f"{each.metric.name} by {difference_words(each)}"
        for each, check in found.pairs
        if each.metric.role == "secondary" and check.outcome is Outcome.WARN
    ]
    if not changes:
        return []
    return [f"Worse beyond chance, though it does not decide: {', '.join(changes)}."]


def _tiles(found: Findings) -> tuple[Metric, ...]:
    control, treatment = found.units
    units = Metric(
        name="units",
        value=control + treatment,
        unit="count",
        note=f"{control:,} in control, {treatment:,} in treatment",
    )
    if not found.is_valid:
        return (units,)
    primary, unit = found.primary, found.primary.metric.unit
    return (
        Metric(
            name=f"{primary.metric.name} in treatment",
            value=primary.treatment,
            unit=unit,
            note=f"{format_quantity(primary.control, unit)} in control",
        ),
        Metric(
            name="difference",
            value=primary.difference,
            unit=difference_unit(unit),
            note=f"{percent(found)} interval {interval_words(chosen(found, primary), primary)}",
        ),
        units,
        Metric(
            name="smallest detectable difference",
            value=primary.minimum_detectable,
            unit=difference_unit(unit),
            note=f"with a power of {100 * found.design.power:g} %",
        ),
    )


def _labels(found: Findings) -> tuple[str, str]:
    return found.design.control, found.design.treatment
