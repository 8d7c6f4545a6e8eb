"""The interval: what the data allow, at a stated confidence."""

import math
from typing import NamedTuple

CONFIDENCE = 0.95
"""Confidence of every interval unless the caller says otherwise."""


class Interval(NamedTuple):
    """Two bounds; a bound that the data cannot give is NaN.

    Example:
        >>> Interval(0.02, 0.06).excludes(0)
        True
    """

    low: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether both bounds could be computed."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    def excludes(self, value: float) -> bool:
        """Whether the value lies strictly outside; an unknown interval excludes nothing."""
        return self.is_known and not self.low <= value <= self.high


UNKNOWN = Interval(math.nan, math.nan)
"""The interval of a quantity about which the data say nothing."""


def z_of(confidence: float) -> float:
    """The two-sided normal quantile of a confidence between 0 and 1.

    Raises:
        ValueError: if the confidence is not inside (0, 1).

    Example:
        >>> round(z_of(0.95), 6)
        1.959964
    """
    from statistics import NormalDist

    if not 0 < confidence < 1:
        message = f"confidence must lie between 0 and 1, not {confidence}"
        raise ValueError(message)
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def square_and_add(a: tuple[float, Interval], b: tuple[float, Interval]) -> Interval:
    """Interval of b - a from an estimate with its interval on each side (MOVER).

    Zou and Donner (2008), Statistics in Medicine 27:1693; for two Wilson intervals this is
    Newcombe's (1998) method 10. It keeps the asymmetry of its parts.

    Args:
        a: estimate and interval of the first, independent of the second.
        b: estimate and interval of the second.

    Example:
        >>> square_and_add((0.0, Interval(-3.0, 3.0)), (10.0, Interval(6.0, 14.0)))
        Interval(low=5.0, high=15.0)
    """
    (first, first_bounds), (second, second_bounds) = a, b
    difference = second - first
    return Interval(
        difference - math.hypot(second - second_bounds.low, first_bounds.high - first),
        difference + math.hypot(second_bounds.high - second, first - first_bounds.low),
    )
