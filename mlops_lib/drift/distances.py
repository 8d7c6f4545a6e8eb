"""How far two windows are apart, from counts: Jensen-Shannon, Kolmogorov-Smirnov, chi-square.

Every function takes integer counts per cell on its last axis, reference first, and works on many
pairs at once. Nothing here knows a limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lib.stats import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SMALLEST_EXPECTED = 5
"""Cells with fewer expected rows are pooled before the chi-square test (Cochran 1954)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """Two-sample chi-square test of one column with Cramér's V as its effect."""

    statistic: float
    degrees_of_freedom: int
    pvalue: float
    cramers_v: float


def jensen_shannon(reference: "ArrayLike", current: "ArrayLike") -> float:
    """Jensen-Shannon distance, base 2: 0 for equal shares, 1 for disjoint ones (Lin 1991).

    Args:
        reference: shape (cells,), rows per cell or shares.
        current: the same.

    Example:
        >>> jensen_shannon([1, 0], [0, 1])
        1.0
    """
    import numpy as np
    from scipy.special import rel_entr

    r, c = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    p, q = r / r.sum(), c / c.sum()
    middle = (p + q) / 2
    nats = (rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2
    return float(np.sqrt(max(0.0, nats) / np.log(2)))


def kullback_leibler(reference: "ArrayLike", current: "ArrayLike", *, floor: float = 0.0) -> float:
    """Kullback-Leibler divergence of the current shares from the reference's, in nats.

    Args:
        reference: shape (cells,), rows per cell or shares.
        current: the same.
        floor: smallest share of the reference; without one, an unseen value makes it infinite.

    Example:
        >>> round(kullback_leibler([0.4, 0.4, 0.2], [0.5, 0.3, 0.2]), 6)
        0.025267
    """
    import numpy as np
    from scipy.special import rel_entr

    r, c = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    p, q = np.maximum(r / r.sum(), floor), c / c.sum()
    return float(rel_entr(q, p).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wasserstein:
    """First Wasserstein distance from cells, in the column's own unit, with its bounds."""

    estimate: float
    bounds: Interval


def wasserstein(
    reference: "ArrayLike", current: "ArrayLike", limits: Sequence[float]
) -> Wasserstein:
    """First Wasserstein distance: the area between both distribution functions.

    At the edges both are known. The estimate takes rows as spread evenly inside a cell; that
    both functions can only rise gives the bounds. Rows beyond the outer edges are taken to lie on
    them: the share of values never seen before is a number of its own.

    Args:
        reference: shape (cells,), rows per cell in ascending order, without missing values.
        current: the same.
        limits: the ascending edges between the cells.

    Example:
        >>> wasserstein([0, 1, 1, 0], [0, 0, 2, 0], [0.0, 1.0, 2.0])
        Wasserstein(estimate=0.5, bounds=Interval(low=0.0, high=1.5))
    """
    import numpy as np

    r, c = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    if not r.sum() or not c.sum() or len(limits) == 0:
        return Wasserstein(estimate=np.nan, bounds=Interval(np.nan, np.nan))
    f, g = np.cumsum(r)[:-1] / r.sum(), np.cumsum(c)[:-1] / c.sum()
    with np.errstate(over="ignore"):  # the range of hostile numbers is infinite, and so is its area
        widths = np.diff(np.asarray(limits, dtype=float))
    f0, f1, g0, g1 = f[:-1], f[1:], g[:-1], g[1:]
    least = np.maximum(0.0, np.maximum(f0 - g1, g0 - f1))
    most = np.maximum(f1 - g0, g1 - f0)
    return Wasserstein(
        estimate=_area(widths, _between_lines(f0 - g0, f1 - g1)),
        bounds=Interval(_area(widths, least), _area(widths, most)),
    )


def _area(widths: "NDArray[Any]", heights: "NDArray[Any]") -> float:
    return float((widths[heights > 0] * heights[heights > 0]).sum())


def _between_lines(start: "NDArray[Any]", end: "NDArray[Any]") -> "NDArray[Any]":
    """Mean of the absolute value of a line from start to end."""
    import numpy as np

    total = np.abs(start) + np.abs(end)
    crossing = (start * end < 0) & (total > 0)
    squares = (start**2 + end**2) / 2
    area: NDArray[Any] = np.where(crossing, squares / np.where(total > 0, total, 1.0), total / 2)
    return area


def ks_bounds(reference: "ArrayLike", current: "ArrayLike", *, single: Sequence[bool]) -> Interval:
    """Bounds of the Kolmogorov-Smirnov distance of two samples of numbers from ordered cells.

    At the edges both distribution functions are known, which gives the lower bound; inside a cell
    they can part by no more than its rows allow, which gives the upper one.

    Args:
        reference: shape (cells,), rows per cell in ascending order, without missing values.
        current: the same.
        single: which cells hold one value only: the functions cannot part inside them.

    Returns:
        Low and high, equal where every occupied cell holds one value.

    Example:
        >>> ks_bounds([1, 1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1, 1], single=[True] * 7)
        Interval(low=0.4, high=0.4)
    """
    import numpy as np

    r, c = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    if not r.sum() or not c.sum():
        return Interval(np.nan, np.nan)
    f, g = np.cumsum(r) / r.sum(), np.cumsum(c) / c.sum()
    f_before, g_before = np.append(0.0, f[:-1]), np.append(0.0, g[:-1])
    low = float(np.abs(f - g).max())
    inside = np.maximum(f - g_before, g - f_before)
    high = float(np.where(np.asarray(single, dtype=bool), 0.0, inside).max())
    return Interval(low, max(low, min(1.0, high)))


def chi_square(reference: "ArrayLike", current: "ArrayLike") -> ChiSquare:
    """Two-sample chi-square test: both windows are samples, neither is taken as exact.

    Cells in which the smaller window expects fewer than 5 rows are pooled; which ones depends on
    the sum of both windows only.

    Args:
        reference: shape (cells,), rows per cell.
        current: the same.

    Example:
        >>> result = chi_square([50, 30, 20], [40, 40, 20])
        >>> round(result.statistic, 4), round(result.pvalue, 4), round(result.cramers_v, 4)
        (2.5397, 0.2809, 0.1127)
    """
    import numpy as np

    r, c = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    statistic, degrees, pvalue = chi_square_parts(r, c)
    return ChiSquare(
        statistic=float(statistic),
        degrees_of_freedom=degrees,
        pvalue=float(pvalue),
        cramers_v=float(np.sqrt(statistic / (r.sum() + c.sum()))),
    )


def chi_square_parts(
    reference: "NDArray[Any]", current: "NDArray[Any]"
) -> tuple["NDArray[Any]", int, "NDArray[Any]"]:
    """Statistic, degrees of freedom and p-value; all pairs must have the same sum per cell.

    Args:
        reference: shape (..., cells), rows per cell.
        current: the same.
    """
    import numpy as np
    from scipy import special

    total = (reference + current).reshape(-1, reference.shape[-1])[0]
    sizes = reference.sum(-1).flat[0], current.sum(-1).flat[0]
    rare = _rare(total * min(sizes) / sum(sizes))
    r, c = _pooled(reference, rare), _pooled(current, rare)
    both = r + c
    expected = both * sizes[0] / sum(sizes), both * sizes[1] / sum(sizes)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = (r - expected[0]) ** 2 / expected[0] + (c - expected[1]) ** 2 / expected[1]
    statistic = np.nan_to_num(parts).sum(-1)
    degrees = int((both.reshape(-1, both.shape[-1])[0] > 0).sum()) - 1
    pvalue = special.chdtrc(degrees, statistic) if degrees > 0 else np.ones_like(statistic)
    return statistic, degrees, pvalue


def _rare(expected: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    rare = (expected < _SMALLEST_EXPECTED) & (expected > 0)
    if rare.any() and expected[rare].sum() < _SMALLEST_EXPECTED:
        others = np.where((expected > 0) & ~rare, expected, np.inf)
        if np.isfinite(others).sum() > 1:
            rare[int(np.argmin(others))] = True
    return rare


def _pooled(counts: "NDArray[Any]", rare: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    pool = counts[..., rare].sum(-1, keepdims=True)
    return np.concatenate([counts[..., ~rare], pool], axis=-1)
