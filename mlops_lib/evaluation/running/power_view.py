"""The plan of a gate as a table."""

import math
from collections.abc import Sequence

from mlops_lib.display import TableView
from mlops_lib.evaluation.running.power import Plan
from mlops_lib.quantities import format_quantity

_COLUMNS = (
    "Cases",
    "Cluster effect",
    "Noise",
    "Margin",
    "Visible drop",
    "Cases for margin",
    "False alarm, bare rule",
    "this gate",
)


def plan_view(plans: Sequence[Plan]) -> TableView:
    """What a gate could see, metric by metric."""
    first = plans[0]
    blind = [plan.name for plan in plans if plan.visible > plan.margin]
    told = f"too few to see the margin of {', '.join(blind)}" if blind else "enough for each margin"
    return TableView(
        caption=(
            f"{first.repeats} repeats of {max(plan.n for plan in plans):,} cases are {told}; "
            "a change is taken to be as clustered as the level is (cluster effect)."
        ),
        columns=("Metric", *_COLUMNS),
        rows=tuple(_row(plan) for plan in plans),
        numeric=_COLUMNS,
    )


def _row(plan: Plan) -> tuple[str, ...]:
    noise, margin, visible = (
        format_quantity(value, plan.unit).removeprefix("+")
        for value in (math.sqrt(plan.noise.within), plan.margin, plan.visible)
    )
    return (
        plan.name,
        f"{plan.n:,}",
        f"{plan.design:.2f}",
        noise,
        margin,
        visible,
        "unknown" if plan.needed is None else f"{plan.needed:,}",
        format_quantity(plan.bare_false_alarm, "share"),
        format_quantity(plan.gate_false_alarm, "share"),
    )
