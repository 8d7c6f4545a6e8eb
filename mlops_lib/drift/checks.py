"""The checks: what the policy says of each column and of the schema, with the evidence."""

import math
from collections.abc import Sequence

from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.policy import SHOWN_FIRST, Policy, decide_column, deciding_limit
from mlops_lib.drift.roles import EXPLAINING
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome

MOST_CHECKS = 40
"""Columns with a check of their own; with more, the mildest ones share one check."""

MOST_NAMED = 8
"""Column names in one sentence; with more, the rest are counted."""

FEWEST_NAMED = 3
_LONGEST_LIST = 100
"""Of long names, so many at least, and no more than fit into so many characters."""

_MOST_GROWTH = 1000
"""More data than this many times the present is no plan: then nothing is said about it."""


def check_column(column: ColumnDrift, policy: Policy) -> Check:
    """One column's check: PSI, its interval, and the limit that decided.

    A column that became empty is checked as that: how many values went missing says more than PSI.
    """
    outcome = decide_column(column, policy)
    if column.is_emptied:
        return _missing_values(column, policy, outcome)
    return Check(
        name=f"PSI of {column.name}",
        estimate=column.psi_excess,
        interval=column.interval,
        limit=deciding_limit(column, policy),
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
    rose = column.missing_interval.low > policy.missing and column.role != "label"
    if rows < policy.fewest or column.is_emptied or not rose:
        return None
    return _missing_values(column, policy, Outcome.WARN)


def _missing_values(column: ColumnDrift, policy: Policy, outcome: Outcome) -> Check:
    before = format_quantity(column.missing_reference, "share")
    after = format_quantity(column.missing_current, "share")
    text = f"Missing values rose from {before} to {after} of the rows."
    if column.is_emptied:
        text = f"Column {column.name} is empty now. {text}"
    return Check(
        name=f"missing values of {column.name}",
        estimate=column.missing_difference,
        interval=column.missing_interval,
        limit=policy.missing,
        good="low",
        unit="points",
        n=min(column.reference_rows, column.current_rows),
        method="difference of shares, Newcombe interval",
        outcome=outcome,
        explanation=text,
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


def listed(names: Sequence[str]) -> str:
    """Names for a sentence; many are cut and the rest counted.

    Example:
        >>> listed(["model", "outcome"])
        'model, outcome'
    """
    kept = list(names[:MOST_NAMED])
    while len(kept) > FEWEST_NAMED and len(", ".join(kept)) > _LONGEST_LIST:
        kept.pop()
    more = len(names) - len(kept)
    return ", ".join(kept) + (f" and {more} more" if more > 0 else "")


def _worst_first(checks: Sequence[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: SHOWN_FIRST.index(check.outcome))


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
    if column.role == "label":
        covered = (1 - column.missing_reference, 1 - column.missing_current)
        was, now = (format_quantity(each, "share") for each in covered)
        rows = f"{rows} that have a label, {was} of the rows before and {now} now"
    if min(column.reference_rows, column.current_rows) < policy.fewest:
        return f"There are {rows}; each window needs {policy.fewest:,}."
    if outcome is Outcome.PASS:
        return (
            f"The estimate stays below the watch limit and the interval below the fail limit "
            f"{policy.limit_of(column):g} ({rows})."
        )
    label, before, after = column.largest_move
    move = (
        f"The largest move: {label!r} went from {format_quantity(before, 'share')} "
        f"to {format_quantity(after, 'share')} of the rows."
    )
    if outcome is Outcome.UNDECIDED:
        return f"{_why_open(column, policy)} ({rows}). {move}"
    if column.role in EXPLAINING:
        return f"We changed this ourselves; it may explain other changes. {move}"
    return move


def _why_open(column: ColumnDrift, policy: Policy) -> str:
    if column.interval.high > policy.limit_of(column) >= column.interval.low:
        return "The interval holds the fail limit: the data do not tell on which side it lies"
    return "PSI is above the limit, but chance explains such a change too easily"


def _needed(column: ColumnDrift, policy: Policy) -> int | None:
    """Rows of the smaller window that would decide, if both windows grow alike."""
    rows = min(column.reference_rows, column.current_rows)
    if rows < policy.fewest:
        return policy.fewest
    half = (column.interval.high - column.interval.low) / 2
    limit = policy.limit_of(column)
    gap = abs(column.psi_excess - (limit if column.interval.high > limit else 0.0))
    if gap * math.sqrt(_MOST_GROWTH) <= half:
        return None
    return max(rows + 1, math.ceil(rows * (half / gap) ** 2))
