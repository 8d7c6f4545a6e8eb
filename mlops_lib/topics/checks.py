"""Estimates against limits: has retrieval become worse, and are there growing coverage gaps?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.scores import FEWEST_TO_CALIBRATE, ScoreDrift
from mlops_lib.topics.windows import WindowDifference
from mlops_lib.verdict import Check, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits; a team's own belong into its notebook.

    Attributes:
        alpha: significance of one-sided tests; 1 %, because the report runs every day.
        low_share_warn: rise in the share of low scores that is worth a look, in shares.
        low_share_fail: rise that fails: twice the 5 % that calibration gives.
        mean_fall: fall of the mean score that fails; kept beside the share because many know it.
        gap_growth: growth in the share of all traffic from which a gap counts as growing; half a
            point, because a gap holds only the part of its topic that is worded alike.
        gaps_warn: growing gaps that warn.
        gaps_fail: growing gaps that fail.
        fewest_current: scores that the current window needs.
        fewest_reference: scores that the reference window needs.
    """

    alpha: float = 0.01
    low_share_warn: float = 0.02
    low_share_fail: float = 0.05
    mean_fall: float = 0.05
    gap_growth: float = 0.005
    gaps_warn: int = 1
    gaps_fail: int = 3
    fewest_current: int = 50
    fewest_reference: int = FEWEST_TO_CALIBRATE


def check_drift(drift: ScoreDrift, policy: Policy) -> tuple[Check, Check]:
    """The share of low scores, which decides, and the mean score."""
    share, mean = drift.low_share, drift.mean
    outcome = rise_outcome(share, policy)
    limit = f"the score {drift.low_score:.3g}" if math.isfinite(drift.low_score) else "a low score"
    low = Check(
        name="rise in queries with a low score",
        estimate=share.estimate,
        interval=share.interval,
        limit=policy.low_share_warn if outcome is Outcome.WARN else policy.low_share_fail,
        good="low",
        unit="points",
        n=mean.n,
        method=share.method,
        pvalue=_known(share.pvalue_rise),
        outcome=outcome,
        explanation=_shares(share, limit) if _enough(share, policy) else _too_few(mean, policy),
        needed=_needed(mean, policy),
    )
    fall = Check(
        name="change in the mean score",
        estimate=mean.estimate,
        interval=mean.interval,
        limit=-policy.mean_fall,
        good="high",
        n=mean.n,
        method=mean.method,
        pvalue=_known(mean.pvalue_fall),
        outcome=fall_outcome(mean, policy),
        explanation=_means(mean) if _enough(mean, policy) else _too_few(mean, policy),
        needed=_needed(mean, policy),
    )
    return low, fall


def check_gaps(gaps: Sequence[Gap], drift: ScoreDrift, policy: Policy) -> Check:
    """How many coverage gaps grow, by effect and significance."""
    growing = growing_gaps(gaps, policy)
    outcome = Outcome.PASS
    if not _enough(drift.mean, policy):
        outcome = Outcome.UNDECIDED
    elif len(growing) >= policy.gaps_fail:
        outcome = Outcome.FAIL
    elif len(growing) >= policy.gaps_warn:
        outcome = Outcome.WARN
    return Check(
        name="growing coverage gaps",
        estimate=float(len(growing)),
        interval=UNKNOWN,
        limit=float((policy.gaps_warn if outcome is Outcome.WARN else policy.gaps_fail) - 1),
        good="low",
        unit="count",
        n=drift.mean.n + drift.unscored,
        method="clusters of badly served queries; growth by user, Holm-adjusted",
        outcome=outcome,
        explanation=(
            f"{len(growing)} of {len(gaps)} gaps grew by {100 * policy.gap_growth:g} % of the "
            f"traffic or more, at significance {policy.alpha:g} over all gaps."
        ),
        needed=_needed(drift.mean, policy),
    )


def growing_gaps(gaps: Sequence[Gap], policy: Policy) -> tuple[Gap, ...]:
    """The gaps whose growth is both large and significant."""
    return tuple(
        gap
        for gap in gaps
        if gap.pvalue < policy.alpha and gap.traffic.estimate >= policy.gap_growth
    )


def rise_outcome(share: WindowDifference, policy: Policy) -> Outcome:
    """FAIL needs the band and significance; PASS needs an interval that excludes the band."""
    if not _enough(share, policy):
        return Outcome.UNDECIDED
    significant = share.pvalue_rise < policy.alpha
    if share.estimate >= policy.low_share_fail:
        return Outcome.FAIL if significant else Outcome.UNDECIDED
    if share.estimate >= policy.low_share_warn and significant:
        return Outcome.WARN
    return Outcome.PASS if share.interval.high <= policy.low_share_fail else Outcome.UNDECIDED


def fall_outcome(mean: WindowDifference, policy: Policy) -> Outcome:
    """FAIL needs the band and significance; PASS needs an interval that excludes the band."""
    if not _enough(mean, policy):
        return Outcome.UNDECIDED
    if mean.estimate <= -policy.mean_fall:
        return Outcome.FAIL if mean.pvalue_fall < policy.alpha else Outcome.UNDECIDED
    return Outcome.PASS if mean.interval.low >= -policy.mean_fall else Outcome.UNDECIDED


def _enough(difference: WindowDifference, policy: Policy) -> bool:
    return (
        difference.n_current >= policy.fewest_current
        and difference.n_reference >= policy.fewest_reference
    )


def _needed(difference: WindowDifference, policy: Policy) -> int | None:
    if _enough(difference, policy):
        return None
    return policy.fewest_current + policy.fewest_reference


def _too_few(difference: WindowDifference, policy: Policy) -> str:
    return (
        f"Not enough data: {difference.n_current:,} scores now and {difference.n_reference:,} "
        f"before; it takes {policy.fewest_current} and {policy.fewest_reference}."
    )


def _shares(share: WindowDifference, limit: str) -> str:
    return (
        f"{100 * share.current:.1f} % of the queries score below {limit} now, "
        f"{100 * share.reference:.1f} % before{_evidence(share.pvalue_rise)}."
    )


def _means(mean: WindowDifference) -> str:
    return (
        f"The mean score is {mean.current:.3f} now and was {mean.reference:.3f} before"
        f"{_evidence(mean.pvalue_fall)}; a new topic of a tenth of the traffic hardly moves it."
    )


def _evidence(pvalue: float) -> str:
    if math.isnan(pvalue):
        return ""
    return " (p < 0.0001)" if pvalue < 1e-4 else f" (p = {pvalue:.4f})"  # noqa: PLR2004


def _known(pvalue: float) -> float | None:
    return None if math.isnan(pvalue) else pvalue
