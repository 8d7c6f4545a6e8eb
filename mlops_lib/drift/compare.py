"""Compare a current window with a frozen reference: pure arithmetic on counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlops_lib import tables
from mlops_lib.drift.checks import MOST_NAMED
from mlops_lib.drift.columns import ColumnDrift, measure_column, window_excess
from mlops_lib.drift.comparable import incomparable
from mlops_lib.drift.comparison import WindowDrift
from mlops_lib.drift.count import Counts, count, count_windows, is_empty
from mlops_lib.drift.frozen import NOT_ASKED, Profile, Skipped
from mlops_lib.drift.profile import profile
from mlops_lib.drift.result import DriftResult
from mlops_lib.drift.roles import Role
from mlops_lib.drift.schema import names_of
from mlops_lib.errors import InputError, Problem
from mlops_lib.stats import benjamini_hochberg

_DAY, _MONTH = 10, 7
"""Characters of an ISO 8601 text that name its day, its month."""

MOST_DAYS = 62
"""With more days than this, time is cut into months."""

NO_VALUES = "no values in either window"
"""Why a column is left out that is empty on both sides."""

NOT_USUAL = "not one of the log's columns that can drift"
"""Why a column is left out when nobody named columns."""

IS_TIME = "the time by which days are shown"
"""Why the column of times is left out."""

FEWEST_ROWS_OF_A_WINDOW = 50
"""A day with fewer rows is not drawn: deciles of it are noise."""


def compare(
    reference: Any,  # noqa: ANN401
    current: Any,  # noqa: ANN401
    *,
    columns: str | Sequence[str] | None = None,
    exclude: str | Sequence[str] = (),
    roles: Mapping[str, Role] | None = None,
    time: str = "",
) -> DriftResult:
    """Compare every column of two windows.

    A column that is named must hold a value on one side at least.

    Args:
        reference: any frame, path or `Table`, or a `Profile` that was frozen before.
        current: any frame, path or `Table`.
        columns: the columns to compare; None or "" for all. Ignored with a frozen profile.
        exclude: columns to leave out. Ignored with a frozen profile.
        roles: whose doing a change of a column would be.
        time: column of both sides by which days are shown; "" for none. It is not compared.

    Raises:
        InputError: for unreadable data, data without rows or values, a named column without a
            value on either side, or if no column is left to compare.

    Example:
        >>> import pandas as pd
        >>> before = pd.DataFrame({"outcome": ["answered"] * 95 + ["refused"] * 5})
        >>> after = pd.DataFrame({"outcome": ["answered"] * 50 + ["refused"] * 50})
        >>> round(compare(before, after).columns[0].psi, 4)
        1.325
    """
    left_out = names_of(exclude)
    result = compare_usual(
        reference, current, columns=names_of(columns), exclude=left_out, roles=roles, time=time
    )
    _require_values(result, names_of(columns))
    return replace(result, skipped=_with_reason(result.skipped, NOT_USUAL, NOT_ASKED))


def compare_usual(
    reference: Any,  # noqa: ANN401
    current: Any,  # noqa: ANN401
    *,
    columns: Sequence[str] = (),
    exclude: Sequence[str] = (),
    roles: Mapping[str, Role] | None = None,
    time: str = "",
) -> DriftResult:
    """The same for columns that nobody named: one without values is left out, and said.

    Args:
        reference: any frame, path or `Table`, or a `Profile` that was frozen before.
        current: any frame, path or `Table`.
        columns: the usual ones of such data; empty for all.
        exclude: columns to leave out.
        roles: whose doing a change of a column would be.
        time: column of both sides by which days are shown; "" for none.

    Raises:
        InputError: for unreadable data, data without rows or values, or if no column is left.
    """
    old = None
    if isinstance(reference, Profile):
        new = tables.read(current, name="current")
        _require_its_columns(new, reference)
    else:
        old, new = tables.read_pair(reference, current)
        left_out = (*exclude, *([time] if time else ()))
        reference = profile(old, columns=columns, exclude=left_out, roles=roles)
    counts = count(new, reference)
    strange = incomparable(reference, counts)
    counted = replace(
        counts, cells={name: each for name, each in counts.cells.items() if name not in strange}
    )
    if _all_emptied(counts) and is_empty(new):
        raise InputError.of("no column holds a value: the window is empty", source=new.name)
    known = {**reference.roles, **(roles or {})}
    measured, unfilled = _measure(reference, counted, known)
    if not (measured or strange or counts.missing or counts.retyped):
        raise InputError.of("no column holds a value in either window", source=reference.name)
    sides = {"reference": old, "current": new} if time else {}
    named = NOT_ASKED if old is not None else ""  # by whoever froze the profile, not by us
    return DriftResult(
        columns=measured,
        reference=reference.name,
        current=new.name,
        reference_rows=reference.rows,
        current_rows=new.rows,
        skipped=(*_with_reason(reference.skipped, named, NOT_USUAL, time=time), *unfilled),
        missing=counts.missing,
        retyped=counts.retyped,
        added=counts.added,
        incomparable=strange,
        windows=tuple(
            window
            for side, table in sides.items()
            if table is not None
            for window in _windows(table, replace(reference, roles=known), time=time, side=side)
        ),
        sources=tuple(dict.fromkeys((*reference.sources, *new.sources))),
        profile=reference.digest,
    )


def _all_emptied(counts: Counts) -> bool:
    """Whether no column of the reference that is still there holds a value now."""
    return bool(counts.cells) and not any(sum(cells[:-1]) for cells in counts.cells.values())


def _require_values(result: DriftResult, named: Sequence[str]) -> None:
    problems = [
        Problem(field="columns", value=each.name, message=NO_VALUES, source=result.current)
        for each in result.skipped
        if each.name in named and each.reason == NO_VALUES
    ]
    if problems:
        raise InputError(problems)


def _with_reason(
    skipped: Sequence[Skipped], old: str, new: str, *, time: str = ""
) -> tuple[Skipped, ...]:
    """One reason said as another, and the column of times as what it is."""
    said = (replace(each, reason=new) if each.reason == old else each for each in skipped)
    return tuple(replace(each, reason=IS_TIME) if each.name == time else each for each in said)


def _require_its_columns(current: tables.Table, frozen: Profile) -> None:
    if not any(column.name in current.columns for column in frozen.columns):
        names = ", ".join(column.name for column in frozen.columns[:MOST_NAMED])
        raise InputError.of(
            f"none of the profile's columns ({names}) is here; is the profile of {frozen.name} "
            "the reference of these data?",
            source=current.name,
        )


def _measure(
    reference: Profile, counts: Counts, roles: Mapping[str, Role]
) -> tuple[tuple[ColumnDrift, ...], tuple[Skipped, ...]]:
    measured: list[ColumnDrift] = []
    skipped: list[Skipped] = []
    for column in reference.columns:
        current = counts.cells.get(column.name)
        if current is None:
            continue
        if not sum(column.counts[:-1]) and not sum(current[:-1]):
            skipped.append(Skipped(name=column.name, reason=NO_VALUES))
            continue
        measured.append(measure_column(column, current, role=roles.get(column.name, "column")))
    adjusted = benjamini_hochberg([each.pvalue for each in measured])
    pairs = zip(measured, adjusted, strict=True)
    ranked = sorted(
        (replace(each, adjusted_pvalue=pvalue) for each, pvalue in pairs),
        key=lambda each: (-each.psi_excess, -each.psi, each.name),
    )
    return tuple(ranked), tuple(skipped)


def _windows(table: tables.Table, reference: Profile, *, time: str, side: str) -> list[WindowDrift]:
    found = count_windows(table, reference, time=time, length=_DAY)
    if len(found) > MOST_DAYS:
        found = _by_month(found)
    kept = {label: each for label, each in found.items() if each.rows >= FEWEST_ROWS_OF_A_WINDOW}
    excess = {
        column.name: window_excess(
            column,
            {
                label: counts.cells[column.name]
                for label, counts in kept.items()
                if column.name in counts.cells
            },
            role=reference.roles.get(column.name, "column"),
        )
        for column in reference.columns
    }
    return [
        WindowDrift(
            label=label,
            side=side,
            rows=counts.rows,
            excess={name: per[label] for name, per in excess.items() if label in per},
        )
        for label, counts in kept.items()
    ]


def _by_month(days: Mapping[str, Counts]) -> dict[str, Counts]:
    months: dict[str, Counts] = {}
    for label, counts in days.items():
        month = label[:_MONTH]
        months[month] = months[month] + counts if month in months else counts
    return months
