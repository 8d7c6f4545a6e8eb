"""What was observed: rows gathered by unit of randomisation, variants settled, nulls left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_lib.experiments.design import Design, Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.verdict import Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The values of one metric: one entry per row that has one.

    Attributes:
        metric: what was measured, its unit settled.
        unit: shape (n,), position of the row's unit in `Evidence.is_treated`.
        value: shape (n,), finite.
        per: shape (n,), what a ratio divides by; ones for a mean.
        day: shape (n,), the row's day as days since 1970; empty without times.
    """

    metric: Metric
    unit: "NDArray[np.intp]"
    value: "NDArray[np.float64]"
    per: "NDArray[np.float64]"
    day: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """An experiment as read: units with one variant each, and what had to be left out.

    Attributes:
        design: the plan, with the experiment's name as found.
        name: of the table.
        is_treated: shape (units,), whether the unit is in treatment.
        row_unit: shape (rows,), the unit of every row.
        row_day: shape (rows,), the day of every row as days since 1970; empty without times.
        samples: one per metric, in the design's order.
        crossed: units seen in more than one variant; left out.
        elsewhere: units per variant that the design does not know; left out.
        anonymous: rows without a unit; left out.
        unassigned: rows without a variant; left out.
        sources: fingerprints of what was read.
    """

    design: Design
    name: str
    is_treated: "NDArray[np.bool_]"
    row_unit: "NDArray[np.intp]"
    row_day: "NDArray[np.int64]"
    samples: tuple[Sample, ...]
    crossed: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    anonymous: int = 0
    unassigned: int = 0
    sources: "tuple[Source, ...]" = ()

    @property
    def units(self) -> tuple[int, int]:
        """Units in control and in treatment."""
        treated = int(self.is_treated.sum())
        return int(self.is_treated.size) - treated, treated

    @property
    def rows(self) -> int:
        """Rows of those units."""
        return int(self.row_unit.size)

    @property
    def days(self) -> int:
        """Days from the first row to the last, both counted; 0 without times."""
        return int(self.row_day.max() - self.row_day.min()) + 1 if self.row_day.size else 0
