"""What was observed: sufficient statistics of each metric in each arm; no row is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlops_lib.experiments.design import Design
from mlops_lib.experiments.metric import Metric
from mlops_lib.stats import Moments, PairedMoments, Quantile
from mlops_lib.verdict import Source

NOTHING = Moments(units=0, total=0.0, dd=0.0, e=0.0, ee=0.0, ed=0.0)
"""The moments of no unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One metric in one arm.

    Attributes:
        rows: rows with a value.
        moments: of the units' sums; for a quantile, of its missing values alone.
        quantile: for a metric that is one.
        missing: per unit, rows without a value among all rows; None where no value is missing.
    """

    rows: int
    moments: Moments = NOTHING
    quantile: Quantile | None = None
    missing: Moments | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """One metric of the cases that both variants answered.

    Attributes:
        differences: of treatment minus control, one per case.
        control: mean in control.
        treatment: mean in treatment.
        table: cases in which both, only control, only treatment and neither succeeded; None for
            anything but a yes or no.
        both: moments of the sides and what they share, for ratios and for the lift.
        missing: cases with a missing value in both, only control, only treatment and neither; None
            where no value is missing.
    """

    differences: Moments
    control: float
    treatment: float
    table: tuple[int, int, int, int] | None = None
    both: PairedMoments | None = None
    missing: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One metric in every arm, control first.

    Attributes:
        metric: what was measured, its unit settled.
        cells: one per arm of the design.
        pairs: for a paired design.
    """

    metric: Metric
    cells: tuple[Cell, ...]
    pairs: Pairs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What had arrived by the end of a day.

    Attributes:
        day: days since 1970.
        units: seen so far, per arm.
        primary: the primary metric from all rows so far.
    """

    day: int
    units: tuple[int, ...]
    primary: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The primary metric among the rows that have one value of a column.

    Attributes:
        column: as the design names it.
        value: None for the rows without one.
        units: in each arm.
        primary: the metric.
        of: how many values the column has; the largest are kept.
    """

    column: str
    value: str | None
    units: tuple[int, ...]
    primary: Sample
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Values of a column that should stay the same for one arm throughout, or for all arms.

    Attributes:
        column: its name.
        arm: the variant's label.
        values: found there.
        apart: whether the arms differ, rather than this arm in itself.
    """

    column: str
    arm: str
    values: tuple[str, ...]
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An experiment as read: statistics of units with one variant each, and what was left out.

    Attributes:
        design: the plan, with the experiment's name as found.
        name: of the table.
        arms: units in each arm of the design, control first.
        arm_rows: rows of those units.
        samples: one per metric, in the design's order.
        days: one per day, cumulative; empty without times.
        halves: the primary metric in the first and the second half of the days; or nothing.
        segments: the primary metric by the design's segments.
        changes: columns that should have stayed the same, and did not.
        crossed: units seen in more than one variant; left out.
        elsewhere: units per variant that the design does not know; left out.
        anonymous: rows without a unit; left out.
        nameless: those of them that have a variant of the design, per arm; empty where none has.
        rows_alike: rows of the unit that a row belongs to, on average; 1 where not needed.
        unassigned: rows without a variant; left out.
        incomplete: cases of a paired design that one variant alone answered; left out.
        searched_one_in: one of how many units of a table of users was searched for a second row.
        sources: fingerprints of what was read.
    """

    design: Design
    name: str
    arms: tuple[int, ...]
    arm_rows: tuple[int, ...]
    samples: tuple[Sample, ...]
    days: tuple[Day, ...] = ()
    halves: tuple[Sample, ...] = ()
    segments: tuple[Segment, ...] = ()
    changes: tuple[Change, ...] = ()
    crossed: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    anonymous: int = 0
    nameless: tuple[int, ...] = ()
    rows_alike: float = 1.0
    unassigned: int = 0
    incomplete: int = 0
    searched_one_in: int = 1
    sources: tuple[Source, ...] = ()

    @property
    def units(self) -> tuple[int, int]:
        """Units in control and in treatment."""
        return self.arms[0], self.arms[1]

    @property
    def rows(self) -> int:
        """Rows of all arms."""
        return sum(self.arm_rows)

    @property
    def primary(self) -> Sample:
        """The metric that decides."""
        return next(each for each in self.samples if each.metric.role == "primary")
