"""The comparison again, among requests of the same versions or of the same kind only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mlops_lib.drift.columns import ColumnDrift, measure_column
from mlops_lib.drift.frozen import ColumnProfile, Profile
from mlops_lib.drift.groups import balance, grouped
from mlops_lib.drift.policy import Policy
from mlops_lib.drift.roles import Role
from mlops_lib.drift.schema import Settled
from mlops_lib.drift.values import collected
from mlops_lib.stats import benjamini_hochberg

MOST_VERSIONS_HELD = 200
"""A column with more values than this names no versions: nothing is held fixed by it."""

SMALLEST_SHARE_HELD = 0.2
"""What holds for less of the current window says little about the rest of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Columns compared where something was held fixed.

    Attributes:
        columns: the comparisons; empty where nothing could be held fixed.
        rows: what the weighted reference is worth, and the current rows there.
        why: nothing could be held fixed; empty otherwise.
    """

    columns: tuple[ColumnDrift, ...] = field(default=())
    rows: tuple[int, int] = (0, 0)
    why: str = ""


def hold_fixed(
    sides: tuple[Settled, Settled],
    compared: Sequence[tuple[ColumnProfile, Role]],
    *,
    by: Sequence[str],
    policy: Policy,
    alike: Sequence[ColumnProfile] = (),
) -> Held:
    """Compare columns with the reference weighed to the current mix of versions.

    Args:
        sides: rows of the reference, rows of the current window.
        compared: the columns, each with whose doing a change of it would be.
        by: columns that name versions.
        policy: how many rows are needed.
        alike: columns of which rows in one cell count as alike.
    """
    if not by and not alike:
        return Held(why="no column names a version")
    if any(name not in side.families for side in sides for name in by):
        return Held(why="one window does not name its versions")
    if not can_name_versions(sides, by):
        return Held(why=f"a column of versions has more than {MOST_VERSIONS_HELD} values")
    cells = Profile(name="held", rows=1, columns=tuple(column for column, _ in compared))
    counts = [grouped(side, cells, by=by, alike=alike) for side in sides]
    found = balance(*counts)
    if found is None:
        return Held(why="the windows share no version")
    if min(found.rows) < policy.fewest or found.share < SMALLEST_SHARE_HELD:
        return Held(rows=found.rows, why="too few rows share a version")
    measured = [
        measure_column(
            replace(column, counts=found.reference[column.name]),
            found.current[column.name],
            role=role,
        )
        for column, role in compared
        if column.name in found.reference and column.name in found.current
    ]
    adjusted = benjamini_hochberg([each.pvalue for each in measured]) if measured else []
    return Held(
        columns=tuple(
            replace(each, adjusted_pvalue=pvalue)
            for each, pvalue in zip(measured, adjusted, strict=True)
        ),
        rows=found.rows,
    )


def can_name_versions(sides: tuple[Settled, Settled], by: Sequence[str]) -> bool:
    """Whether no column has more values than there can be versions.

    Args:
        sides: both windows.
        by: columns that should name versions.
    """
    import narwhals as nw

    return all(
        int(collected(side.frame.select(nw.col(name).n_unique())).item(0, 0)) <= MOST_VERSIONS_HELD
        for side in sides
        for name in by
    )
