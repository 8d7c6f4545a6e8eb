"""Findings to figures: effects with margins, the path of the estimate, the sample ratio."""

import math
from typing import TYPE_CHECKING, Any

from mlops_lib.experiments import summary
from mlops_lib.experiments.checks import difference_unit
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.findings import Findings
from mlops_lib.plots import (
    BAD,
    CURRENT,
    INK,
    MUTED,
    OUTCOME_COLOURS,
    REFERENCE,
    Picture,
    headline,
    legend,
    new_figure,
)
from mlops_lib.verdict import Check, Outcome, format_quantity, worst

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW_INCHES = 0.95
_LONGEST_NAME = 40


def plot_effect(found: Findings) -> Picture:
    """One row per metric: the change with its interval, no change, and the margin.

    An invalid experiment shows no effect: its sample ratio is drawn instead.
    """
    if not found.is_valid:
        return plot_ratio(found)
    shown = [(each, check) for each, check in found.pairs if check.interval.is_known]
    if not shown:
        return _words_only(found, "No metric has an interval yet: too few units")
    figure, axes = new_figure(height=0.5 + _ROW_INCHES * len(shown), rows=len(shown))
    panels = [axes] if len(shown) == 1 else list(axes)
    for axis, (estimate, check) in zip(panels, shown, strict=True):
        _draw_effect(axis, estimate, check)
    headline(figure, _effect_title(found))
    return Picture(
        figure=figure,
        caption="Dot: treatment minus control. Bar: the interval that decides. "
        "Dashed: the margin of a guardrail. Grey line: no change. "
        f"{sum(found.units):,} units.",
        alt="; ".join(_effect_words(check) for _, check in shown) + ".",
    )


