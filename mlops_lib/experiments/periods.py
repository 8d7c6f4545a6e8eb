"""The primary metric day by day, in both halves and in segments; and what changed meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from mlops_lib.experiments import sql
from mlops_lib.experiments.evidence import NOTHING, Cell, Change, Day, Sample, Segment
from mlops_lib.experiments.ranks import quantile_of
from mlops_lib.experiments.scan import Scan
from mlops_lib.experiments.tally import tallies
from mlops_lib.stats import Moments

MOST_SEGMENTS = 30
"""Values of one column, the largest; a column with more is rather an identifier."""

_FEWEST_DAYS = 2

_LONGEST_QUANTILE_PATH = 21
"""Days; every look at a quantile reads the rows anew."""


def cumulative_days(scan: Scan, primary: sql.Quantity) -> tuple[Day, ...]:
    """What had arrived by the end of each day; none without times."""
    if not scan.has_time:
        return ()
    arms = len(scan.design.arms)
    units, rows, moments = [0] * arms, [0] * arms, [_empty(primary)] * arms
    found: dict[int, Day] = {}
    for code, day, new, values, *sums in scan.rows(sql.days(primary)):
        arm = int(code).bit_length() - 1
        units[arm] += int(new)
        rows[arm] += int(values)
        moments[arm] += _daily(sums, primary)
        cells = tuple(Cell(rows=n, moments=each) for n, each in zip(rows, moments, strict=True))
        sample = Sample(metric=primary.metric, cells=cells)
        found[int(day)] = Day(day=int(day), units=tuple(units), primary=sample)
    days = tuple(found.values())
    return days if primary.metric.quantile is None else _quantile_days(scan, primary, days)


def halves(scan: Scan, primary: sql.Quantity, days: Sequence[Day]) -> tuple[Sample, ...]:
    """The primary metric in the first and in the second half of its values; none of one day.

    Cut at the day by which half of the values had come: a single stray time moves a middle of the
    calendar anywhere, and this one not at all.
    """
    if len(days) < _FEWEST_DAYS or primary.metric.quantile is not None:
        return ()
    middle = middle_day(days)
    parts = _groups(scan, primary, f"(day > {middle})")
    return tuple(sample for _, (sample, _) in sorted(parts.items()))


def middle_day(days: Sequence[Day]) -> int:
    """The last day of the first half; never the last of all, so that both halves have a day."""
    total = sum(cell.rows for cell in days[-1].primary.cells)
    reached = (
        each.day for each in days if 2 * sum(cell.rows for cell in each.primary.cells) >= total
    )
    return min(next(reached), days[-2].day)


def segments(scan: Scan, primary: sql.Quantity) -> tuple[Segment, ...]:
    """The primary metric by each value of the design's segments."""
    if primary.metric.quantile is not None:
        return ()
    found = []
    for place, column in enumerate(scan.design.segments):
        parts = _groups(scan, primary, f"g{place}")
        if set(parts) == {None}:
            continue
        largest = sorted(parts, key=_by_size(parts))
        for value in largest[:MOST_SEGMENTS]:
            sample, units = parts[value]
            found.append(
                Segment(column=column, value=value, units=units, primary=sample, of=len(parts))
            )
    return tuple(found)


def _by_size(parts: dict[Any, tuple[Sample, tuple[int, ...]]]) -> Callable[[Any], Any]:
    return lambda value: (-sum(parts[value][1]), str(value))


def changes(scan: Scan) -> tuple[Change, ...]:
    """Columns that should be steady and are not within one arm, or should be alike and differ."""
    found = []
    for place, column in enumerate(scan.design.unchanging, start=len(scan.design.segments)):
        rows = scan.rows(
            f"SELECT k, list_sort(list(DISTINCT g{place})) FROM kept GROUP BY k ORDER BY k"  # noqa: S608
        )
        arms = [
            Change(
                column=column,
                arm=scan.design.arms[int(code).bit_length() - 1][0],
                values=tuple(map(str, values or ())),
            )
            for code, values in rows
        ]
        found += [each for each in arms if len(each.values) > 1]
        if column in scan.design.alike and len({each.values for each in arms}) > 1:
            found += [replace(each, apart=True) for each in arms]
    return tuple(found)


def _groups(
    scan: Scan, primary: sql.Quantity, by: str
) -> dict[Any, tuple[Sample, tuple[int, ...]]]:
    """By value of an expression: the primary metric, and the units, in every arm."""
    query = sql.statistics([primary], flat=scan.design.one_row_per_unit, by=by, view="kept")
    found: dict[Any, dict[int, tuple[Cell, int]]] = {}
    for each in tallies(scan.rows(query), [primary]):
        cell = Cell(rows=each.rows_with[primary.place], moments=each.moments[primary.place])
        found.setdefault(each.group, {})[each.code] = (cell, each.units)
    codes = [1 << arm for arm in range(len(scan.design.arms))]
    none = (Cell(rows=0, moments=_empty(primary)), 0)
    return {
        value: (
            Sample(metric=primary.metric, cells=tuple(cells.get(code, none)[0] for code in codes)),
            tuple(cells.get(code, none)[1] for code in codes),
        )
        for value, cells in found.items()
    }


def _quantile_days(scan: Scan, primary: sql.Quantity, days: tuple[Day, ...]) -> tuple[Day, ...]:
    chosen = days[-_LONGEST_QUANTILE_PATH:]
    return tuple(
        Day(
            day=each.day,
            units=each.units,
            primary=Sample(
                metric=primary.metric,
                cells=tuple(
                    Cell(
                        rows=cell.rows,
                        quantile=quantile_of(scan, primary, arm, condition=f"day <= {each.day}"),
                    )
                    for arm, cell in enumerate(each.primary.cells)
                ),
            ),
        )
        for each in chosen
    )


def _daily(sums: list[Any], primary: sql.Quantity) -> Moments:
    """One day's increments: in the order of `sql.days`."""
    units, total, dd, e, ee, ed, c, cc, ec, dc = (float(each or 0.0) for each in sums)
    return Moments(
        units=int(units), total=total, dd=dd, e=e, ee=ee, ed=ed, c=c, cc=cc, ec=ec, dc=dc,
        pivot=primary.pivot, covariate_pivot=primary.covariate_pivot,
    )  # fmt: skip


def _empty(primary: sql.Quantity) -> Moments:
    return replace(NOTHING, pivot=primary.pivot, covariate_pivot=primary.covariate_pivot)
