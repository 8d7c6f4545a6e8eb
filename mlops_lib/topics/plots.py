"""Pictures of the analysis: scores day by day, the gaps' growth, and the map of queries."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_lib.plots import (
    BAD,
    CAUTION,
    CURRENT,
    GOOD,
    GRID,
    INK,
    REFERENCE,
    UNDECIDED,
    Picture,
    headline,
    legend,
    new_figure,
)
from mlops_lib.quantities import format_quantity
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.layout import COVERED, MOST_POINTS, Point
from mlops_lib.topics.scores import Day, ScoreDrift

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP_COLOURS = (BAD, CURRENT, CAUTION, UNDECIDED, GOOD)
"""One per gap on the map; further gaps share the muted ink."""

GAP_MARKERS = ("o", "s", "^", "D", "v")
"""And one shape per gap, for readers who do not see the colours."""

_LONGEST_LABEL = 42


def plot_scores(drift: ScoreDrift) -> Picture:
    """Share of low scores and mean score, day by day, with both windows' means."""
    figure, (top, bottom) = new_figure(height=4.8, rows=2)
    low, mean = drift.low_share, drift.mean
    if math.isfinite(drift.low_score):
        _days(top, drift.days, [100 * day.low_share for day in drift.days])
        _intervals(top, drift.days)
        _levels(top, drift, 100 * low.reference, 100 * low.current)
        top.set_ylim(bottom=0)
    title = _share_title(drift)
    headline(top, title)
    top.set_ylabel("low scores, %")
    _days(bottom, drift.days, [day.mean for day in drift.days])
    _levels(bottom, drift, mean.reference, mean.current)
    change = f"The mean score changed by {format_quantity(mean.estimate)}"
    headline(bottom, change if math.isfinite(mean.estimate) else "One window has no scores")
    bottom.set_ylabel("mean score")
    bottom.set_xlabel("days before the end of the log")
    top.sharex(bottom)
    first, last = (drift.days[0].label, drift.days[-1].label) if drift.days else ("", "")
    return Picture(
        figure=figure,
        caption=(
            f"Each point is 24 hours between {first} and {last}, with the 95 % interval of the "
            f"share; grey is the reference window, blue the current one; lines are their means "
            f"({mean.n:,} queries)."
        ),
        alt=(
            f"{title}. The mean score was {format_quantity(mean.reference)} before and is "
            f"{format_quantity(mean.current)} now."
        ),
    )


def plot_gaps(gaps: Sequence[Gap]) -> Picture:
    """Share of the traffic of each gap, before and now."""
    figure, axes = new_figure(height=1.3 + 0.55 * max(len(gaps), 1))
    title = "No topic of badly served queries is shared by enough users"
    for row, gap in enumerate(gaps):
        before, now = 100 * gap.traffic.reference, 100 * gap.traffic.current
        axes.plot([before, now], [row, row], color=GRID, linewidth=4, zorder=1)
        axes.plot(before, row, "o", color=REFERENCE, zorder=2, label="" if row else "before")
        axes.plot(now, row, "o", color=CURRENT, zorder=3, label="" if row else "now")
    if gaps:
        total = [sum(each) for each in zip(*(_shares(gap) for gap in gaps), strict=True)]
        topics = f"{len(gaps)} uncovered topics" if len(gaps) > 1 else "One uncovered topic"
        title = f"{topics}: from {total[0]:.1f} % to {total[1]:.1f} % of the traffic"
        legend(axes, loc="lower right")
    axes.set_yticks(range(len(gaps)), [_label(gap) for gap in gaps], parse_math=False)
    axes.invert_yaxis()
    axes.margins(y=0.25)
    axes.set_xlim(left=0)
    axes.set_xlabel("badly served requests, % of all requests of the window")
    headline(figure, title)
    return Picture(
        figure=figure,
        caption="Share of all requests that are badly served and belong to the gap.",
        alt=f"{title}: "
        + "; ".join(
            f"gap {gap.number} from {_shares(gap)[0]:.1f} % to {_shares(gap)[1]:.1f} %"
            for gap in gaps
        ),
    )


