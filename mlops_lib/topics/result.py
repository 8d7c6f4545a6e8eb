"""The result of the analysis, which knows how to show and how to judge itself."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlops_lib.quantities import format_quantity
from mlops_lib.topics import plots, views
from mlops_lib.topics.candidate import CandidateComparison
from mlops_lib.topics.candidate_views import candidate_view, conclude_candidate
from mlops_lib.topics.checks import Policy, check_drift, check_gaps, growing_gaps
from mlops_lib.topics.cluster import FEWEST_USERS
from mlops_lib.topics.conclude import conclude
from mlops_lib.topics.embed import DEFAULT
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.layout import Point
from mlops_lib.topics.outline import Outline, outline_pages
from mlops_lib.topics.partition import Method
from mlops_lib.topics.reach import Reach
from mlops_lib.topics.scale import Scale
from mlops_lib.topics.scores import ScoreDrift
from mlops_lib.topics.sensitivity import CutResult
from mlops_lib.topics.windows import WindowDifference
from mlops_lib.verdict import Check, Source, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mlops_lib.display import TableView
    from mlops_lib.plots import Picture

NO_USERS = "users are unknown, so every request counts as independent"
"""Said beside each method; one busy user may then look like many."""

LEAST_COVERED = 3
"""Gaps that are shown unless more are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to look for gaps.

    Attributes:
        low_score: score below which a query is badly served; None takes the reference window's
            5th percentile, since scores do not transfer between embedders.
        cut: average cosine distance up to which queries belong together; None takes the one
            measured for the kind of embedder.
        method: "linkage" (average linkage), "kmeans" or "hdbscan".
        k: clusters for "kmeans"; 0 takes one for every ten unique questions.
        smallest_cluster: askers that make a cluster; 0 takes 6 and at least 2 % of the unique
            questions.
        fewest_users: distinct users before anything of theirs is shown.
        gaps: how many least covered topics are wanted; growing ones are shown in any case.
    """

    low_score: float | None = None
    cut: float | None = None
    method: Method = "linkage"
    k: int = 0
    smallest_cluster: int = 0
    fewest_users: int = FEWEST_USERS
    gaps: int = LEAST_COVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsResult:
    """What users ask that the corpus does not cover.

    Attributes:
        name: of the log.
        end: date on which the log ends.
        settings: how it was looked for.
        has_users: whether the log knows users; without, no rule on distinct users applies.
        anonymous: share of the requests without a user, where the log knows users.
        drift: retrieval scores, current against reference.
        badly_served: share of badly served requests, current against reference.
        all_gaps: every gap that may be shown, that of most users first.
        badly_served_now: badly served requests of the current window.
        outside: those of them in no cluster.
        left_out: rows of the log before both windows.
        skipped: rows of the windows without a question.
        withheld: clusters of too few users to be shown.
        withheld_requests: badly served requests of the current window in them.
        loudest: badly served requests of the current window by the one user who made most.
        unreadable: badly served texts that the embedder knows nothing of.
        sensitivity: the clusters at neighbouring cuts.
        points: the map.
        embedder: id of the embedder that made the clusters.
        scale: distances that were used for it.
        badly_asked: share of the current window's requests that ask a question which is badly
            served, by its content key as in a gap's keys.
        candidate: what another corpus would do to the gaps, if one was given.
        names_note: why topics that a model should name keep their terms; "" where they need not.
        sources: fingerprints of the input.
    """

    name: str
    end: str
    settings: Settings
    has_users: bool
    anonymous: float
    drift: ScoreDrift
    badly_served: WindowDifference
    all_gaps: tuple[Gap, ...]
    badly_served_now: int
    outside: int
    left_out: int
    withheld: int
    withheld_requests: int
    loudest: int
    unreadable: int
    sensitivity: tuple[CutResult, ...]
    points: tuple[Point, ...]
    embedder: str
    scale: Scale
    badly_asked: "Mapping[str, float]" = field(default_factory=dict)
    candidate: CandidateComparison | None = None
    names_note: str = ""
    skipped: int = 0
    sources: tuple[Source, ...] = ()

    def gaps(self, policy: Policy | None = None) -> tuple[Gap, ...]:
        """The topics to show: every growing one, then those of most users, as many as wanted.

        Args:
            policy: from which limits on a gap grows.
        """
        growing = growing_gaps(self.all_gaps, policy or Policy())
        others = [gap for gap in self.all_gaps if gap.requests and gap not in growing]
        return (*growing, *others[: max(self.settings.gaps - len(growing), 0)])

    def reach(self, policy: Policy | None = None) -> Reach:
        """Where the badly served requests of the current window lie.

        Args:
            policy: from which limits on a gap grows, and so is shown.
        """
        shown = sum(gap.requests for gap in self.gaps(policy))
        return Reach(
            shown=shown,
            hidden=self.badly_served_now - self.outside - shown,
            outside=self.outside,
            loudest=self.loudest,
            by_wording=self.embedder.startswith(DEFAULT),
        )

    def table(self, policy: Policy | None = None) -> "TableView":
        """The topics to show: size, growth, cost; growing ones first."""
        return views.gaps_view(
            self.gaps(policy),
            growing=growing_gaps(self.all_gaps, policy or Policy()),
            reach=self.reach(policy),
            withheld=(self.withheld, self.withheld_requests),
            fewest_users=self.settings.fewest_users if self.has_users else None,
            note=f"{self._unnamed()} {self.names_note}".strip(),
        )

    def questions_table(self, policy: Policy | None = None) -> "TableView":
        """The same topics in their users' words, with the nearest documents."""
        return views.questions_view(self.gaps(policy))

    def drift_table(self) -> "TableView":
        """Retrieval scores, and badly served requests, current against reference."""
        return views.drift_view(
            self.drift, self.badly_served, has_users=self.has_users, skipped=self.skipped
        )

    def sensitivity_table(self, policy: Policy | None = None) -> "TableView":
        """The clusters at neighbouring cuts, and the same topics in them."""
        shown = self.gaps(policy)
        used = self.scale.cut if self.settings.method == "linkage" else None
        return views.sensitivity_view(self.sensitivity, shown, cut=used)

    def outlines(self, policy: Policy | None = None) -> tuple[Outline, ...]:
        """Drafts of the pages that the topics to show are missing."""
        return outline_pages(self.gaps(policy))

    def outlines_table(self, policy: Policy | None = None) -> "TableView":
        """The drafts: title, sections, and where to link from."""
        return views.outlines_view(self.outlines(policy))

    def candidate_table(self) -> "TableView":
        """Each gap on the corpus and on the candidate."""
        return candidate_view(self.candidate)

    def to_frame(self) -> "pd.DataFrame":
        """All gaps as a frame, one row each."""
        import pandas as pd

        return pd.DataFrame(
            [_record(gap, has_users=self.has_users) for gap in self.all_gaps], columns=_RECORD
        )

    def plot_scores(self) -> "Picture":
        """Scores day by day."""
        return plots.plot_scores(self.drift)

    def plot_gaps(self, policy: Policy | None = None) -> "Picture":
        """The share of the traffic of the topics to show, before and now."""
        return plots.plot_gaps(self.gaps(policy))

    def plot_map(self, policy: Policy | None = None) -> "Picture":
        """Queries in two dimensions, the topics to show coloured."""
        return plots.plot_map(self.points, self.gaps(policy))

    def checks(self, policy: Policy | None = None) -> tuple[Check, ...]:
        """The estimates against the limits, weightiest first."""
        limits = policy or Policy()
        low, fall = check_drift(self.drift, limits)
        found = (low, check_gaps(self.all_gaps, self.drift, limits), fall)
        if self.has_users:
            return found
        methods = (check.method.replace("by user", "by request") for check in found)
        return tuple(
            replace(check, method=f"{method}; {NO_USERS}")
            for check, method in zip(found, methods, strict=True)
        )

    def verdict(self, policy: Policy | None = None) -> Verdict:
        """The checks, what they mean, what to write next; on the candidate if there is one."""
        if self.candidate is not None:
            return conclude_candidate(
                self.candidate, reach=self.reach(policy), sources=self.sources
            )
        limits = policy or Policy()
        return conclude(
            self.checks(limits),
            self.gaps(limits),
            growing_gaps(self.all_gaps, limits),
            self.drift,
            reach=self.reach(limits),
            span=self._span(),
            sources=self.sources,
        )

    def _unnamed(self) -> str:
        if not self.anonymous:
            return ""
        share = format_quantity(self.anonymous, "share")
        return f"{share} of the requests name no user, and none of these counts as a user."

    def _span(self) -> str:
        if not self.left_out:
            return ""
        rows = f"{self.left_out:,} older {'row lies' if self.left_out == 1 else 'rows lie'}"
        return f"The last row of the log is of {self.end}; {rows} before both windows."

    def _repr_html_(self) -> str:
        """The gaps and the drift, as tables."""
        shown: tuple[Any, ...] = (self.drift_table(), self.table())
        return "".join(view._repr_html_() for view in shown)


_RECORD = (
    "gap", "terms", "medoid", "users", "requests", "requests_before", "share", "share_before",
    "growth", "growth_low", "growth_high", "pvalue", "thumbs_down", "rated", "no_answer",
    "mean_score", "nearest",
)  # fmt: skip


def _record(gap: Gap, *, has_users: bool) -> tuple[object, ...]:
    return (
        gap.number,
        gap.label.text,
        gap.label.medoid,
        gap.users if has_users else None,
        gap.requests,
        gap.requests_before,
        gap.traffic.current,
        gap.traffic.reference,
        gap.traffic.estimate,
        *gap.traffic.interval,
        gap.pvalue,
        gap.thumbs_down.estimate,
        gap.thumbs_down.n,
        gap.no_answer.estimate,
        gap.mean_score,
        ", ".join(name for name, _ in gap.nearest),
    )
