"""Sufficient statistics of independent units: what a ratio or a mean needs, and no row more.

Sums of squares are taken of residuals from a pivot near the ratio, so that a large level with a
small spread keeps its digits (Chan, Golub and LeVeque 1983). With one pivot, statistics of
disjoint sets of units add up.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Sums over units of denominators d, and of numerators x through e = x - pivot * d.

    Attributes:
        units: how many.
        total: sum of d.
        dd: sum of d^2.
        e: sum of e.
        ee: sum of e^2.
        ed: sum of e * d.
        pivot: a number near the ratio; any number is right, a near one is exact.
        c: sum of the covariate less its own pivot; 0 without one.
        cc: sum of its squares.
        ec: sum of its products with e.
        dc: sum of its products with d.
        covariate_pivot: subtracted from the covariate.
    """

    units: int
    total: float
    dd: float
    e: float
    ee: float
    ed: float
    pivot: float = 0.0
    c: float = 0.0
    cc: float = 0.0
    ec: float = 0.0
    dc: float = 0.0
    covariate_pivot: float = 0.0

    @property
    def ratio(self) -> float:
        """Sum of the numerators over sum of the denominators; NaN where the latter is 0."""
        return self.pivot + self.offset

    @property
    def offset(self) -> float:
        """The ratio less its pivot; NaN where the denominators add up to 0."""
        return self.e / self.total if self.total else math.nan

    @property
    def residuals(self) -> float:
        """Sum over units of (x - ratio * d)^2."""
        shift = self.offset
        return max(0.0, self.ee - 2 * shift * self.ed + shift**2 * self.dd)

    def __add__(self, other: Self) -> Self:
        """Moments of both sets of units; they must share their pivots."""
        if (self.pivot, self.covariate_pivot) != (other.pivot, other.covariate_pivot):
            message = "moments with different pivots do not add up"
            raise ValueError(message)
        names = ("units", "total", "dd", "e", "ee", "ed", "c", "cc", "ec", "dc")
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in names})


def moments(
    numerators: "ArrayLike", denominators: "ArrayLike", covariate: "ArrayLike | None" = None
) -> Moments:
    """Moments of units; one whose denominator is 0 counts, with its numerator.

    Leave out what has no value: to leave out what cost something and gave nothing is to choose by
    the outcome.

    Args:
        numerators: shape (units,), finite.
        denominators: shape (units,), finite, not negative.
        covariate: shape (units,), finite, known before the variants differed; optional.

    Raises:
        ValueError: if the lengths differ, a value is not finite, or a denominator is negative.

    Example:
        >>> each = moments([1, 0, 2, 3, 1, 0], [4, 3, 5, 6, 2, 4])
        >>> each.units, each.total, round(each.ratio, 4)
        (6, 24.0, 0.2917)
    """
    import numpy as np

    x, d = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    c = np.zeros(x.shape) if covariate is None else np.asarray(covariate, dtype=float)
    finite = all(np.isfinite(each).all() for each in (x, d, c))
    if not x.shape == d.shape == c.shape or not finite or (d < 0).any():
        message = "need as many finite numerators as finite denominators of at least 0"
        raise ValueError(message)
    pivot = float(x.sum() / d.sum()) if d.any() else 0.0
    centre = float(c.mean()) if c.size else 0.0
    e, c = x - pivot * d, c - centre
    return Moments(
        units=int(d.size),
        total=float(d.sum()),
        dd=float(d @ d),
        e=float(e.sum()),
        ee=float(e @ e),
        ed=float(e @ d),
        pivot=pivot,
        c=float(c.sum()),
        cc=float(c @ c),
        ec=float(e @ c),
        dc=float(d @ c),
        covariate_pivot=centre,
    )
