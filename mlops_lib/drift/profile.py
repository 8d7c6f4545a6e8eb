"""The frozen reference: for each column the cells into which rows are counted, and its counts.

Cells are frozen once, on the reference alone, and stored exactly (numbers as `float.hex`), so that
every day, shard and engine counts into the same cells and counts add up. A cell of a number is
`(edge before, edge]`; a value that many rows share has a cell of its own; the last cell of every
column holds its missing values (NULL and NaN).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from mlops_lib import tables
from mlops_lib.drift.cells import cut, has_duplicates, range_labels
from mlops_lib.drift.roles import MOST_VERSIONS, VERSIONS, Role
from mlops_lib.drift.schema import Settled, names_of, settle
from mlops_lib.drift.spark import DIFFERENT, edges_on_cluster, on_cluster, top_values
from mlops_lib.drift.sql import count_values, floats_of, relation_of
from mlops_lib.errors import InputError
from mlops_lib.verdict import Source

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

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Kind = Literal["number", "category", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A column that is not compared, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """The cells of one column and how many rows of the reference fall into each.

    Attributes:
        name: of the column.
        kind: "number", "category", or "empty" for a column without a value in the reference.
        edges: of a number: ascending, as `float.hex`; m edges make m + 1 cells.
        categories: of a category: the most frequent, most frequent first; OTHER follows.
        counts: rows per cell; the last cell holds missing values.
    """

    name: str
    kind: Kind
    edges: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    counts: tuple[int, ...]

    @property
    def limits(self) -> tuple[float, ...]:
        """The edges as numbers."""
        return tuple(float.fromhex(edge) for edge in self.edges)

    @property
    def labels(self) -> tuple[str, ...]:
        """Each cell in words, in the order of the counts."""
        if self.kind == "number":
            return (*range_labels(self.limits), "missing")
        return (*self.categories, "other", "missing")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A reference, frozen: everything that a later comparison needs to know about it.

    Attributes:
        name: of the reference.
        rows: how many it has.
        columns: the compared columns.
        skipped: the columns that are not compared, each with its reason.
        sources: fingerprint of the file, if it was one.
        roles: whose doing a change of a column would be, where somebody said.
        versions: values of the columns that name an embedder, model, prompt or judge.
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    skipped: tuple[Skipped, ...] = field(default=())
    sources: tuple[Source, ...] = field(default=())
    roles: Mapping[str, Role] = field(default_factory=dict)
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Hash of the cells; only counts with one digest can be compared or added."""
        cells = [[each.name, each.kind, each.edges, each.categories] for each in self.columns]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


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
        Skipped(name=name, reason="excluded by request")
        if name in unwanted
        else _column(settled, name, cells=cells, named=bool(wanted))
        for name in wanted or table.columns
    ]
    parts += [
        Skipped(name=name, reason="not among the columns asked for")
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


def category_counts(frame: Any, name: str) -> dict[str, int]:  # noqa: ANN401
    """Rows per value of a column, as text; missing values are left out."""
    import narwhals as nw

    if (relation := relation_of(frame)) is not None:
        return count_values(relation, name)
    values = frame.select(nw.col(name).cast(nw.String).alias("value"))
    grouped = collected(values.group_by("value").agg(nw.len().alias("rows")))
    pairs = zip(grouped["value"].to_list(), grouped["rows"].to_list(), strict=True)
    return {value: int(rows) for value, rows in pairs if isinstance(value, str)}


def collected(frame: Any) -> Any:  # noqa: ANN401
    """The frame in memory."""
    import narwhals as nw

    return frame.collect(backend="pandas") if isinstance(frame, nw.LazyFrame) else frame


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
    values = values_of(settled.frame, name)
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
    from mlops_lib.drift.tally import tally_numbers

    found = edges_on_cluster(settled.frame, name, cells)
    if not found.present:
        return _empty(settled, name)
    identifier = found.distinct_share > DIFFERENT and found.present > FEWEST_DISTINCT
    if name in settled.whole and not named and identifier:
        return Skipped(name=name, reason="a different whole number in every row: an identifier")
    edges = tuple(edge.hex() for edge in found.edges)
    column = ColumnProfile(name=name, kind="number", edges=edges, counts=())
    return replace(column, counts=tally_numbers(settled.frame, [column], settled.rows)[name])


def values_of(frame: Any, name: str) -> "NDArray[Any]":  # noqa: ANN401
    """The numbers of a column without NaN, copied no more than needed: 10 M rows are 80 MB."""
    import narwhals as nw
    import numpy as np

    relation = relation_of(frame)
    if relation is not None:
        values = floats_of(relation, name)
    else:
        values = np.array(collected(frame.select(nw.col(name).cast(nw.Float64)))[name].to_numpy())
    absent = np.isnan(values)
    return values[~absent] if absent.any() else values


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
