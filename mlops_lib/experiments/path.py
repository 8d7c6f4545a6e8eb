"""The estimate as it grew day by day, and the units that had arrived by then."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from mlops_lib.experiments.estimates import Estimate, estimate
from mlops_lib.experiments.evidence import Evidence, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_LOOKS = 60
"""A path with more days is thinned evenly: a line of 60 points says all that one of 600 does."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a reader would have seen at the end of one day.

    Attributes:
        day: in UTC.
        units: units seen so far, in control and in treatment.
        primary: the estimate of the primary metric from all rows so far.
    """

    day: date
    units: tuple[int, int]
    primary: Estimate


def looks(evidence: Evidence) -> tuple[Look, ...]:
    """One look per day, the last at the end of the data; none without times."""
    import numpy as np

    if not evidence.row_day.size:
        return ()
    days = np.unique(evidence.row_day)
    chosen = days[np.unique(np.linspace(0, days.size - 1, MOST_LOOKS).round().astype(int))]
    primary = next(each for each in evidence.samples if each.metric.role == "primary")
    arrivals = _arrivals(evidence)
    return tuple(
        Look(
            day=_EPOCH + timedelta(days=int(day)),
            units=_units_by(day, arrivals, evidence),
            primary=estimate(_until(primary, day), evidence),
        )
        for day in chosen
    )


def _until(sample: Sample, day: int) -> Sample:
    seen = sample.day <= day
    return replace(
        sample,
        unit=sample.unit[seen],
        value=sample.value[seen],
        per=sample.per[seen],
        day=sample.day[seen],
    )


def _arrivals(evidence: Evidence) -> "NDArray[np.int64]":
    """First day of each unit."""
    import numpy as np

    first = np.full(evidence.is_treated.size, np.iinfo(np.int64).max)
    np.minimum.at(first, evidence.row_unit, evidence.row_day)
    return first


def _units_by(day: int, arrivals: "NDArray[np.int64]", evidence: Evidence) -> tuple[int, int]:
    here = evidence.is_treated[arrivals <= day]
    treated = int(here.sum())
    return int(here.size) - treated, treated
