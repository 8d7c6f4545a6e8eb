"""One column compared: every distance with its evidence, no limit."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lib.drift.cells import hold_one_value
from mlops_lib.drift.distances import (
    ChiSquare,
    Wasserstein,
    chi_square,
    jensen_shannon,
    ks_bounds,
    kullback_leibler,
    wasserstein,
)
from mlops_lib.drift.frozen import ColumnProfile, Kind
from mlops_lib.drift.psi import SMALLEST_SHARE, Psi, psi, psi_parts
from mlops_lib.drift.roles import Role
from mlops_lib.stats import Interval, Proportion, proportion

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSEEN = "not seen before"
"""Name of the cell of values that the reference does not hold."""

NOTHING: Interval = Interval(math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """How far one column of the current window is from the reference.

    Attributes:
        name: of the column.
        kind: "number", "category" or "empty".
        role: whose doing a change would be.
        reference_rows: rows of the reference that are compared: of a label, those that have one.
        current_rows: the same, now.
        psi: population stability index, in nats, missing values as a cell of their own.
        psi_chance: what chance alone adds to it on average.
        psi_excess: psi less psi_chance, not below 0: the number that is judged.
        interval: of the population's PSI, at 95 %.
        psi_pvalue: of no change, from the distribution of PSI.
        jensen_shannon: distance, base 2.
        kullback_leibler: divergence of the current shares from the reference's, in nats.
        wasserstein: distance in the column's own unit, rows spread evenly inside a cell; NaN for
            categories.
        wasserstein_bounds: between which it must lie.
        ks: bounds of the Kolmogorov-Smirnov distance; unknown for categories.
        chi_square: two-sample statistic.
        degrees_of_freedom: of that statistic.
        pvalue: of that test.
        adjusted_pvalue: the same after Benjamini and Hochberg over all columns.
        cramers_v: effect size of that test.
        missing_reference: share of missing values.
        missing_current: the same, now.
        missing_interval: of the difference, current less reference (Newcombe).
        unseen: share of current rows with values outside what the reference holds.
        labels: the cells in words.
        reference_counts: rows per cell.
        current_counts: the same, now.
    """

    name: str
    kind: Kind
    role: Role
    reference_rows: int
    current_rows: int
    psi: float
    psi_chance: float
    psi_excess: float
    interval: Interval
    psi_pvalue: float
    jensen_shannon: float
    kullback_leibler: float
    wasserstein: float
    wasserstein_bounds: Interval
    ks: Interval
    chi_square: float
    degrees_of_freedom: int
    pvalue: float
    adjusted_pvalue: float
    cramers_v: float
    missing_reference: float
    missing_current: float
    missing_interval: Interval
    unseen: Proportion
    labels: tuple[str, ...]
    reference_counts: tuple[int, ...]
    current_counts: tuple[int, ...]

    @property
    def missing_difference(self) -> float:
        """Share of missing values, current less reference."""
        return self.missing_current - self.missing_reference

    @property
    def is_emptied(self) -> bool:
        """Whether it held values and holds none now; labels that are all pending are no such."""
        emptied = self.missing_reference < 1 and self.missing_current == 1
        return emptied and self.role != "label"

    @property
    def largest_move(self) -> tuple[str, float, float]:
        """The cell whose share moved most, with its two shares."""
        shares = [
            (label, before / max(1, self.reference_rows), after / max(1, self.current_rows))
            for label, before, after in zip(
                self.labels, self.reference_counts, self.current_counts, strict=True
            )
        ]
        return max(shares, key=lambda cell: abs(cell[2] - cell[1]))


def measure_column(column: ColumnProfile, current: tuple[int, ...], *, role: Role) -> ColumnDrift:
    """Compare one column's counts with its profile; the adjusted p-value is still the plain one.

    Args:
        column: the reference.
        current: rows per cell of the current window, in the profile's order.
        role: whose doing a change would be.
    """
    everything = sum(column.counts), sum(current)
    merged = merge_unseen(column, column.counts), merge_unseen(column, current)
    if role == "label":  # pending rows are told as coverage and not compared
        merged = (*merged[0][:-1], 0), (*merged[1][:-1], 0)
    rows = sum(merged[0]), sum(merged[1])
    index, test = (psi(*merged), chi_square(*merged)) if min(rows) else (_NO_PSI, _NO_TEST)
    missing = column.counts[-1], current[-1]
    present = column.counts[:-1], current[:-1]
    ks, moved = NOTHING, Wasserstein(estimate=math.nan, bounds=NOTHING)
    if column.kind == "number" and min(rows):
        ks = ks_bounds(*present, single=hold_one_value(column.limits))
        moved = wasserstein(*present, column.limits)
    return ColumnDrift(
        name=column.name,
        kind=column.kind,
        role=role,
        reference_rows=rows[0],
        current_rows=rows[1],
        psi=index.estimate,
        psi_chance=index.chance,
        psi_excess=index.excess,
        interval=index.interval,
        psi_pvalue=index.pvalue,
        jensen_shannon=jensen_shannon(*merged) if min(rows) else math.nan,
        kullback_leibler=(
            kullback_leibler(*merged, floor=SMALLEST_SHARE) if min(rows) else math.nan
        ),
        wasserstein=moved.estimate,
        wasserstein_bounds=moved.bounds,
        ks=ks,
        chi_square=test.statistic,
        degrees_of_freedom=test.degrees_of_freedom,
        pvalue=test.pvalue,
        adjusted_pvalue=test.pvalue,
        cramers_v=test.cramers_v,
        missing_reference=missing[0] / everything[0],
        missing_current=missing[1] / everything[1],
        missing_interval=_newcombe(missing, everything),
        unseen=proportion(merged[1][-2], rows[1]),
        labels=_merged_labels(column),
        reference_counts=merged[0],
        current_counts=merged[1],
    )


_NO_PSI = Psi(estimate=0.0, chance=0.0, interval=NOTHING, pvalue=1.0)
_NO_TEST = ChiSquare(statistic=0.0, degrees_of_freedom=0, pvalue=1.0, cramers_v=math.nan)
"""Of a window in which nothing is labelled yet: undecided, whatever the other window holds."""


def window_excess(
    column: ColumnProfile, windows: Mapping[str, tuple[int, ...]], *, role: Role = "column"
) -> dict[str, float]:
    """PSI less chance of each window of time against the whole reference.

    Args:
        column: the reference.
        windows: rows per cell by window, in the profile's order.
        role: of a label only the labelled rows count.
    """
    import numpy as np

    if not windows:
        return {}
    current = np.array([merge_unseen(column, counts) for counts in windows.values()], dtype=float)
    reference = np.broadcast_to(
        np.array(merge_unseen(column, column.counts), dtype=float), current.shape
    )
    if role == "label":
        reference, current = reference[..., :-1], current[..., :-1]
    labelled = current.sum(-1) > 0
    windows = dict(zip(windows, labelled, strict=True))
    reference, current = reference[labelled], current[labelled]
    estimate, _, degrees = psi_parts(reference, current)
    chance: NDArray[Any] = degrees * (1 / reference.sum(-1) + 1 / current.sum(-1))
    excess = np.maximum(0.0, estimate - chance)
    kept = (label for label, is_kept in windows.items() if is_kept)
    return dict(zip(kept, excess.tolist(), strict=True))


def merge_unseen(column: ColumnProfile, counts: tuple[int, ...]) -> tuple[int, ...]:
    """Rows per cell; cells that the reference leaves empty are joined into the last but one."""
    held = [index for index, rows in enumerate(column.counts[:-1]) if rows]
    kept = tuple(counts[index] for index in held)
    return (*kept, sum(counts[:-1]) - sum(kept), counts[-1])


def _merged_labels(column: ColumnProfile) -> tuple[str, ...]:
    cells = zip(column.labels[:-1], column.counts[:-1], strict=True)
    return (*(label for label, rows in cells if rows), UNSEEN, "missing")


def _newcombe(missing: tuple[int, int], rows: tuple[int, int]) -> Interval:
    """Difference of two shares, second less first (Newcombe 1998, method 10).

    Without the p-value of `stats.newcombe_difference`, whose exact test takes minutes on
    windows of thousands of rows.
    """
    before, after = proportion(missing[0], rows[0]), proportion(missing[1], rows[1])
    difference = after.estimate - before.estimate
    return Interval(
        difference
        - math.hypot(after.estimate - after.interval.low, before.interval.high - before.estimate),
        difference
        + math.hypot(after.interval.high - after.estimate, before.estimate - before.interval.low),
    )
