"""Population stability index, with what chance adds to it and its interval."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lib.stats import Interval
from mlops_lib.stats.interval import CONFIDENCE, z_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SMALLEST_SHARE = 1e-4
"""A cell never counts as rarer than this: the PSI of a cell that is empty on one side depends on
this floor, so it is fixed, and the share of unseen values is reported as its own number."""

_HALF_ROW = 0.5
"""What an empty cell counts as (Haldane 1956), while that is more than `SMALLEST_SHARE`."""

_COST_OF_EDGES = 1.2
"""Values beyond the range of the reference, of which some occur in any window, widen the interval
by so much; `tests/drift/test_selftest.py` simulates it."""

_LARGEST_NONCENTRALITY = 2000.0
"""Above this the noncentral chi-square distribution is normal to three digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Psi:
    """Population stability index with what chance alone adds to it.

    Attributes:
        estimate: the classical number, in nats.
        chance: its mean if nothing had changed.
        interval: of the population's PSI, at 95 %.
        pvalue: of no change, from the scaled chi-square distribution.
    """

    estimate: float
    chance: float
    interval: Interval
    pvalue: float

    @property
    def excess(self) -> float:
        """PSI less what chance adds, never below 0: the estimate of the population's PSI."""
        return max(0.0, self.estimate - self.chance)


def psi_of_shares(reference: "ArrayLike", current: "ArrayLike", *, floor: float = 0.0) -> float:
    """Population stability index of two distributions: sum of (q - p) ln(q / p), in nats.

    Args:
        reference: shape (cells,), shares p that sum to 1.
        current: shape (cells,), shares q that sum to 1.
        floor: smallest share; smaller ones are raised to it, without renormalising.

    Example:
        >>> round(psi_of_shares([0.5, 0.3, 0.2], [0.4, 0.4, 0.2]), 6)
        0.051083
    """
    import numpy as np

    p = np.maximum(np.asarray(reference, dtype=float), floor)
    q = np.maximum(np.asarray(current, dtype=float), floor)
    either = (p > 0) | (q > 0)
    with np.errstate(divide="ignore"):
        return float(((q - p)[either] * np.log(q[either] / p[either])).sum())


def psi(reference: "ArrayLike", current: "ArrayLike") -> Psi:
    """Population stability index from counts, with interval and p-value from both sample sizes.

    Without change, PSI / (1/N + 1/M) follows chi-square with cells - 1 degrees of freedom
    (Yurdakul 2018); with change it is close to noncentral chi-square. The interval inverts that
    distribution after scaling it so that its variance agrees with the delta method's, which holds
    for large changes as well. Our simulation in `tests/drift` shows its coverage.

    Args:
        reference: shape (cells,), rows per cell.
        current: shape (cells,), rows per cell.

    Example:
        >>> result = psi([50, 30, 20], [40, 40, 20])
        >>> round(result.estimate, 6), round(result.chance, 2)
        (0.051083, 0.04)
    """
    import numpy as np
    from scipy import special

    r, c = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    estimate, variance, degrees = psi_parts(r, c)
    scale = 1 / r.sum() + 1 / c.sum()
    if degrees == 0:
        return Psi(estimate=0.0, chance=0.0, interval=Interval(0.0, 0.0), pvalue=1.0)
    return Psi(
        estimate=float(estimate),
        chance=float(degrees * scale),
        interval=_psi_interval(float(estimate), float(variance), int(degrees)),
        pvalue=float(special.chdtrc(degrees, estimate / scale)),
    )


def detectable_psi(rows: tuple[int, int], *, limit: float, cells: int, power: float) -> float:
    """The smallest true PSI whose interval lies above the limit with this power.

    PSI / (1/N + 1/M) is taken as noncentral chi-square with cells - 1 degrees of freedom.

    Args:
        rows: of the reference and of the current window.
        limit: above which PSI is drift.
        cells: of the column.
        power: how often the drift is to be seen.

    Example:
        >>> 0.25 < detectable_psi((100_000, 100_000), limit=0.25, cells=10, power=0.8) < 0.27
        True
    """
    from scipy import special

    scale = 1 / rows[0] + 1 / rows[1]
    if limit / scale > _LARGEST_NONCENTRALITY:
        return _detectable_if_normal(limit, scale, power)
    needed = special.chndtrix((1 + CONFIDENCE) / 2, cells - 1, limit / scale)
    return float(special.chndtrinc(needed, cells - 1, 1 - power) * scale)


