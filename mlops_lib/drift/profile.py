"""The frozen reference: for each column the cells into which rows are counted, and its counts.

Cells are frozen once, on the reference alone, and stored exactly (numbers as `float.hex`), so that
every day, shard and engine counts into the same cells and counts add up. A cell of a number is
`(edge before, edge]`; a value that many rows share has a cell of its own; the last cell of every
column holds its missing values (NULL and NaN).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_lib import tables
from mlops_lib.drift.cells import cut, has_duplicates
from mlops_lib.drift.frozen import BY_REQUEST, NOT_ASKED, ColumnProfile, Profile, Skipped
from mlops_lib.drift.roles import MOST_VERSIONS, VERSIONS, Role
from mlops_lib.drift.schema import Settled, names_of, settle
from mlops_lib.drift.spark import DIFFERENT, edges_on_cluster, on_cluster, top_values
from mlops_lib.drift.tally import tally_numbers
from mlops_lib.drift.values import category_counts, values_of
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS = 10
"""Cells of a number: deciles, for which the bands 0.1 and 0.25 of PSI were made."""

MOST_CATEGORIES = 50
"""Further categories share the cell OTHER: their counts are too small to compare one by one."""

UNIQUE_SHARE = 0.5
"""A text column with more distinct values than this share of its rows holds names or free text."""

FEWEST_DISTINCT = 50
"""Below this many distinct values a column is no identifier, however few its rows."""

TOO_RARE = "are too rare"
"""How the reason ends when a column is left out whose values come back, but each too rarely."""

FEWEST_COVERED = 0.1
"""Share of the rows that the kept categories must hold: the others share one cell, in which a
hundred thousand values could all be exchanged unseen."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@tables.reading()
def profile(
    reference: Any,  # noqa: ANN401
    *,
    columns: str | Sequence[str] | None = None,
    exclude: str | Sequence[str] = (),
    cells: int = CELLS,
    roles: Mapping[str, Role] | None = None,
) -> Profile:
    """Freeze the reference: choose the cells of each column and count its rows.

    Args:
        reference: any frame, path or `Table`.
        columns: the columns to compare; None or "" for all. A column that is named here is
            compared even if it looks like an identifier.
        exclude: columns to leave out.
        cells: most quantile cells of a number.
        roles: whose doing a change of a column would be.

    Raises:
        InputError: for an unknown column, or if no column is left to compare.

    Example:
        >>> import pandas as pd
        >>> frozen = profile(pd.DataFrame({"stars": [1, 1, 2, 5]}))
        >>> dict(zip(frozen.columns[0].labels, frozen.columns[0].counts))["1"]
        2
    """
    table = tables.read(reference, name="reference")
    wanted, unwanted = names_of(columns), names_of(exclude)
    table.require([*wanted, *unwanted])
    settled = settle(table)
    parts = [
        Skipped(name=name, reason=BY_REQUEST)
        if name in unwanted
        else _column(settled, name, cells=cells, named=bool(wanted))
        for name in wanted or table.columns
    ]
    parts += [
        Skipped(name=name, reason=NOT_ASKED)
        for name in table.columns
        if wanted and name not in wanted
    ]
    compared = tuple(part for part in parts if isinstance(part, ColumnProfile))
    skipped = tuple(part for part in parts if isinstance(part, Skipped))
    if not compared:
        reasons = "; ".join(f"{each.name}: {each.reason}" for each in skipped)
        raise InputError.of(f"no column is left to compare ({reasons})", source=table.name)
    return Profile(
        name=table.name,
        rows=table.rows,
        columns=compared,
        skipped=skipped,
        sources=table.sources,
        roles={name: role for name, role in (roles or {}).items() if name in table.columns},
        versions={name: _versions(settled, name) for name in VERSIONS if name in table.columns},
    )


def _versions(settled: Settled, name: str) -> tuple[str, ...]:
    if on_cluster(settled.frame):
        found, *_ = top_values(settled.frame, name, MOST_VERSIONS + 1)
    else:
        found = category_counts(settled.frame, name)
    return tuple(sorted(found)) if len(found) <= MOST_VERSIONS else ()


def _column(settled: Settled, name: str, *, cells: int, named: bool) -> ColumnProfile | Skipped:
    family = settled.families[name]
    if family == "number":
        return _number(settled, name, cells=cells, named=named)
    if family == "text":
        return _category(settled, name, named=named)
    reason = "a time" if family == "time" else "nested values"
    return Skipped(name=name, reason=reason)


def _number(settled: Settled, name: str, *, cells: int, named: bool) -> ColumnProfile | Skipped:
    import numpy as np

    if on_cluster(settled.frame):
        return _number_on_cluster(settled, name, cells=cells, named=named)
    values = values_of(settled, name)
    if values.size == 0:
        return _empty(settled, name)
    if name in settled.whole and not named and _all_differ(values):
        return Skipped(name=name, reason="a different whole number in every row: an identifier")
    edges, below = cut(values, cells)
    inside = np.diff(below, prepend=0, append=values.size)
    return ColumnProfile(
        name=name,
        kind="number",
        edges=tuple(float(edge).hex() for edge in edges),
        counts=(*(int(rows) for rows in inside), settled.rows - values.size),
    )


def _number_on_cluster(
    settled: Settled, name: str, *, cells: int, named: bool
) -> ColumnProfile | Skipped:
    """Edges from approximate quantiles, frozen once; the counts in them are exact."""
    found = edges_on_cluster(settled.frame, name, cells)
    if not found.present:
        return _empty(settled, name)
    identifier = found.distinct_share > DIFFERENT and found.present > FEWEST_DISTINCT
    if name in settled.whole and not named and identifier:
        return Skipped(name=name, reason="a different whole number in every row: an identifier")
    edges = tuple(edge.hex() for edge in found.edges)
    column = ColumnProfile(name=name, kind="number", edges=edges, counts=())
    return replace(column, counts=tally_numbers(settled.frame, [column], settled.rows)[name])


def _category(settled: Settled, name: str, *, named: bool) -> ColumnProfile | Skipped:
    if on_cluster(settled.frame):
        counts, distinct, present = top_values(settled.frame, name, MOST_CATEGORIES)
    else:
        counts = category_counts(settled.frame, name)
        distinct, present = len(counts), sum(counts.values())
    if not counts:
        return _empty(settled, name)
    if not named and distinct > FEWEST_DISTINCT and distinct > UNIQUE_SHARE * present:
        return Skipped(
            name=name,
            reason=f"{distinct:,} values in {present:,} rows: an identifier or free text",
        )
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CATEGORIES]
    if all(_DATE.match(value) for value, _ in ranked):
        return Skipped(name=name, reason="a time")
    kept = [rows for _, rows in ranked]
    if not named and sum(kept) < FEWEST_COVERED * present:
        reason = f"{distinct:,} values, of which the {len(kept)} most frequent {TOO_RARE}"
        return Skipped(name=name, reason=reason)
    return ColumnProfile(
        name=name,
        kind="category",
        categories=tuple(value for value, _ in ranked),
        counts=(*kept, present - sum(kept), settled.rows - present),
    )


def _empty(settled: Settled, name: str) -> ColumnProfile:
    return ColumnProfile(name=name, kind="empty", counts=(0, settled.rows))


def _all_differ(values: "NDArray[Any]") -> bool:
    return values.size > FEWEST_DISTINCT and not has_duplicates(values)
