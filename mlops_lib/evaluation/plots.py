"""Figures of a comparison: titles state the finding; nothing is computed here."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_lib.evaluation.checks import CHANGE
from mlops_lib.evaluation.differences import PairedMetric
from mlops_lib.evaluation.slices import Slice
from mlops_lib.plots import (
    BAD,
    GRID,
    INK,
    OUTCOME_COLOURS,
    REFERENCE,
    Picture,
    headline,
    new_figure,
)
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SLICES = 14
_LONGEST_LABEL = 40
_NAMED = 3

_NARROWEST = 2.0
"""Points to each side of 0 that an axis shows at least: no change must not look like much."""


def plot_differences(metrics: Sequence[PairedMetric], checks: Mapping[str, Check]) -> Picture:
    """Forest of the changes in points, each with the margin that it must not lose.

    Args:
        metrics: those that are shares.
        checks: of the gate, by name.
    """
    shown = [metric for metric in metrics if f"{CHANGE}{metric.name}" in checks]
    outcomes = [checks[f"{CHANGE}{metric.name}"].outcome for metric in shown]
    figure, axes = new_figure(height=1.2 + 0.36 * len(shown))
    _zero_line(axes)
    for row, (metric, outcome) in enumerate(zip(shown, outcomes, strict=True)):
        _whisker(axes, row, metric, OUTCOME_COLOURS[outcome])
        margin = 100 * (checks[f"{CHANGE}{metric.name}"].limit or 0.0)
        axes.plot([margin, margin], [row - 0.3, row + 0.3], color=BAD, linewidth=1.2)
    _label_rows(axes, [f"{metric.name} ({metric.n})" for metric in shown])
    headline(axes, _differences_title(shown, outcomes))
    told = "; ".join(f"{_told(m)}, {outcome}" for m, outcome in zip(shown, outcomes, strict=True))
    return Picture(
        figure=figure,
        caption=(
            "Candidate minus baseline in points, with 95 % intervals; the number of cases is in "
            "brackets. A metric passes when its interval stays to the right of its red margin."
        ),
        alt=f"Change from baseline to candidate: {told}.",
    )


def _differences_title(metrics: Sequence[PairedMetric], outcomes: Sequence[Outcome]) -> str:
    count = len(metrics)
    for outcome, words in (
        (Outcome.FAIL, "worse by more than the margin"),
        (Outcome.UNDECIDED, "too uncertain to rule a loss out"),
    ):
        found = [m.name for m, given in zip(metrics, outcomes, strict=True) if given is outcome]
        if found:
            return f"{len(found)} of {count} metrics {words}: {', '.join(found[:_NAMED])}"
    return f"None of {count} metrics loses more than its margin"


def plot_slices(slices: Sequence[Slice], name: str) -> Picture:
    """Forest of one metric's change in each slice, largest slice first.

    Args:
        slices: largest first.
        name: of the metric.
    """
    shown = [part for part in slices if name in part.metrics][:MOST_SLICES]
    figure, axes = new_figure(height=1.2 + 0.3 * len(shown))
    _zero_line(axes)
    for row, part in enumerate(shown):
        _whisker(axes, row, part.metrics[name], INK)
    _label_rows(axes, [f"{part.label[:_LONGEST_LABEL]} ({part.metrics[name].n})" for part in shown])
    headline(axes, _slices_title(shown, name))
    told = "; ".join(
        f"{part.label} {format_quantity(part.metrics[name].estimate, 'points')}" for part in shown
    )
    return Picture(
        figure=figure,
        caption=(
            f"Change in {name} in points per kind and tag with 95 % intervals, not adjusted for "
            "looking at many slices; the number of cases is in brackets."
        ),
        alt=f"Change in {name} per slice: {told}.",
    )


def _slices_title(slices: Sequence[Slice], name: str) -> str:
    if not slices:
        return f"No slice is large enough to show {name}"
    lower = [part for part in slices if part.metrics[name].interval.high < 0]
    if not lower:
        return f"No slice shows a drop in {name}"
    worst = min(lower, key=lambda part: part.metrics[name].estimate)
    told = format_quantity(worst.metrics[name].estimate, "points")
    return f"{name} drops most in {worst.label[:_LONGEST_LABEL]}: {told}"


def _told(metric: PairedMetric) -> str:
    low, high = (format_quantity(bound, "points") for bound in metric.interval)
    return f"{metric.name} {format_quantity(metric.estimate, 'points')} ({low} to {high})"


def _zero_line(axes: "Axes") -> None:
    axes.axvline(0, color=REFERENCE, linewidth=1)
    axes.grid(visible=False, axis="y")


def _whisker(axes: "Axes", row: int, metric: PairedMetric, colour: str) -> None:
    if metric.interval.is_known:
        low, high = (100 * bound for bound in metric.interval)
        axes.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot(100 * metric.estimate, row, "o", color=colour, markersize=6)


def _label_rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("candidate minus baseline, points")
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -_NARROWEST), max(high, _NARROWEST))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(GRID)
