"""When a distance is drift: an effect that is large and that chance does not explain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.roles import EXPLAINING, Role
from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Outcome

SHOWN_FIRST = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.WARN, Outcome.PASS)

_RANKS: dict[Role, int] = {"service": 1, "ours": 2, "judge": 2}
"""Shown later than what users and outputs did, which is what a reader can act on."""

_VERBS = {
    Outcome.FAIL: "drifted",
    Outcome.UNDECIDED: "may have drifted",
    Outcome.WARN: "are to be watched",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a distance is drift.

    Attributes:
        warn: PSI above which a column is watched (the customary 0.1); judged by the estimate.
        fail: PSI above which a column has drifted (the customary 0.25); judged by the interval.
        prediction_fail: the same for what the application puts out (role "output").
        missing: rise of the share of missing values above which a column is watched.
        alpha: level of the p-value, adjusted over all columns.
        fewest: rows that each window needs; below some 200, ten cells cannot exclude PSI 0.25.

    Raises:
        InputError: for limits that cannot be met or are out of order.
    """

    warn: float = 0.1
    fail: float = 0.25
    prediction_fail: float = 0.2
    missing: float = 0.02
    alpha: float = 0.05
    fewest: int = 200

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        highest = min(self.fail, self.prediction_fail)
        rules = {
            "warn": (0 < self.warn <= highest, "must lie above 0 and not above the fail limits"),
            "fail": (math.isfinite(self.fail), "must be a finite number"),
            "prediction_fail": (math.isfinite(self.prediction_fail), "must be a finite number"),
            "missing": (0 < self.missing <= 1, "must lie above 0 and not above 1"),
            "alpha": (0 < self.alpha < 1, "must lie between 0 and 1"),
            "fewest": (self.fewest >= 1, "must be at least 1"),
        }
        problems = [
            Problem(field=name, value=getattr(self, name), message=message)
            for name, (holds, message) in rules.items()
            if not holds
        ]
        if problems:
            raise InputError(problems)

    def limit_of(self, column: ColumnDrift) -> float:
        """The PSI above which this column has drifted."""
        return self.prediction_fail if column.role == "output" else self.fail


def decide_column(column: ColumnDrift, policy: Policy) -> Outcome:
    """Read one column against the two limits.

    The fail limit is judged by the interval: above it is FAIL, around it UNDECIDED. Below it the
    watch limit is judged by the estimate: WARN if that lies above it and the adjusted p-value is
    significant, UNDECIDED if it is not significant, else PASS. FAIL needs significance as well. A
    column that held values and holds none is a FAIL whatever its PSI. A change of what we run
    ourselves (role "ours") is never more than a warning: it explains other changes.
    """
    limit, significant = policy.limit_of(column), column.adjusted_pvalue < policy.alpha
    if not _can_be_judged(column, policy):
        return Outcome.UNDECIDED
    if column.role in EXPLAINING and significant and _is_watched(column, policy):
        return Outcome.WARN
    if significant and (column.is_emptied or column.interval.low > limit):
        return Outcome.FAIL
    if column.interval.high > limit:
        return Outcome.UNDECIDED
    if column.psi_excess > policy.warn:
        return Outcome.WARN if significant else Outcome.UNDECIDED
    return Outcome.PASS


def deciding_limit(column: ColumnDrift, policy: Policy) -> float:
    """The limit that the outcome hangs on: the fail limit where that failed or is open."""
    limit, outcome = policy.limit_of(column), decide_column(column, policy)
    settled_above = column.interval.is_known and column.interval.high <= limit
    if outcome is Outcome.FAIL or (outcome is Outcome.UNDECIDED and not settled_above):
        return limit
    return policy.warn


def by_outcome(columns: Sequence[ColumnDrift], policy: Policy) -> dict[Outcome, list[ColumnDrift]]:
    """The columns of each outcome, in their order."""
    found: dict[Outcome, list[ColumnDrift]] = {outcome: [] for outcome in Outcome}
    for column in columns:
        found[decide_column(column, policy)].append(column)
    return found


def worst_columns(columns: Sequence[ColumnDrift], policy: Policy) -> list[ColumnDrift]:
    """The columns that drifted, then the undecided, the watched and the rest.

    Within each: what users did and what came out, then cost and speed, our own changes last.
    """
    return sorted(
        columns,
        key=lambda column: (
            SHOWN_FIRST.index(decide_column(column, policy)),
            _RANKS.get(column.role, 0),
        ),
    )


def sentence(columns: Sequence[ColumnDrift], policy: Policy) -> str:
    """How many columns did what, for a title: our own changes are counted apart.

    Args:
        columns: the compared ones.
        policy: the limits.
    """
    if not columns:
        return "No column could be compared"
    theirs = [column for column in columns if column.role not in EXPLAINING]
    found, total = by_outcome(theirs, policy), f"of {len(columns)} columns"
    first = next((each for each in SHOWN_FIRST[:-1] if found[each]), Outcome.PASS)
    ours = by_outcome([each for each in columns if each.role in EXPLAINING], policy)[Outcome.WARN]
    if first is Outcome.PASS and ours:
        return f"{len(ours)} {total} changed because we did, none of the others"
    if first is Outcome.PASS:
        return f"None {total} moved beyond the limits"
    more = f", {len(ours)} changed because we did" if ours else ""
    return f"{len(found[first])} {total} {_VERBS[first]}{more}"


def _can_be_judged(column: ColumnDrift, policy: Policy) -> bool:
    rows = min(column.reference_rows, column.current_rows)
    return rows >= policy.fewest and column.interval.is_known


def _is_watched(column: ColumnDrift, policy: Policy) -> bool:
    return column.is_emptied or column.psi_excess > policy.warn
