"""Rows of the one query to frozen statistics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlops_lib.experiments import sql
from mlops_lib.experiments.evidence import NOTHING
from mlops_lib.experiments.scan import Scan
from mlops_lib.stats import Moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Statistics of the units that saw the same arms and share a group.

    Attributes:
        code: one bit per arm they saw.
        nobody: whether these are rows without a unit.
        group: the value grouped by, if any.
        units: how many.
        rows: of theirs.
        rows_with: rows with a value, by metric's place.
        moments: by metric's place.
    """

    code: int
    nobody: bool
    group: Any
    units: int
    rows: int
    rows_with: dict[int, int]
    moments: dict[int, Moments]


def tallies(rows: Sequence[Sequence[Any]], quantities: Sequence[sql.Quantity]) -> list[Tally]:
    """Read the answer to `sql.statistics`."""
    return [_tally(iter(row), quantities) for row in rows]


def _tally(cells: Iterator[Any], quantities: Sequence[sql.Quantity]) -> Tally:
    code, nobody, group, units, rows = (next(cells) for _ in range(5))
    rows_with, found = {}, {}
    for each in quantities:
        rows_with[each.place] = int(next(cells))
        found[each.place] = NOTHING
        if each.metric.quantile is None:
            found[each.place] = read_moments(cells, each)
    return Tally(
        code=int(code),
        nobody=bool(nobody),
        group=group,
        units=int(units),
        rows=int(rows),
        rows_with=rows_with,
        moments=found,
    )


def read_moments(cells: Iterator[Any], each: sql.Quantity, *, covariate: bool = True) -> Moments:
    """The next sums as moments; a sum of nothing is 0."""
    names = (*sql.MOMENTS, *(sql.COVARIATE if covariate and each.metric.covariate else ()))
    sums = {name: float(next(cells) or 0.0) for name in names}
    return Moments(
        **{**sums, "units": int(sums["units"])},  # type: ignore[arg-type]
        pivot=each.pivot,
        covariate_pivot=each.covariate_pivot,
    )


def nameless_rows(scan: Scan) -> tuple[tuple[int, ...], float]:
    """Rows without a unit per arm, and how many rows the unit of a row has on average."""
    arms = range(len(scan.design.arms))
    found = dict(scan.rows("SELECT k, count(*) FROM typed WHERE u IS NULL GROUP BY k"))
    rows = tuple(int(found.get(1 << arm, 0)) for arm in arms)
    if scan.design.one_row_per_unit:
        return (rows if any(rows) else ()), 1.0
    alike = scan.rows(
        "SELECT sum(r * r) / sum(r) FROM (SELECT count(*) AS r FROM kept GROUP BY u)"
    )[0][0]
    return (rows if any(rows) else ()), float(alike or 1.0)


def missing_moments(
    scan: Scan, quantities: Sequence[sql.Quantity]
) -> dict[tuple[int, int], Moments]:
    """By metric's place and arm: rows without a value over all rows, per unit."""
    if not quantities:
        return {}
    found = {}
    for row in scan.rows(sql.missing(quantities, flat=scan.design.one_row_per_unit)):
        cells = iter(row[1:])
        for each in quantities:
            units, total, dd, e, ee, ed = (float(next(cells) or 0.0) for _ in sql.MOMENTS)
            found[each.place, int(row[0]).bit_length() - 1] = Moments(
                units=int(units), total=total, dd=dd, e=e, ee=ee, ed=ed
            )
    return found
