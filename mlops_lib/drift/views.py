"""The tables of a comparison: what was compared, the answers by question, all distances."""

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mlops_lib.display import TableView
from mlops_lib.drift.checks import listed
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.policy import (
    Policy,
    by_outcome,
    decide_column,
    deciding_limit,
    sentence,
    worst_columns,
)
from mlops_lib.drift.roles import QUESTIONS
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval, Proportion
from mlops_lib.verdict import Outcome, worst

if TYPE_CHECKING:
    import pandas as pd


_COLUMNS = (
    "column", "outcome", "PSI", "95 % interval", "limit", "adjusted p", "missing", "largest move",
)  # fmt: skip
_DISTANCES = ("column", "JS distance", "KS distance", "Cramér's V", "Wasserstein", "never seen")
MOST_DISTANCES = 40
"""Rows of the second table: as many as there are checks of their own."""

_NOT_NUMERIC = {"column", "outcome", "largest move"}
_SMALLEST_PVALUE = 1e-4
_LONGEST_LABEL = 16


def columns_view(result: Comparison, policy: Policy) -> TableView:
    """All columns, the worst first; beyond 200 the table says how many it leaves out."""
    return TableView(
        caption=(
            f"{sentence(result.columns, policy)}; "
            f"{result.reference_rows:,} reference rows against {result.current_rows:,}."
        ),
        columns=_COLUMNS,
        rows=tuple(_row(column, policy) for column in worst_columns(result.columns, policy)),
        numeric=tuple(name for name in _COLUMNS if name not in _NOT_NUMERIC),
    )


def distances_view(result: Comparison, policy: Policy) -> TableView:
    """The same columns in other units; nothing of it is judged."""
    ranked = worst_columns(result.columns, policy)
    more = len(ranked) - MOST_DISTANCES
    note = f" The {more} mildest are not shown." if more > 0 else ""
    return TableView(
        caption=f"The same columns in other units; none of these is judged.{note}",
        columns=_DISTANCES,
        rows=tuple(
            (
                column.name,
                f"{column.jensen_shannon:.3f}",
                _range(column.ks) if column.ks.is_known else "–",
                f"{column.cramers_v:.3f}",
                "–" if math.isnan(column.wasserstein) else f"{column.wasserstein:.3g}",
                _share(column.unseen.estimate),
            )
            for column in ranked[:MOST_DISTANCES]
        ),
        numeric=_DISTANCES[1:],
    )


def answers_view(result: Comparison, policy: Policy) -> TableView:
    """One row per question: whose doing a change would be, and whether there is one."""
    rows = []
    for role, question in QUESTIONS.items():
        columns = tuple(column for column in result.columns if column.role == role)
        if columns:
            found = by_outcome(columns, policy)
            outcome = worst(each for each, members in found.items() if members)
            rows.append((question, _answer(found), outcome.upper(), len(columns)))
    changed = [question for question, answer, *_ in rows if answer.startswith("yes")]
    return TableView(
        caption=f"Yes to: {' '.join(changed)}" if changed else "No question is answered with yes.",
        columns=("question", "answer", "outcome", "columns compared"),
        rows=tuple(rows),
        numeric=("columns compared",),
    )


def overview_view(result: Comparison) -> TableView:
    """Both windows, the compared columns, and every column that is not compared with its reason."""
    rows: list[tuple[str, object]] = [
        ("reference", f"{result.reference}: {result.reference_rows:,} rows"),
        ("current", f"{result.current}: {result.current_rows:,} rows"),
        ("columns compared", len(result.columns)),
    ]
    rows += [(name, "lost: the current window lacks it") for name in result.missing]
    rows += [(name, f"changed its type: now {now}") for name, now in result.retyped.items()]
    rows += [(name, f"not comparable: {why}") for name, why in result.incomparable.items()]
    rows += [(name, "new: the reference lacks it") for name in result.added]
    rows += [(each.name, f"not compared: {each.reason}") for each in result.skipped]
    return TableView(
        caption=(f"{len(result.columns)} columns were compared, {len(result.skipped)} left out."),
        columns=("what", "value"),
        rows=tuple(rows),
    )


def frame_of(result: Comparison) -> "pd.DataFrame":
    """One row per column; intervals become two columns, cells are left out."""
    import pandas as pd

    return pd.DataFrame([_record(column) for column in result.columns])


def _row(column: ColumnDrift, policy: Policy) -> tuple[object, ...]:
    label, before, after = column.largest_move
    short = label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"
    move = f"{short}: {_change(before, after)}" if before != after else "none"
    pvalue = column.adjusted_pvalue
    return (
        column.name,
        decide_column(column, policy).upper(),
        f"{column.psi_excess:.3f}",
        _range(column.interval),
        f"{deciding_limit(column, policy):g}",
        "< 0.0001" if pvalue < _SMALLEST_PVALUE else f"{pvalue:.4f}",
        _change(column.missing_reference, column.missing_current),
        "empty now" if column.is_emptied else move,
    )


def _change(before: float, after: float) -> str:
    return f"{_share(before)} → {_share(after)}" if before != after else _share(before)


def _share(value: float) -> str:
    return format_quantity(value, "share")


def _range(interval: Interval) -> str:
    low, high = f"{interval.low:.3f}", f"{interval.high:.3f}"
    return low if low == high else f"{low} to {high}"


def _answer(found: dict[Outcome, list[ColumnDrift]]) -> str:
    changed = [*found[Outcome.FAIL], *found[Outcome.WARN]]
    names = listed([f"{each.name} (PSI {each.psi_excess:.2f})" for each in changed])
    if changed:
        return f"yes: {names}"
    open_ = found[Outcome.UNDECIDED]
    if open_:
        return f"cannot tell: {listed([each.name for each in open_])}"
    return "no change beyond the limits"


def _record(column: ColumnDrift) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for each in fields(column):
        value = getattr(column, each.name)
        if isinstance(value, Interval):
            record |= {f"{each.name}_low": value.low, f"{each.name}_high": value.high}
        elif isinstance(value, Proportion):
            record[each.name] = value.estimate
        elif not isinstance(value, tuple):
            record[each.name] = value
    return record