def plot_map(points: Sequence[Point], gaps: Sequence[Gap]) -> Picture:
    """Queries in two dimensions, the gaps coloured."""
    figure, axes = new_figure(height=4.8)
    numbers = [gap.number for gap in gaps]
    served = [point for point in points if point.kind == COVERED]
    other = [point for point in points if point.kind not in {COVERED, *numbers}]
    _dots(axes, served, ".", REFERENCE, label="well served", size=4.5)
    _dots(axes, _thinned(other), "x", INK, label="otherwise badly served", size=4)
    for position, gap in enumerate(gaps):
        chosen = [point for point in points if point.kind == gap.number]
        known = position < len(GAP_COLOURS)
        colour = GAP_COLOURS[position] if known else INK
        marker = GAP_MARKERS[position % len(GAP_MARKERS)]
        _dots(axes, chosen, marker, colour, label=_label(gap), size=4.5)
    axes.set_xticks([])
    axes.set_yticks([])
    title = f"{_words(len(gaps))} among the badly served queries"
    headline(axes, title)
    if points:
        shown = legend(figure, loc="outside lower left", ncols=2)
        for text in shown.get_texts():
            text.set_parse_math(False)
    return Picture(
        figure=figure,
        caption=(
            "Each mark is a query; queries of like wording lie near each other. The axes are the "
            "two main directions among the gaps (principal components) and have no unit."
        ),
        alt=f"A map of {len(points)} queries. {title}.",
    )


def _dots(
    axes: "Axes", points: Sequence[Point], marker: str, colour: str, *, label: str, size: float
) -> None:
    if points:
        x, y = [point.x for point in points], [point.y for point in points]
        axes.plot(
            x,
            y,
            marker,
            color=colour,
            markersize=size,
            label=label,
            markeredgewidth=1 if marker == "x" else 0,
        )


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    return points[:: len(points) // MOST_POINTS + 1]


def _days(axes: "Axes", days: Sequence[Day], values: Sequence[float]) -> None:
    for is_current, colour in ((False, REFERENCE), (True, CURRENT)):
        chosen = [
            (-day.days_ago, value)
            for day, value in zip(days, values, strict=True)
            if day.is_current == is_current
        ]
        if chosen:
            x, y = zip(*chosen, strict=True)
            axes.plot(x, y, "o", color=colour, markersize=4)


def _levels(axes: "Axes", drift: ScoreDrift, before: float, now: float) -> None:
    for is_current, level, colour in ((False, before, REFERENCE), (True, now, CURRENT)):
        x = [-day.days_ago for day in drift.days if day.is_current == is_current]
        if x:
            axes.plot([min(x) - 0.4, max(x) + 0.4], [level] * 2, color=colour, linewidth=1.5)


def _intervals(axes: "Axes", days: Sequence[Day]) -> None:
    """One line with gaps per window: a path for each day would triple the picture's size."""
    for is_current, colour in ((False, REFERENCE), (True, CURRENT)):
        chosen = [day for day in days if day.is_current == is_current]
        x = [each for day in chosen for each in (-day.days_ago, -day.days_ago, math.nan)]
        y = [100 * each for day in chosen for each in (*day.low_interval, math.nan)]
        axes.plot(x, y, color=colour, linewidth=1, alpha=0.5)


def _share_title(drift: ScoreDrift) -> str:
    share = drift.low_share
    if not math.isfinite(share.estimate):
        return "Too little data to say what a low score is"
    before, now = (format_quantity(each, "share") for each in (share.reference, share.current))
    return f"Low scores went from {before} to {now} of the queries"


def _shares(gap: Gap) -> tuple[float, float]:
    return 100 * gap.traffic.reference, 100 * gap.traffic.current


def _label(gap: Gap) -> str:
    text = f"gap {gap.number}: {gap.label.text}"
    return text if len(text) <= _LONGEST_LABEL else f"{text[:_LONGEST_LABEL]}…"


def _words(count: int) -> str:
    return {0: "No coverage gap", 1: "One coverage gap"}.get(count, f"{count} coverage gaps")
