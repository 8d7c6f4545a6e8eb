"""Findings as tables: the metrics, the checks of the experiment itself, the frame."""

from typing import TYPE_CHECKING

from mlops_lib.display import TableView
from mlops_lib.experiments import summary
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.wording import (
    chosen,
    difference_words,
    interval_words,
    lift_words,
    percent,
    pvalue_words,
)
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


def table(found: Findings) -> TableView:
    """The metrics, one per row and treatment; for an invalid experiment only the units."""
    if not found.is_valid:
        labels = (label for label, _ in found.evidence.design.arms)
        return TableView(
            caption=f"No effect is shown. {found.decision.reason}",
            columns=("Variant", "Units"),
            rows=tuple(zip(labels, map("{:,}".format, found.evidence.arms), strict=True)),
            numeric=("Units",),
        )
    kind = "always-valid interval" if found.design.peeking else "interval"
    levels = ("Control", "Treatment", "Difference", f"{percent(found.design)} {kind}")
    numeric = (*levels, "Lift", "p")
    several = bool(found.others)
    return TableView(
        caption=f"{summary.meaning(found)} Decision: {found.decision.action}.",
        columns=("Metric", *(("Variant",) if several else ()), *numeric, "Outcome"),
        rows=tuple(
            (
                f"{each.metric.name} ({each.metric.role})",
                *((label,) if several else ()),
                *_cells(found, each, check),
            )
            for label, each, check in found.by_metric
        ),
        numeric=numeric,
    )


def _cells(found: Findings, each: Estimate, check: Check) -> tuple[str, ...]:
    return (
        format_quantity(each.control, each.metric.unit),
        format_quantity(each.treatment, each.metric.unit),
        difference_words(each),
        interval_words(chosen(found.design, each), each),
        lift_words(each.lift),
        pvalue_words(each),
        check.outcome.upper(),
    )


def trust_table(found: Findings) -> TableView:
    """The checks of the experiment itself."""
    bad = "" if found.is_valid else "not "
    return TableView(
        caption=f"The experiment may {bad}be read: "
        f"{found.all_units:,} units and {found.rows:,} rows were analysed.",
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
    """One row per metric and treatment; no row where the experiment is invalid."""
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
    shown = found.by_metric if found.is_valid else []
    frame = pd.DataFrame(
        {name: [get(each) for _, each, _ in shown] for name, get in columns.items()},
    )
    frame.insert(1, "variant", [label for label, _, _ in shown])
    frame["outcome"] = [str(check.outcome) for _, _, check in shown]
    return frame
