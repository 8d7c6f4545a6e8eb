"""Findings to figures: effects with margins, the path of the estimate, the sample ratio."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mlops_lib.experiments import plot_words, wording
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.split import split_of
from mlops_lib.plots import (
    BAD,
    CAUTION,
    CURRENT,
    GOOD,
    INK,
    MUTED,
    OUTCOME_COLOURS,
    REFERENCE,
    UNDECIDED,
    Picture,
    headline,
    legend,
    new_figure,
)
from mlops_lib.verdict import Check

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW_INCHES = 0.95
_BAR_INCHES = 0.3

_OTHERS = (CAUTION, UNDECIDED, GOOD, REFERENCE)
"""Lines of further treatments; more than so many in one figure tell nobody anything."""


def plot_effect(found: Findings) -> Picture:
    """One row per metric: the change with its interval, no change, and the margin.

    An invalid experiment shows no effect: its sample ratio is drawn instead.
    """
    if not found.is_valid:
        return plot_ratio(found)
    panels = _panels(found)
    if not panels:
        return _words_only(found, "No metric has an interval yet: too few units")
    size = _ROW_INCHES + _BAR_INCHES * len(found.others)
    figure, axes = new_figure(height=0.5 + size * len(panels), rows=len(panels))
    for axis, bars in zip([axes] if len(panels) == 1 else axes, panels, strict=True):
        _draw_effects(axis, bars, several=bool(found.others))
    headline(figure, plot_words.effect_title(found))
    return Picture(
        figure=figure,
        caption="Dot: treatment minus control. Bar: the interval that decides. "
        "Dashed: the margin of a guardrail. Grey line: no change. "
        f"{found.all_units:,} units.",
        alt="; ".join(
            f"{f'{label}: ' if found.others else ''}{plot_words.effect_words(check)}"
            for bars in panels
            for label, _, check in bars
        )
        + ".",
    )


_Bar = tuple[str, Estimate, Check]
"""Label of the treatment, its estimate, its check."""


def _panels(found: Findings) -> list[list[_Bar]]:
    """By metric, one bar for each treatment that has an interval."""
    known = [bar for bar in found.by_metric if bar[2].interval.is_known]
    return [list(bars) for _, bars in groupby(known, key=lambda bar: bar[1].metric.name)]


def plot_path(found: Findings) -> Picture:
    """The primary difference at the end of each day, with the band that may be read every day."""
    if not found.is_valid:
        return plot_ratio(found)
    known = [look for look in found.path if look.primary.always_valid.is_known]
    if not known:
        return _words_only(found, "No path over time: the table has no times, or too few units")
    figure, axis = new_figure()
    scale = plot_words.scale_of(found.primary)
    days = [look.day for look in known]
    axis.fill_between(
        days,
        [scale * look.primary.always_valid.low for look in known],
        [scale * look.primary.always_valid.high for look in known],
        color=CURRENT,
        alpha=0.18,
        linewidth=0,
        label="always-valid interval",
    )
    label = found.decision.treatment if found.others else None
    axis.plot(days, [scale * look.primary.difference for look in known], color=CURRENT, label=label)
    _draw_other_paths(axis, found, scale)
    _draw_last(axis, known[-1].primary, days[-1], scale)
    axis.axhline(0, color=INK, linewidth=0.8)
    _limit_to(
        axis,
        [bound * scale for look in known[len(known) // 4 :] for bound in look.primary.always_valid],
    )
    axis.set_ylabel(f"difference{plot_words.unit_label(found.primary)}")
    legend(axis, loc="best")
    _date_axis(axis, days)
    headline(axis, plot_words.path_title(found))
    return Picture(
        figure=figure,
        caption="Line: treatment minus control from all rows up to that day. Band: may be read "
        f"every day{'; it decides' if found.design.peeking else ''}. Bar at the end: the interval "
        f"for a single look{'' if found.design.peeking else ', which decides'}. "
        f"{len(found.evidence.days):,} days.",
        alt=f"{plot_words.path_title(found)}; the last difference is "
        f"{wording.difference_words(found.primary)}, always-valid interval "
        f"{wording.interval_words(found.primary.always_valid, found.primary)}.",
    )


def plot_ratio(found: Findings) -> Picture:
    """The share of units in treatment by day, against the planned share."""
    if found.design.paired:
        return _words_only(found, "Every case was answered by both variants: no split to check")
    figure, axis = new_figure(height=2.4)
    split = split_of(found)
    for arm, colour in zip(split, (CURRENT, *_OTHERS), strict=False):
        label = "found" if len(split) == 1 else arm.label
        if found.evidence.days:
            axis.plot(list(arm.days), arm.shares, color=colour, label=label)
        else:
            axis.plot([0], [arm.share], "o", color=colour, label=label)
        axis.axhline(
            arm.planned, color=REFERENCE if len(split) == 1 else colour, linestyle="--",
            label="planned" if len(split) == 1 else None,
        )  # fmt: skip
    if found.evidence.days:
        _date_axis(axis, split[0].days)
    else:
        axis.set_xticks([])
    axis.set_ylabel("% of units in treatment" if len(split) == 1 else "% of units")
    axis.set_ylim(0, max(value for arm in split for value in arm.heights) * 1.25)
    legend(axis, loc="lower right")
    title = plot_words.ratio_title(found, split)
    headline(axis, title)
    return Picture(
        figure=figure,
        caption=plot_words.ratio_caption(found),
        alt=f"{title}. {found.trust[0].explanation}",
    )


def _draw_effects(axis: "Axes", bars: list[_Bar], *, several: bool) -> None:
    axis.axvline(0, color=MUTED, linewidth=0.9)
    reach = [0.0]
    for height, (_, estimate, check) in enumerate(reversed(bars)):
        reach += _draw_effect(axis, estimate, check, height)
    _limit_to(axis, reach, horizontal=True)
    axis.set_yticks(range(len(bars)) if several else [])
    if several:
        labels = [
            f"{plot_words.short(label)}: {plot_words.signed(check)}, {check.outcome}"
            for label, _, check in reversed(bars)
        ]
        axis.set_yticklabels(labels, fontsize=8.5, parse_math=False)
    axis.set_ylim(-1, len(bars))
    axis.spines["left"].set_visible(False)
    _, estimate, check = bars[0]
    axis.set_title(
        plot_words.panel_title(estimate, check, several=several),
        loc="left", fontsize=9.5, fontweight="normal", parse_math=False,
    )  # fmt: skip
    unit = {"share": "%", "points": "points", "": ""}.get(check.unit, check.unit)
    axis.set_xlabel(unit, fontsize=8, labelpad=1)


def _draw_effect(axis: "Axes", estimate: Estimate, check: Check, height: int) -> list[float]:
    """One bar with its dot and margin; the values that must be in the frame."""
    scale = 100 if check.unit in {"share", "points"} else 1
    low, high = (bound * scale for bound in check.interval)
    colour, reach = OUTCOME_COLOURS[check.outcome], [low, high]
    if estimate.metric.role == "guardrail" and check.limit is not None:
        if height == 0:  # one margin for all treatments
            axis.axvline(check.limit * scale, color=BAD, linewidth=1.2, linestyle="--")
        reach.append(check.limit * scale)
    axis.plot([low, high], [height, height], color=colour, linewidth=4, solid_capstyle="round")
    axis.plot([check.estimate * scale], [height], "o", color=colour, markersize=8)
    return reach


def _draw_other_paths(axis: "Axes", found: Findings, scale: float) -> None:
    for arm, colour in zip(found.others, _OTHERS, strict=False):
        days: Any = [look.day for look in arm.path]
        values = [scale * look.primary.difference for look in arm.path]
        axis.plot(days, values, color=colour, linewidth=1.2, label=arm.label)


def _draw_last(axis: "Axes", primary: Estimate, day: Any, scale: float) -> None:  # noqa: ANN401
    axis.plot(
        [day, day],
        [bound * scale for bound in primary.interval],
        color=INK,
        linewidth=2,
        label="interval for one look",
    )


def _limit_to(axis: "Axes", values: list[float], *, horizontal: bool = False) -> None:
    """Room of 8 % around the values and zero; the first wild looks may leave the frame."""
    finite = [value for value in values if math.isfinite(value)] + [0.0]
    room = 0.08 * (max(finite) - min(finite)) or 1.0
    set_limits = axis.set_xlim if horizontal else axis.set_ylim
    set_limits(min(finite) - room, max(finite) + room)


def _date_axis(axis: "Axes", days: Sequence[Any]) -> None:
    from matplotlib import dates

    locator = dates.AutoDateLocator(maxticks=7)  # type: ignore[no-untyped-call]
    axis.margins(x=0.01)
    if len(days) == 1:
        axis.set_xticks([days[0]], [days[0].isoformat()])
        return
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _words_only(found: Findings, title: str) -> Picture:
    figure, axis = new_figure(height=1.0)
    axis.set_axis_off()
    headline(axis, title)
    return Picture(
        figure=figure,
        caption=f"{found.all_units:,} units were analysed.",
        alt=f"{title}.",
    )