def plot_path(found: Findings) -> Picture:
    """The primary difference at the end of each day, with the band that may be read every day."""
    if not found.is_valid:
        return plot_ratio(found)
    known = [look for look in found.path if look.primary.always_valid.is_known]
    if not known:
        return _words_only(found, "No path over time: the table has no times, or too few units")
    figure, axis = new_figure()
    scale = _scale_of(found.primary)
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
    axis.plot(days, [scale * look.primary.difference for look in known], color=CURRENT)
    _draw_last(axis, known[-1].primary, days[-1], scale)
    axis.axhline(0, color=INK, linewidth=0.8)
    _limit_to(
        axis,
        [bound * scale for look in known[len(known) // 4 :] for bound in look.primary.always_valid],
    )
    axis.set_ylabel(f"difference{_unit_label(found.primary)}")
    legend(axis, loc="best")
    _date_axis(axis)
    headline(axis, _path_title(found))
    return Picture(
        figure=figure,
        caption="Line: treatment minus control from all rows up to that day. Band: may be read "
        f"every day. Bar at the end: the interval for a single look. {len(known)} days.",
        alt=f"{_path_title(found)}; the last difference is "
        f"{summary.difference_words(found.primary)}, always-valid interval "
        f"{summary.interval_words(found.primary.always_valid, found.primary)}.",
    )


def plot_ratio(found: Findings) -> Picture:
    """The share of units in treatment by day, against the planned share."""
    if found.design.paired:
        return _words_only(found, "Every case was answered by both variants: no split to check")
    figure, axis = new_figure(height=2.4)
    planned = 100 * found.design.treatment_share
    looks = [(look.day, look.units) for look in found.path if sum(look.units)]
    shares = [100 * units[1] / sum(units) for _, units in looks]
    share = 100 * found.units[1] / sum(found.units)
    if looks:
        axis.plot([day for day, _ in looks], shares, color=CURRENT, label="found")
        _date_axis(axis)
    else:
        axis.plot([0], [share], "o", color=CURRENT, label="found")
        axis.set_xticks([])
    axis.axhline(planned, color=REFERENCE, linestyle="--", label="planned")
    axis.set_ylabel("% of units in treatment")
    axis.set_ylim(0, max([planned, share, *shares]) * 1.25)
    legend(axis, loc="lower right")
    verdict = "as planned" if found.trust[0].outcome == "pass" else "not the planned split"
    title = f"{share:.1f} % of units are in treatment, planned {planned:.1f} %: {verdict}"
    headline(axis, title)
    return Picture(
        figure=figure,
        caption=f"Units seen up to each day; {found.units[0]:,} in control and "
        f"{found.units[1]:,} in treatment at the end.",
        alt=f"{title}. {found.trust[0].explanation}",
    )


def _draw_effect(axis: "Axes", estimate: Estimate, check: Check) -> None:
    scale = 100 if check.unit in {"share", "points"} else 1
    low, high = (bound * scale for bound in check.interval)
    colour = OUTCOME_COLOURS[check.outcome]
    axis.axvline(0, color=MUTED, linewidth=0.9)
    reach = [0.0, low, high]
    if estimate.metric.role == "guardrail" and check.limit is not None:
        axis.axvline(check.limit * scale, color=BAD, linewidth=1.2, linestyle="--")
        reach.append(check.limit * scale)
    axis.plot([low, high], [0, 0], color=colour, linewidth=4, solid_capstyle="round")
    axis.plot([check.estimate * scale], [0], "o", color=colour, markersize=8)
    _limit_to(axis, reach, horizontal=True)
    axis.set_yticks([])
    axis.set_ylim(-1, 1)
    axis.spines["left"].set_visible(False)
    unit = {"share": "%", "points": "points", "": ""}.get(check.unit, check.unit)
    axis.set_title(
        f"{_short(check.name)}: {_signed(check)} ({estimate.metric.role}, {check.outcome})",
        loc="left",
        fontsize=9.5,
        fontweight="normal",
    )
    axis.set_xlabel(unit, fontsize=8, labelpad=1)


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


def _date_axis(axis: "Axes") -> None:
    from matplotlib import dates

    locator = dates.AutoDateLocator(maxticks=7)  # type: ignore[no-untyped-call]
    axis.margins(x=0.01)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _words_only(found: Findings, title: str) -> Picture:
    figure, axis = new_figure(height=1.0)
    axis.set_axis_off()
    headline(axis, title)
    return Picture(
        figure=figure,
        caption=f"{sum(found.units):,} units were analysed.",
        alt=f"{title}.",
    )


_PRIMARY_WORDS = {
    Outcome.PASS: "improved",
    Outcome.FAIL: "shows no gain worth having",
    Outcome.UNDECIDED: "cannot be decided yet",
}
_GUARDRAIL_WORDS = {
    Outcome.PASS: "every guardrail held",
    Outcome.FAIL: "a guardrail is broken",
    Outcome.UNDECIDED: "a guardrail cannot be decided yet",
}


def _effect_title(found: Findings) -> str:
    primary = found.pairs[0][1].outcome
    title = f"{_started(found.primary.metric.name)} {_PRIMARY_WORDS[primary]}"
    guarded = [check.outcome for each, check in found.pairs if each.metric.role == "guardrail"]
    if not guarded:
        return title
    good = (primary is Outcome.PASS) == (worst(guarded) is Outcome.PASS)
    return f"{title}{', and' if good else ', but'} {_GUARDRAIL_WORDS[worst(guarded)]}"


def _path_title(found: Findings) -> str:
    """True on the first day that told, and at the end: a band may come to hold 0 again."""
    told = [look.primary.always_valid.excludes(0.0) for look in found.path]
    name = _started(found.primary.metric.name)
    if not any(told):
        return f"{name}: on no day could a change be told from chance"
    if not told[-1]:
        return f"{name}: at the end, the change cannot be told from chance"
    start = len(told) - told[::-1].index(False) if False in told else 0
    since = found.path[start].day.isoformat()
    return f"{name}: the change can be told from chance since {since}"


def _effect_words(check: Check) -> str:
    low, high = (format_quantity(bound, check.unit) for bound in check.interval)
    return f"{check.name} {_signed(check)}, interval {low} to {high}, {check.outcome}"


def _signed(check: Check) -> str:
    text = format_quantity(check.estimate, check.unit)
    return f"+{text}" if check.estimate > 0 and not text.startswith("+") else text


def _scale_of(estimate: Estimate) -> float:
    return 100.0 if estimate.metric.unit == "share" else 1.0


def _unit_label(estimate: Estimate) -> str:
    unit = difference_unit(estimate.metric.unit)
    return f" ({unit})" if unit else ""


def _started(name: str) -> str:
    return _short(name[:1].upper() + name[1:])


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
