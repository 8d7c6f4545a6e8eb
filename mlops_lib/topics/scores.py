"""Drift of retrieval scores: the share of low scores, which finds new topics, beside the mean.

A new topic hurts few queries much: it hides in the mean and shows in the tail. What is low is
calibrated on the reference window (its 5th percentile), because scores do not transfer between
embedders.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats import Interval, proportion
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.topics.windows import WindowDifference, difference_of_means

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from mlops_lib.topics.log import QueryLog

LOW_QUANTILE = 0.05
"""A score below this quantile of the reference window is low: one covered query in twenty."""

FEWEST_TO_CALIBRATE = 100
"""Scores needed to place the 5th percentile: five expected below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """24 hours of the log, counted back from its end.

    Attributes:
        days_ago: 0 for the last 24 hours.
        label: date on which the 24 hours end.
        is_current: whether it belongs to the current window.
        n: queries with a score.
        mean: mean score.
        low_share: share of scores below the limit; NaN where the limit is unknown.
        low_interval: Wilson interval of that share.
    """

    days_ago: int
    label: str
    is_current: bool
    n: int
    mean: float
    low_share: float
    low_interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDrift:
    """Retrieval scores of the current window against the reference window.

    Attributes:
        low_score: the score below which a query counts as badly served; NaN if unknown.
        calibrated: whether that is the reference window's quantile, not a given number.
        low_share: difference in the share of low scores.
        mean: difference in the mean score.
        days: day by day, oldest first; only days with scores.
        unscored: queries without a score, or that a guardrail refused; left out here.
    """

    low_score: float
    calibrated: bool
    low_share: WindowDifference
    mean: WindowDifference
    days: tuple[Day, ...]
    unscored: int


def score_drift(log: "QueryLog", *, low_score: float | None = None) -> ScoreDrift:
    """Compare the scores of the two windows.

    The quantile is estimated on the reference window itself. To first order that adds nothing to
    the variance of the difference beyond the reference share's own (Bahadur 1966), so the two
    shares are compared as two samples.

    What a guardrail refused is left out: no page should answer it, whatever its score.

    Args:
        log: the windows.
        low_score: the score below which a query is badly served; None takes the reference
            window's 5th percentile, and leaves it unknown on fewer than 100 scores.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.topics.read import read
        >>> frame = pd.DataFrame(
        ...     {
        ...         "query": ["a", "b", "c", "d"],
        ...         "top_score": [0.9, 0.8, 0.3, 0.7],
        ...         "time": ["2026-06-01", "2026-06-02", "2026-06-29", "2026-06-30"],
        ...     }
        ... )
        >>> queries = read(frame, user="", embedder="", outcome="", feedback="")
        >>> drift = score_drift(queries, low_score=0.5)
        >>> round(drift.mean.estimate, 2), drift.low_share.estimate
        (-0.35, 0.5)
    """
    scored = log.frame[log.frame["score"].notna() & ~log.frame["refused"].astype(bool)]
    scores = scored["score"].to_numpy(dtype=float)
    current = scored["current"].to_numpy(dtype=bool)
    users = scored["user"].to_numpy(dtype=str)
    limit = _calibrated(scores[~current]) if low_score is None else float(low_score)
    low = (scores < limit).astype(float)
    known = slice(None) if math.isfinite(limit) else slice(0, 0)
    return ScoreDrift(
        low_score=limit,
        calibrated=low_score is None,
        low_share=difference_of_means(low[known], current[known], users[known]),
        mean=difference_of_means(scores, current, users),
        days=_days(scored, limit),
        unscored=len(log.frame) - len(scored),
    )


def _calibrated(reference: "NDArray[np.float64]") -> float:
    import numpy as np

    if reference.size < FEWEST_TO_CALIBRATE:
        return math.nan
    return float(np.quantile(reference, LOW_QUANTILE))


def _days(scored: "pd.DataFrame", limit: float) -> tuple[Day, ...]:
    days = []
    for _, rows in scored.groupby("days_ago", sort=True):
        scores = rows["score"].to_numpy(dtype=float)
        low = proportion(int((scores < limit).sum()), len(scores))
        known = math.isfinite(limit)
        days.append(
            Day(
                days_ago=int(rows["days_ago"].iloc[0]),
                label=f"{rows['time'].max():%Y-%m-%d}",
                is_current=bool(rows["current"].iloc[0]),
                n=len(scores),
                mean=float(scores.mean()),
                low_share=low.estimate if known else math.nan,
                low_interval=low.interval if known else UNKNOWN,
            )
        )
    return tuple(reversed(days))
