"""Which columns cannot be compared although both windows have them, and why."""

from mlops_lib.drift.columns import merge_unseen
from mlops_lib.drift.count import Counts
from mlops_lib.drift.frozen import ColumnProfile, Profile
from mlops_lib.drift.profile import FEWEST_COVERED
from mlops_lib.drift.roles import needed_by
from mlops_lib.quantities import format_quantity


def incomparable(reference: Profile, counts: Counts) -> dict[str, str]:
    """Columns of rare values, and those that hang on the version of another where that is new.

    Args:
        reference: the frozen one.
        counts: of the current window.

    Returns:
        The reason by column.
    """
    kinds = {column.name: column for column in reference.columns}
    found = {name: why for name in counts.cells if (why := _is_too_varied(kinds[name]))}
    for name in kinds:
        need = needed_by(name)
        column, cells = kinds.get(need), counts.cells.get(need)
        if column and cells and column.kind == "category":
            new = merge_unseen(column, cells)[-2]
            if new:
                found[name] = f"{new:,} current rows come from another {need} than the reference"
    return found


def _is_too_varied(column: ColumnProfile) -> str:
    """Why a column of rare values shows nothing, if it does: nearly all share one cell."""
    present, kept = sum(column.counts[:-1]), sum(column.counts[:-2])
    if column.kind != "category" or kept >= FEWEST_COVERED * present:
        return ""
    share = format_quantity(kept / present, "share")
    return f"its {len(column.categories)} most frequent values hold {share} of the reference"