def deciding_rows(
    limit: float, *, cells: int, columns: int, power: float, reference_rows: int = 0
) -> tuple[int, int]:
    """Rows of both windows with which unchanged columns are all decided with this power.

    A column is decided once its whole interval lies below the limit; the columns are taken as
    independent, each of so many equally filled cells.

    Args:
        limit: above which PSI is drift.
        cells: of each column.
        columns: compared together.
        power: how often none of them is to stay undecided.
        reference_rows: of a reference that stays as it is; if it is too small both must grow.

    Example:
        >>> before, now = deciding_rows(0.25, cells=10, columns=15, power=0.8)
        >>> before == now > 200
        True
    """
    from scipy import special

    degrees = cells - 1
    largest = special.chdtri(degrees, 1 - power ** (1 / columns))
    noncentrality = special.chndtrinc(largest, degrees, (1 - CONFIDENCE) / 2)
    scale = limit / (noncentrality * _COST_OF_EDGES)
    alike = math.ceil(2 / scale)
    if reference_rows <= alike:
        return alike, alike
    return reference_rows, math.ceil(1 / (scale - 1 / reference_rows))


def _detectable_if_normal(limit: float, scale: float, power: float) -> float:
    """Noncentral chi-square far out: standard deviation 2 sqrt(noncentrality)."""
    reach = z_of(CONFIDENCE) + z_of(2 * power - 1)
    return float((limit**0.5 + reach * scale**0.5) ** 2)


def psi_parts(
    reference: "NDArray[Any]", current: "NDArray[Any]"
) -> tuple["NDArray[Any]", "NDArray[Any]", "NDArray[Any]"]:
    """PSI, its delta-method variance, and its degrees of freedom.

    Args:
        reference: shape (..., cells), rows per cell.
        current: the same.
    """
    import numpy as np

    n, m = reference.sum(-1, keepdims=True), current.sum(-1, keepdims=True)
    occupied = (reference + current) > 0
    p = _filled(reference / n, other=current / m, rows=n)
    q = _filled(current / m, other=reference / n, rows=m)
    p_kept = np.where(occupied, np.maximum(p, SMALLEST_SHARE), 1.0)
    q_kept = np.where(occupied, np.maximum(q, SMALLEST_SHARE), 1.0)
    ratio = np.log(q_kept / p_kept)
    variance = _multinomial_variance(q, ratio + 1 - p_kept / q_kept) / m[..., 0]
    variance += _multinomial_variance(p, 1 - q_kept / p_kept - ratio) / n[..., 0]
    return ((q_kept - p_kept) * ratio).sum(-1), variance, occupied.sum(-1) - 1


def _filled(
    share: "NDArray[Any]", *, other: "NDArray[Any]", rows: "NDArray[Any]"
) -> "NDArray[Any]":
    """Empty cells count as half a row, yet not as more than the other side's share."""
    import numpy as np

    return np.where(share == 0, np.minimum(other, _HALF_ROW / rows), share)


def _multinomial_variance(share: "NDArray[Any]", weight: "NDArray[Any]") -> "NDArray[Any]":
    share = share / share.sum(-1, keepdims=True)
    centred = weight - (share * weight).sum(-1, keepdims=True)
    variance: NDArray[Any] = (share * centred**2).sum(-1)
    return variance


def _psi_interval(estimate: float, variance: float, degrees: int) -> Interval:
    from scipy import special

    if estimate <= 0:
        return Interval(0.0, 0.0)
    scale = variance / (4 * estimate)
    observed = estimate / scale
    tail = (1 - CONFIDENCE) / 2
    if observed - degrees > _LARGEST_NONCENTRALITY:
        half = z_of(CONFIDENCE) * variance**0.5
        centre = estimate - degrees * scale
        return Interval(max(0.0, centre - half), centre + half)
    central = special.chdtr(degrees, observed)
    low = special.chndtrinc(observed, degrees, 1 - tail) if central > 1 - tail else 0.0
    high = special.chndtrinc(observed, degrees, tail) if central > tail else 0.0
    return Interval(float(low) * scale, float(high) * scale)
