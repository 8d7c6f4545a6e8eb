"""The estimate as it grew day by day, and the units that had arrived by then."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import Estimate, estimate
from mlops_lib.experiments.evidence import Day, Evidence

MOST_LOOKS = 60
"""A path with more days is thinned evenly: a line of 60 points says all that one of 600 does."""

DAYS_OF_RATE = 7
"""New units a day are those of the last week, as a plan counts them."""

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


def looks(evidence: Evidence, last: Estimate) -> tuple[Look, ...]:
    """One look per day, the last at the end of the data; none without times.

    Args:
        evidence: with its days.
        last: the estimate of the primary metric from all rows.
    """
    return tuple(
        _look(day, evidence.design, last if day is evidence.days[-1] else None)
        for day in thinned(evidence.days)
    )


def thinned(days: Sequence[Day]) -> list[Day]:
    """At most `MOST_LOOKS` of the days, evenly, with the first and the last."""
    count = len(days)
    steps = min(count, MOST_LOOKS)
    places = sorted({round(step * (count - 1) / max(1, steps - 1)) for step in range(steps)})
    return [days[place] for place in places]


def days_until(units: int, days: Sequence[Day]) -> float | None:
    """Further days until so many units have come, if they come as in the last week.

    Args:
        units: of all arms together.
        days: what had arrived by the end of each.

    Returns:
        Infinity where none come any more; None where fewer than two days can tell.
    """
    if len(days) < 2:  # noqa: PLR2004
        return None
    last = days[-1]
    earlier = [each for each in days if each.day <= last.day - DAYS_OF_RATE]
    before = earlier[-1] if earlier else days[0]
    rate = (sum(last.units) - sum(before.units)) / (last.day - before.day)
    return (units - sum(last.units)) / rate if rate > 0 else math.inf


def date_of(day: Day) -> date:
    """In UTC."""
    return _EPOCH + timedelta(days=day.day)


def _look(day: Day, design: Design, known: Estimate | None) -> Look:
    return Look(
        day=date_of(day),
        units=(day.units[0], day.units[1]),
        primary=known or estimate(day.primary, design),
    )
