"""Results as captioned tables; every query is untrusted text, and `TableView` escapes it."""

import math
from collections.abc import Sequence
from math import isclose

from mlops_lib.display import TableView
from mlops_lib.quantities import format_quantity
from mlops_lib.topics.conclude import traffic_share
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.outline import Outline
from mlops_lib.topics.reach import Reach
from mlops_lib.topics.scores import ScoreDrift
from mlops_lib.topics.sensitivity import CutResult
from mlops_lib.topics.windows import WindowDifference

_LONGEST_QUERY = 160
_NONE = "–"
_UNKNOWN = "unknown"


def gaps_view(
    gaps: Sequence[Gap],
    *,
    growing: Sequence[Gap],
    reach: Reach,
    withheld: tuple[int, int],
    fewest_users: int | None,
    note: str = "",
) -> TableView:
    """One row per gap: how large, how fast it grows, and what it costs.

    Args:
        gaps: to show.
        growing: those of them that grow.
        reach: how many of the badly served requests the topics hold.
        withheld: topics of too few users to be shown, and the requests in them.
        fewest_users: distinct users before a topic is shown; None where users are unknown.
        note: on users without a name, or topics.
    """
    found = "No topic is shared by enough users"
    if gaps:
        share = format_quantity(traffic_share(gaps), "share")
        number = f"{len(gaps)} topics make" if len(gaps) > 1 else "1 topic makes"
        found = f"{number} up at least {share} of the traffic, {_growth(len(growing), len(gaps))}"
    rest = f". {reach.sentence}"
    rest += f" {_withheld(*withheld, fewest_users)}" if withheld[0] else ""
    if fewest_users is None:
        rest += " Users are unknown: the rule on distinct users per topic does not apply."
    columns = (
        "Gap",
        "What users say",
        "Users",
        "Requests",
        "Share before",
        "Share now",
        "Growth p",
        "Thumbs down",
        "No answer",
    )
    return TableView(
        caption=f"{found}{rest} {note}".strip(),
        columns=columns,
        rows=tuple(
            _gap_row(gap, grows=gap in growing, has_users=fewest_users is not None) for gap in gaps
        ),
        numeric=columns[2:],
    )


def _withheld(topics: int, requests: int, fewest_users: int | None) -> str:
    which = "topic is" if topics == 1 else "topics are"
    asked = f"{requests:,} {'request' if requests == 1 else 'requests'}"
    return f"{topics} {which} not shown, being asked by fewer than {fewest_users} users ({asked})."


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
                or "none near",
            )
            for gap in gaps
        ),
    )


def outlines_view(outlines: Sequence[Outline]) -> TableView:
    """A draft of each missing page."""
    pages = "1 page" if len(outlines) == 1 else f"{len(outlines)} pages"
    found = f"Drafts of {pages} for the topics above" if outlines else "There is no page to write"
    return TableView(
        caption=f"{found}; each section answers a question as users ask it. Whether a page closes "
        "its gap, a run with candidate_corpus tells.",
        columns=("Page about", "For", "Sections", "Link from"),
        rows=tuple(
            (
                each.title,
                ", ".join(f"gap {number}" for number in each.gaps),
                " · ".join(_short(section) for section in each.sections),
                ", ".join(each.links) or "no page is near",
            )
            for each in outlines
        ),
    )


def drift_view(
    drift: ScoreDrift, badly_served: WindowDifference, *, has_users: bool, skipped: int = 0
) -> TableView:
    """Low scores, mean score and badly served requests, current against reference.

    Args:
        drift: of the scores.
        badly_served: share of requests with a low score or without an answer.
        has_users: whether users are known.
        skipped: rows that were left out because they hold no question.
    """
    limit = format_quantity(drift.low_score)
    how = "the reference window's 5th percentile" if drift.calibrated else "as given"
    columns = ("Measure", "Before", "Now", "Difference", "95 % interval", "p", "Queries", "Users")
    return TableView(
        caption=(
            f"{_direction(drift.low_share)} A score below {limit} is low ({how}); "
            f"{drift.unscored:,} queries have no score or were refused by a guardrail. Badly "
            f"served is a low score or no answer, unless one refused.{_skipped(skipped)}"
        ),
        columns=columns,
        rows=(
            _drift_row("queries with a low score", drift.low_share, "share", has_users=has_users),
            _drift_row("mean score", drift.mean, "", has_users=has_users),
            _drift_row("badly served requests", badly_served, "share", has_users=has_users),
        ),
        numeric=columns[1:],
    )


def _skipped(rows: int) -> str:
    if not rows:
        return ""
    return f" {rows:,} {'row holds' if rows == 1 else 'rows hold'} no question: left out."


def sensitivity_view(
    cuts: Sequence[CutResult], gaps: Sequence[Gap], *, cut: float | None
) -> TableView:
    """How the clusters change when the cut moves.

    Args:
        cuts: from `cut_sensitivity`.
        gaps: that the report shows.
        cut: of the analysis; None where its topics were found otherwise.
    """
    columns = ("Cut", "Clusters", "Users' questions inside", "Shown gaps still found")
    return TableView(
        caption="The same queries, cut a little tighter and a little looser."
        if cut is not None
        else "The same queries grouped by average linkage instead, at three cuts.",
        columns=columns,
        rows=tuple(
            (
                f"{each.cut:.2f}{' (used)' if cut is not None and isclose(each.cut, cut) else ''}",
                each.clusters,
                format_quantity(each.inside, "share"),
                f"{sum(gap.number in each.kept for gap in gaps)} of {len(gaps)}",
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


def _growth(growing: int, shown: int) -> str:
    if growing == shown:
        return "all of it growing"
    return f"{growing} of them growing" if growing else "none growing"


def _gap_row(gap: Gap, *, grows: bool, has_users: bool) -> tuple[object, ...]:
    rated = gap.thumbs_down
    return (
        f"gap {gap.number}{', growing' if grows else ''}",
        gap.label.text,
        f"{gap.users:,}" if has_users else _UNKNOWN,
        f"{gap.requests:,}",
        format_quantity(gap.traffic.reference, "share"),
        format_quantity(gap.traffic.current, "share"),
        format_pvalue(gap.pvalue),
        f"{format_quantity(rated.estimate, 'share')} of {rated.n}" if rated.n else _NONE,
        format_quantity(gap.no_answer.estimate, "share"),
    )


def _drift_row(
    name: str, difference: WindowDifference, unit: str, *, has_users: bool
) -> tuple[object, ...]:
    """A share gets worse by rising, a mean score by falling."""
    change = "points" if unit else ""
    low, high = (format_quantity(bound, change) for bound in difference.interval)
    return (
        name,
        format_quantity(difference.reference, unit),
        format_quantity(difference.current, unit),
        format_quantity(difference.estimate, change),
        f"{low} to {high}" if difference.interval.is_known else "unknown",
        format_pvalue(difference.pvalue_rise if unit else difference.pvalue_fall),
        f"{difference.n:,}",
        f"{difference.users:,}" if has_users else _UNKNOWN,
    )


def _direction(share: WindowDifference) -> str:
    if math.isnan(share.estimate):
        return "There is too little data to say what a low score is."
    now, before = (format_quantity(each, "share") for each in (share.current, share.reference))
    return f"Low scores: {now} of the queries now, {before} before."


def _short(query: str) -> str:
    text = " ".join(query.split())
    return text if len(text) <= _LONGEST_QUERY else f"{text[:_LONGEST_QUERY]}…"
