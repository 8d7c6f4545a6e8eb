"""CUPED: a difference made narrower by what the units did before the variants differed."""

import math
from dataclasses import dataclass

from mlops_lib.stats.interval import CONFIDENCE, z_of
from mlops_lib.stats.means import Difference, t_interval, unknown_difference, welch_from_moments
from mlops_lib.stats.moments import Moments

_FEWEST_UNITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A difference after adjustment.

    Attributes:
        difference: second minus first.
        levels: both levels at the covariate's common mean.
        theta: how far the outcome moves with one unit of the covariate.
        lift: the difference relative to the first group's plain level; None where that is not
            clearly positive.
        variance_left: the squared standard error relative to that without adjustment.
    """

    difference: Difference
    levels: tuple[float, float]
    theta: float
    lift: Difference | None
    variance_left: float


def adjusted_difference(a: Moments, b: Moments, *, confidence: float = CONFIDENCE) -> Adjusted:
    """Difference b - a adjusted by a covariate known before the start (Deng et al. 2013).

    One theta for both groups, from the covariance over all units, as tea-tasting and GrowthBook
    have it. Ratios are linearised by the delta method first. A covariate without spread adjusts
    nothing.

    Args:
        a: moments of the first group, with a covariate.
        b: of the second, independent of it, with the same covariate pivot or its own.
        confidence: of the two-sided interval.

    Example:
        >>> from mlops_lib.stats.moments import moments
        >>> before, after = [1.0, 2.0, 3.0, 4.0], [2.0, 3.1, 3.9, 5.0]
        >>> a, b = moments(after, [1] * 4, before), moments([y + 1 for y in after], [1] * 4, before)
        >>> round(adjusted_difference(a, b).difference.estimate, 9)
        1.0
    """
    method = "CUPED, Welch's t interval"
    if min(a.units, b.units) < _FEWEST_UNITS or 0 in {a.total, b.total}:
        nothing = unknown_difference(math.nan, n=a.units + b.units, method=method)
        return Adjusted(
            difference=nothing,
            levels=(math.nan, math.nan),
            theta=0.0,
            lift=None,
            variance_left=math.nan,
        )
    theta = _theta(a, b)
    middle = (a.units * _centre(a) + b.units * _centre(b)) / (a.units + b.units)
    levels = [side.ratio - theta * (_centre(side) - middle) for side in (a, b)]
    left = [
        (side.units, level, _variance(side, theta))
        for side, level in zip((a, b), levels, strict=True)
    ]
    plain = sum(_variance(side, 0.0) / side.units for side in (a, b))
    result = welch_from_moments(*left, confidence=confidence)
    return Adjusted(
        difference=_named(result, method),
        levels=(levels[0], levels[1]),
        theta=theta,
        lift=_lift(a, result, theta, confidence),
        variance_left=result.standard_error**2 / plain if plain > 0 else math.nan,
    )


def _centre(side: Moments) -> float:
    return side.covariate_pivot + side.c / side.units


def _spread(side: Moments) -> float:
    """Sum of squares of the covariate around its mean."""
    return max(0.0, side.cc - side.c**2 / side.units)


def _together(side: Moments) -> float:
    """Sum of products of the linearised outcome, whose mean is 0, with the covariate."""
    return (side.ec - side.offset * side.dc) * side.units / side.total


def _variance(side: Moments, theta: float) -> float:
    """Sample variance of the linearised outcome less theta times the covariate."""
    own = side.residuals * (side.units / side.total) ** 2
    squares = own - 2 * theta * _together(side) + theta**2 * _spread(side)
    return max(0.0, squares) / (side.units - 1)


def _theta(a: Moments, b: Moments) -> float:
    between = a.units * b.units / (a.units + b.units)
    apart = _centre(b) - _centre(a)
    spread = _spread(a) + _spread(b) + between * apart**2
    if spread == 0:
        return 0.0
    return (_together(a) + _together(b) + between * apart * (b.ratio - a.ratio)) / spread


def _lift(a: Moments, difference: Difference, theta: float, confidence: float) -> Difference | None:
    """By the delta method, with the covariance of the adjusted difference and the plain level."""
    own = a.residuals * (a.units / a.total) ** 2
    square, shared = (each / (a.units - 1) / a.units for each in (own, own - theta * _together(a)))
    if math.isnan(difference.standard_error) or a.ratio <= z_of(confidence) * math.sqrt(square):
        return None
    estimate = difference.estimate / a.ratio
    inside = difference.standard_error**2 + estimate**2 * square + 2 * estimate * shared
    error = math.sqrt(max(0.0, inside)) / a.ratio
    freedom = difference.degrees_of_freedom
    return Difference(
        estimate=estimate,
        interval=t_interval(estimate, error, freedom, confidence),
        pvalue=math.nan,
        n=difference.n,
        method="CUPED, delta method",
        standard_error=error,
        degrees_of_freedom=freedom,
    )


def _named(result: Difference, method: str) -> Difference:
    from dataclasses import replace

    return replace(result, method=method)
