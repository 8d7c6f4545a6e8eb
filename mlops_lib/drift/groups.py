"""Rows counted per group, and a reference brought to the current window's mix of groups.

A change among all requests may be a change of the mix alone: a new version takes over, or other
users come. Holding the mix fixed weighs each group of the reference by its share of current rows.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from mlops_lib.drift.count import Counts, count_groups
from mlops_lib.drift.frozen import ColumnProfile, Profile
from mlops_lib.drift.schema import Settled
from mlops_lib.drift.tally import WINDOW
from mlops_lib.drift.values import collected

NONE = "none"
"""How a version reads that a row does not name."""

SEPARATOR = "\x1f"
"""Between the parts of a group's name: the unit separator of ASCII, which no version holds."""

FEWEST_OF_A_GROUP = 5
"""Rows a side that a group needs to be weighed: fewer would count a row many times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced:
    """Both windows among the groups they share, the reference in the current mix.

    Attributes:
        reference: rows per cell by column, worth `rows[0]` rows.
        current: the same, now.
        rows: what the weighted reference is worth (Kish), and the current rows.
        share: of the current rows that lie in a shared group.
    """

    reference: Mapping[str, tuple[int, ...]]
    current: Mapping[str, tuple[int, ...]]
    rows: tuple[int, int]
    share: float


def grouped(
    settled: Settled, profile: Profile, *, by: Sequence[str], alike: Sequence[ColumnProfile] = ()
) -> dict[str, Counts]:
    """Count the rows of each group on the engine that holds them.

    Args:
        settled: the rows.
        profile: the cells into which the columns are counted.
        by: columns whose values name a group.
        alike: columns of which rows in one cell belong together.
    """
    return count_groups(settled, profile, group=_key(settled, by, alike))


def means(
    settled: Settled, columns: Sequence[str], *, by: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Mean of each column of numbers per group, over the rows that hold a finite one.

    Args:
        settled: the rows.
        columns: that hold numbers.
        by: columns whose values name a group.
    """
    import narwhals as nw

    if not columns:
        return {}
    largest = sys.float_info.max
    values = []
    for name in columns:
        value = nw.col(name).cast(nw.Float64)
        finite = (value <= largest) & (-value <= largest)
        values.append(nw.when(finite).then(value).otherwise(None).alias(name))
    frame = settled.frame.select(_key(settled, by).alias(WINDOW), *values)
    found = collected(frame.group_by(WINDOW).agg(nw.col(*columns).mean()))
    return {
        row[WINDOW]: {
            name: float(row[name])
            for name in columns
            if row[name] is not None and not math.isnan(row[name])
        }
        for row in found.iter_rows(named=True)
    }


def _key(settled: Settled, by: Sequence[str], alike: Sequence[ColumnProfile] = ()) -> Any:  # noqa: ANN401
    import narwhals as nw

    parts = [_value(settled, name) for name in by] + [_cell(column) for column in alike]
    return nw.concat_str(parts, separator=SEPARATOR)


def balance(reference: Mapping[str, Counts], current: Mapping[str, Counts]) -> Balanced | None:
    """Weigh the reference's groups by the current mix; None if no group is shared.

    The weighted reference is worth (sum w)^2 / sum w^2 rows (Kish 1965, Survey Sampling, 11.7):
    its counts are scaled to that, so that intervals and tests know what the weights cost.

    Args:
        reference: counts by group.
        current: the same, now.
    """
    shared = [
        key
        for key, counts in current.items()
        if key in reference and min(counts.rows, reference[key].rows) >= FEWEST_OF_A_GROUP
    ]
    if not shared:
        return None
    kept = sum(current[key].rows for key in shared)
    worth = kept**2 / sum(current[key].rows ** 2 / reference[key].rows for key in shared)
    names = current[shared[0]].cells
    weights = {key: current[key].rows / reference[key].rows * worth / kept for key in shared}
    return Balanced(
        reference={
            name: _whole(
                [
                    sum(weights[key] * rows for key, rows in cell)
                    for cell in _cells(reference, shared, name)
                ]
            )
            for name in names
        },
        current={
            name: tuple(
                int(sum(rows for _, rows in cell)) for cell in _cells(current, shared, name)
            )
            for name in names
        },
        rows=(round(worth), kept),
        share=kept / sum(counts.rows for counts in current.values()),
    )


def _cells(
    counts: Mapping[str, Counts], keys: Sequence[str], name: str
) -> list[list[tuple[str, int]]]:
    per_group = [[(key, rows) for rows in counts[key].cells[name]] for key in keys]
    return [list(cell) for cell in zip(*per_group, strict=True)]


def _whole(values: Sequence[float]) -> tuple[int, ...]:
    """Whole numbers with the same sum, the largest remainders rounded up."""
    floors = [int(value) for value in values]
    missing = round(sum(values)) - sum(floors)
    order = sorted(range(len(values)), key=lambda at: floors[at] - values[at])
    for at in order[:missing]:
        floors[at] += 1
    return tuple(floors)


def _value(settled: Settled, name: str) -> Any:  # noqa: ANN401
    """A version as text; numbers as floats, for 2 and 2.0 are one version."""
    import narwhals as nw

    value = nw.col(name)
    if settled.families[name] == "number":
        value = value.cast(nw.Float64)
        value = nw.when(value <= float("inf")).then(value).otherwise(None)
    return value.cast(nw.String).fill_null(NONE)


def _cell(column: ColumnProfile) -> Any:  # noqa: ANN401
    """The number of edges that a value lies at or below; the category, or OTHER."""
    import narwhals as nw

    if column.kind == "number":
        edges = (*column.limits, float("inf"))
        value = nw.col(column.name).cast(nw.Float64)
        below = [(value <= edge).cast(nw.Int64).fill_null(0) for edge in edges]
        return reduce(lambda left, right: left + right, below).cast(nw.String)
    value = nw.col(column.name).cast(nw.String)
    is_known = value.is_in(list(column.categories))
    return nw.when(is_known).then(value).otherwise(nw.lit("other")).fill_null("missing")
