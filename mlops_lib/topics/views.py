"""Results as captioned tables; every query is untrusted text, and `TableView` escapes it."""

import math
from collections.abc import Sequence

from mlops_lib.display import TableView
from mlops_lib.topics.conclude import traffic_share
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.scores import ScoreDrift
from mlops_lib.topics.sensitivity import CutResult
from mlops_lib.topics.windows import WindowDifference
from mlops_lib.verdict import format_quantity

_LONGEST_QUERY = 160
_NONE = "–"


def gaps_view(gaps: Sequence[Gap], *, outside: int, withheld: int) -> TableView:
    """One row per gap: how large, how fast it grows, what it costs, what is nearest.

    Args:
        gaps: to show.
        outside: badly served requests of the current window in none of all the gaps.
        withheld: clusters of too few users to be shown.
    """
    rest = f"{outside:,} further badly served requests belong to no topic"
    rest += f"; {withheld} small clusters are withheld for privacy." if withheld else "."
    found = "No topic is shared by enough users"
    if gaps:
        share = format_quantity(traffic_share(gaps), "share")
        found = f"The {len(gaps)} least covered topics make up at least {share} of the traffic"
    columns = (
        "Gap",
        "What users say",
        "Users",
        "Requests",
        "Share now",
        "Share before",
        "Growth p",
        "Thumbs down",
        "No answer",
    )
    return TableView(
        caption=f"{found}; {rest}",
        columns=columns,
        rows=tuple(_gap_row(gap) for gap in gaps),
        numeric=columns[2:],
    )


def questions_view(gaps: Sequence[Gap]) -> TableView:
    """The most typical question of each gap, further ones, and the documents nearest to it."""
    return TableView(
        caption="What users asked, in their own words; the first question is the most typical.",
        columns=("Gap", "Most typical question", "Also asked", "Nearest documents (similarity)"),
        rows=tuple(
            (
                f"gap {gap.number}",
                _short(gap.label.medoid),
                " · ".join(_short(example) for example in gap.label.examples) or _NONE,
                ", ".join(f"{name} ({similarity:.2f})" for name, similarity in gap.nearest)
                or _NONE,
            )
            for gap in gaps
        ),
    )


def drift_view(drift: ScoreDrift) -> TableView:
    """Share of low scores and mean score, current against reference."""
    limit = format_quantity(drift.low_score)
    how = "the reference window's 5th percentile" if drift.calibrated else "as given"
    columns = ("Measure", "Before", "Now", "Difference", "95 % interval", "p", "Queries", "Users")
    return TableView(
        caption=(
            f"{_direction(drift.low_share)} A score below {limit} is low ({how}); "
            f"{drift.unscored:,} queries have no score."
        ),
        columns=columns,
        rows=(
            _drift_row("queries with a low score", drift.low_share, rise=True),
            _drift_row("mean score", drift.mean, rise=False),
        ),
        numeric=columns[1:],
    )


def sensitivity_view(cuts: Sequence[CutResult], *, cut: float) -> TableView:
    """How the clusters change when the cut moves."""
    columns = ("Cut", "Clusters", "Users' questions inside", "Shown gaps still found")
    return TableView(
        caption="The same queries, cut a little tighter and a little looser.",
        columns=columns,
        rows=tuple(
            (
                f"{each.cut:.2f}{' (used)' if abs(each.cut - cut) < 1e-9 else ''}",  # noqa: PLR2004
                each.clusters,
                format_quantity(each.inside, "share"),
                f"{each.kept} of {each.compared}",
            )
            for each in cuts
        ),
        numeric=columns[1:],
    )


def format_pvalue(pvalue: float) -> str:
    """A p-value as people read it.

    Example:
        >>> format_pvalue(0.00000001), format_pvalue(0.0312), format_pvalue(float("nan"))
        ('< 0.0001', '0.031', 'unknown')
    """
    if math.isnan(pvalue):
        return "unknown"
    return "< 0.0001" if pvalue < 1e-4 else f"{pvalue:.2g}"  # noqa: PLR2004


def _gap_row(gap: Gap) -> tuple[object, ...]:
    rated = gap.thumbs_down
    down = f"{format_quantity(rated.estimate, 'share')} of {rated.n}" if rated.n else _NONE
    return (
        f"gap {gap.number}",
        gap.label.text,
        f"{gap.users:,}",
        f"{gap.requests:,}",
        format_quantity(gap.traffic.current, "share"),
        format_quantity(gap.traffic.reference, "share"),
        format_pvalue(gap.pvalue),
        down,
        format_quantity(gap.no_answer.estimate, "share"),
    )


def _drift_row(name: str, difference: WindowDifference, *, rise: bool) -> tuple[object, ...]:
    unit, change = ("share", "points") if rise else ("", "")
    low, high = (format_quantity(bound, change) for bound in difference.interval)
    return (
        name,
        format_quantity(difference.reference, unit),
        format_quantity(difference.current, unit),
        format_quantity(difference.estimate, change),
        f"{low} to {high}" if difference.interval.is_known else "unknown",
        format_pvalue(difference.pvalue_rise if rise else difference.pvalue_fall),
        f"{difference.n:,}",
        f"{difference.users:,}",
    )


def _direction(share: WindowDifference) -> str:
    if math.isnan(share.estimate):
        return "There is too little data to say what a low score is."
    now, before = (format_quantity(each, "share") for each in (share.current, share.reference))
    return f"Low scores: {now} of the queries now, {before} before."


def _short(query: str) -> str:
    text = " ".join(query.split())
    return text if len(text) <= _LONGEST_QUERY else f"{text[:_LONGEST_QUERY]}…"
