"""From distances to answers: drift is an effect that is large and that chance does not explain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.roles import EXPLAINING
from mlops_lib.errors import InputError, Problem
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome, format_quantity

MOST_CHECKS = 40
"""Columns with a check of their own; with more, the mildest ones share one check."""

MOST_NAMED = 8
"""Column names in one sentence; with more, the rest are counted."""

_MOST_GROWTH = 1000
"""More data than this many times the present is no plan: then nothing is said about it."""

_SHOWN_FIRST = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.WARN, Outcome.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a distance is drift.

    Attributes:
        warn: PSI above which a column is watched (the customary 0.1).
        fail: PSI above which a column has drifted (the customary 0.25).
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
    """Read one column against the bands.

    FAIL needs all of: the interval lies above the fail limit, and the adjusted p-value is
    significant. If the interval contains the fail limit, or a band is passed without significance,
    the answer is UNDECIDED. A change of what we run ourselves (role "ours") is never more than a
    warning: it explains other changes.
    """
    limit, significant = policy.limit_of(column), column.adjusted_pvalue < policy.alpha
    enough = min(column.reference_rows, column.current_rows) >= policy.fewest
    if not enough or not column.interval.is_known:
        return Outcome.UNDECIDED
    if column.role in EXPLAINING and column.psi_excess > policy.warn and significant:
        return Outcome.WARN
    if column.interval.low > limit and significant:
        return Outcome.FAIL
    if column.interval.high > limit:
        return Outcome.UNDECIDED
    if column.psi_excess > policy.warn:
        return Outcome.WARN if significant else Outcome.UNDECIDED
    return Outcome.PASS


def check_column(column: ColumnDrift, policy: Policy) -> Check:
    """One column's check: PSI less chance, its interval, and the limit that decided."""
    outcome = decide_column(column, policy)
    return Check(
        name=f"PSI of {column.name}",
        estimate=column.psi_excess,
        interval=column.interval,
        limit=policy.warn if outcome is Outcome.WARN else policy.limit_of(column),
        good="low",
        n=min(column.reference_rows, column.current_rows),
        method=(
            "PSI less its mean without change, noncentral chi-square interval; "
            "two-sample chi-square test, Benjamini-Hochberg"
        ),
        outcome=outcome,
        explanation=_explain(column, outcome, policy),
        pvalue=column.adjusted_pvalue,
        needed=_needed(column, policy) if outcome is Outcome.UNDECIDED else None,
    )


def check_missing(column: ColumnDrift, policy: Policy) -> Check | None:
    """A warning if the share of missing values rose by more than the limit, else nothing."""
    rows = min(column.reference_rows, column.current_rows)
    if rows < policy.fewest or not column.missing_interval.low > policy.missing:
        return None
    before = format_quantity(column.missing_reference, "share")
    after = format_quantity(column.missing_current, "share")
    return Check(
        name=f"missing values of {column.name}",
        estimate=column.missing_difference,
        interval=column.missing_interval,
        limit=policy.missing,
        good="low",
        unit="points",
        n=rows,
        method="difference of shares, Newcombe interval",
        outcome=Outcome.WARN,
        explanation=f"Missing values rose from {before} to {after} of the rows.",
    )


def check_schema(result: Comparison) -> Check:
    """Whether the current window has the reference's columns, of the same type."""
    broken = [f"{name} is missing" for name in result.missing]
    broken += [f"{name} is now {family}" for name, family in result.retyped.items()]
    added = f"New columns: {listed(result.added)}." if result.added else ""
    if broken:
        outcome, text = Outcome.FAIL, f"The data source changed: {listed(broken)}. {added}"
    elif added:
        outcome, text = Outcome.WARN, added
    else:
        outcome, text = Outcome.PASS, "Both windows have the same columns of the same types."
    return Check(
        name="columns lost or of another type",
        estimate=float(len(broken)),
        interval=Interval(float(len(broken)), float(len(broken))),
        limit=0.0,
        good="low",
        unit="count",
        n=len(result.columns) + len(broken),
        method="comparison of names and types",
        outcome=outcome,
        explanation=text.strip(),
    )


def _check_incomparable(name: str, reason: str) -> Check:
    return Check(
        name=f"PSI of {name}",
        estimate=math.nan,
        interval=Interval(math.nan, math.nan),
        limit=None,
        n=0,
        method="not comparable",
        outcome=Outcome.UNDECIDED,
        explanation=f"Not comparable: {reason}. Freeze a new reference.",
    )


def check_all(result: Comparison, policy: Policy) -> tuple[Check, ...]:
    """Every check, worst first, our own changes last; beyond 40 columns the mildest share one."""
    theirs_first = sorted(
        result.columns, key=lambda column: (column.role in EXPLAINING, -column.psi_excess)
    )
    columns = _worst_first([check_column(column, policy) for column in theirs_first])
    missing = [check_missing(column, policy) for column in result.columns]
    own, rest = columns[:MOST_CHECKS], columns[MOST_CHECKS:]
    shared = [_check_rest(rest)] if rest else []
    raised = [check for check in missing if check is not None][:MOST_CHECKS]
    strange = [_check_incomparable(name, why) for name, why in result.incomparable.items()]
    return tuple(_worst_first([check_schema(result), *strange, *own, *shared, *raised]))


def worst_columns(columns: Sequence[ColumnDrift], policy: Policy) -> list[ColumnDrift]:
    """The columns that drifted, then the undecided, the watched and the rest, each in order."""
    return sorted(columns, key=lambda column: _SHOWN_FIRST.index(decide_column(column, policy)))


def listed(names: Sequence[str]) -> str:
    """Names for a sentence; many are cut and the rest counted.

    Example:
        >>> listed(["model", "outcome"])
        'model, outcome'
    """
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _worst_first(checks: Sequence[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: _SHOWN_FIRST.index(check.outcome))


def _check_rest(checks: Sequence[Check]) -> Check:
    first = checks[0]
    return Check(
        name=f"the other {len(checks)} columns, of which the worst",
        estimate=first.estimate,
        interval=first.interval,
        limit=first.limit,
        good="low",
        n=first.n,
        method=first.method,
        outcome=first.outcome,
        explanation=f"{len(checks)} milder columns share this check; {first.name} is their worst.",
        pvalue=first.pvalue,
        needed=first.needed,
    )


def _explain(column: ColumnDrift, outcome: Outcome, policy: Policy) -> str:
    rows = f"{column.reference_rows:,} reference and {column.current_rows:,} current rows"
    if min(column.reference_rows, column.current_rows) < policy.fewest:
        return f"There are {rows}; each window needs {policy.fewest:,}."
    if outcome is Outcome.PASS:
        return f"No change beyond the bands in {rows}."
    label, before, after = column.largest_move
    move = (
        f"The largest move: {label!r} went from {format_quantity(before, 'share')} "
        f"to {format_quantity(after, 'share')} of the rows."
    )
    if outcome is Outcome.UNDECIDED:
        return f"The data do not tell on which side of the limit it lies ({rows}). {move}"
    if column.role in EXPLAINING:
        return f"We changed this ourselves; it may explain other changes. {move}"
    return move


def _needed(column: ColumnDrift, policy: Policy) -> int | None:
    """Rows of the smaller window that would decide, if both windows grow alike."""
    rows = min(column.reference_rows, column.current_rows)
    if rows < policy.fewest:
        return policy.fewest
    half = (column.interval.high - column.interval.low) / 2
    gap = abs(column.psi_excess - policy.limit_of(column))
    if gap * math.sqrt(_MOST_GROWTH) <= half:
        return None
    return max(rows + 1, math.ceil(rows * (half / gap) ** 2))
