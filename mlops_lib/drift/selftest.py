"""The policy's own false alarms: what it says about two halves of the reference."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lib.display import TableView
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.distances import chi_square_parts
from mlops_lib.drift.policy import Policy
from mlops_lib.drift.profile import CELLS
from mlops_lib.drift.psi import deciding_rows, detectable_psi, psi_parts
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Proportion, proportion
from mlops_lib.stats.multiplicity import adjusted_for_discovery

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


POWER = 0.8
"""How often a drift is to be seen for it to be called detectable: the customary power."""

RUNS = 200
"""Halvings: enough to tell a false-alarm rate of 1 % from one of 5 %."""

SEED = 20_260_630
"""Fixed, so that equal inputs give equal reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """How often a policy alarms where nothing changed.

    Attributes:
        runs: random halvings of the reference.
        columns: compared in each.
        alarmed: share of the runs with an alarm on any column, with its interval.
        alarms_per_run: mean number of columns alarmed.
        half_rows: rows of each half.
        detectable: smallest true PSI of a column of ten cells that would be called drift in four
            of five comparisons of these sizes.
        deciding: rows of both windows with which as many unchanged columns are decided that often.
    """

    runs: int
    columns: int
    alarmed: Proportion
    alarms_per_run: float
    half_rows: int
    detectable: float
    deciding: tuple[int, int]

    def _repr_html_(self) -> str:
        """The numbers as a table whose caption is the finding."""
        return self.table()._repr_html_()

    def table(self) -> TableView:
        """The numbers as a table whose caption is the finding."""
        if not self.runs:
            caption = (
                "The reference is too small to be split in half: its false alarms are unknown."
            )
            return TableView(
                caption=caption,
                columns=("self-test", "value"),
                rows=(
                    ("rows of each half", f"{self.half_rows:,}"),
                    self._detectable(),
                    self._deciding(),
                ),
                numeric=("value",),
            )
        low, high = (format_quantity(bound, "share") for bound in self.alarmed.interval)
        rate = format_quantity(self.alarmed.estimate, "share")
        return TableView(
            caption=(
                f"Where nothing changed, this policy raises an alarm in {rate} of comparisons "
                f"(95 % interval {low} to {high})."
            ),
            columns=("self-test", "value"),
            rows=(
                ("random halvings of the reference", f"{self.runs:,}"),
                ("rows of each half", f"{self.half_rows:,}"),
                ("columns compared", f"{self.columns:,}"),
                ("comparisons with any alarm", f"{self.alarmed.successes:,}"),
                ("columns alarmed per comparison", f"{self.alarms_per_run:.3f}"),
                self._detectable(),
                self._deciding(),
            ),
            numeric=("value",),
        )

    def _deciding(self) -> tuple[str, str]:
        """The volume from which "undecided" becomes rare where nothing changed."""
        before, now = self.deciding
        which = "each window" if before == now else "the current window"
        return (
            f"rows of {which} that decide all unchanged columns in {POWER:.0%} of comparisons",
            f"{now:,}",
        )

    def _detectable(self) -> tuple[str, str]:
        """A bell-shaped column that moves by d standard deviations has a PSI close to d squared."""
        moved = math.sqrt(self.detectable)
        return (
            f"PSI that this volume calls drift in {POWER:.0%} of comparisons",
            f"{self.detectable:.2f}: a shift of some {moved:.2f} standard deviations",
        )


def split_halves(
    result: Comparison, policy: Policy, *, runs: int = RUNS, seed: int = SEED
) -> SelfTest:
    """Split the reference in half at random, many times, and count the alarms.

    The counts of a random half follow the multivariate hypergeometric distribution exactly, so the
    rows are not needed again. Columns are split independently of each other. An alarm is a PSI
    above the warning band with a significant adjusted p-value.

    Args:
        result: the comparison.
        policy: the limits.
        runs: how many halvings.
        seed: of the random generator.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    half = result.reference_rows // 2
    rows = result.reference_rows, result.current_rows
    detectable = detectable_psi(rows, limit=policy.fail, cells=CELLS, power=POWER)
    deciding = volume_to_decide(result, policy)
    columns = [
        column
        for column in result.columns
        if column.kind != "empty" and sum(column.reference_counts) >= 2 * policy.fewest
    ]
    if half < policy.fewest or not columns:
        runs = 0
    if not runs:
        return SelfTest(
            runs=0,
            columns=len(columns),
            alarmed=proportion(0, 0),
            alarms_per_run=0.0,
            half_rows=half,
            detectable=detectable,
            deciding=deciding,
        )
    parts = [_halved(column, half, runs, rng) for column in columns]
    excess = np.array([each for each, _ in parts])
    pvalues = np.array([each for _, each in parts])
    adjusted = adjusted_for_discovery(pvalues)
    alarms = (excess > policy.warn) & (adjusted < policy.alpha)
    return SelfTest(
        runs=runs,
        columns=len(columns),
        alarmed=proportion(int(alarms.any(axis=0).sum()), runs),
        alarms_per_run=float(alarms.sum() / runs),
        half_rows=half,
        detectable=detectable,
        deciding=deciding,
    )


def volume_to_decide(result: Comparison, policy: Policy) -> tuple[int, int]:
    """Rows of both windows with which "undecided" becomes rare where nothing changed.

    Args:
        result: the comparison.
        policy: the limits.
    """
    limits = [policy.limit_of(column) for column in result.columns] or [policy.fail]
    before, now = deciding_rows(
        min(limits),
        cells=CELLS,
        columns=len(limits),
        power=POWER,
        reference_rows=result.reference_rows,
    )
    return max(before, policy.fewest), max(now, policy.fewest)


def _halved(
    column: ColumnDrift, half: int, runs: int, rng: "np.random.Generator"
) -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """PSI less chance and plain p-value of each run."""
    import numpy as np

    whole = np.array(column.reference_counts)
    half = min(half, int(whole.sum()) // 2)  # of a label only labelled rows are split
    first = rng.multivariate_hypergeometric(whole, half, size=runs, method="marginals")
    second = whole - first
    a, b = first.astype(float), second.astype(float)
    estimate, _, degrees = psi_parts(a, b)
    chance = degrees * (1 / a.sum(-1) + 1 / b.sum(-1))
    _, _, pvalue = chi_square_parts(a, b)
    return estimate - chance, pvalue
