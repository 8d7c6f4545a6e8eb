"""Agreement of two raters beyond chance: kappa, never without the base rate beside it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, z_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

Weights = Literal["none", "linear", "quadratic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Cohen's kappa with what is needed to read it.

    Attributes:
        estimate: 1 for full agreement, 0 for that of chance; NaN where chance agrees always.
        interval: normal, two-sided.
        standard_error: of the estimate.
        agreement: share on which both agree.
        by_chance: share on which raters with these rates would agree by luck.
        ac1: Gwet's coefficient, which does not collapse at an extreme base rate.
        n: rated by both.
        method: of estimate and interval.
    """

    estimate: float
    interval: Interval
    standard_error: float
    agreement: float
    by_chance: float
    ac1: float
    n: int
    method: str = "Cohen's kappa, large-sample interval (Fleiss, Cohen and Everitt 1969)"


def kappa(
    table: "ArrayLike", *, weights: Weights = "none", confidence: float = CONFIDENCE
) -> Kappa:
    """Agreement of two raters from the table of their ratings (Cohen 1960, 1968; Gwet 2008).

    At an extreme base rate kappa is low however often raters agree: 90 % agreement at a base
    rate of 90 % is a kappa of 0.44. Show the base rate beside it.

    Args:
        table: shape (k, k), counts; rows are the first rater's categories, in order.
        weights: how much of an agreement a near miss is; "none" for categories without order.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the table is not square, holds a negative count, or is empty.

    Example:
        >>> result = kappa([[85, 5], [5, 5]])
        >>> round(result.agreement, 2), round(result.estimate, 3)
        (0.9, 0.444)
    """
    import numpy as np

    counts = _table(table)
    n, k = int(counts.sum()), len(counts)
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    weight = _weights(k, weights)
    agreement = float(np.sum(weight * p))
    by_chance = float(np.sum(weight * np.outer(rows, columns)))
    if by_chance >= 1:
        estimate = error = math.nan
    else:
        estimate = (agreement - by_chance) / (1 - by_chance)
        error = _standard_error(p, weight, estimate, by_chance, n)
    half = z_of(confidence) * error
    return Kappa(
        estimate=estimate,
        interval=UNKNOWN if math.isnan(error) else _within(estimate, half),
        standard_error=error,
        agreement=agreement,
        by_chance=by_chance,
        ac1=_ac1(p),
        n=n,
    )


def _within(estimate: float, half: float) -> Interval:
    """Cut at -1 and 1, between which all agreement lies."""
    return Interval(max(-1.0, estimate - half), min(1.0, estimate + half))


def _table(table: "ArrayLike") -> "NDArray[np.float64]":
    import numpy as np

    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or len(set(counts.shape)) != 1 or not (counts >= 0).all():  # noqa: PLR2004
        message = "needs a square table of counts"
        raise ValueError(message)
    if not counts.sum() > 0:
        message = "nothing was rated by both"
        raise ValueError(message)
    return counts


def _weights(k: int, weights: Weights) -> "NDArray[np.float64]":
    import numpy as np

    if weights == "none":
        return np.eye(k)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(1, k - 1)
    agreement: NDArray[np.float64] = 1 - (apart if weights == "linear" else apart**2)
    return agreement


def _standard_error(
    p: "NDArray[np.float64]",
    weight: "NDArray[np.float64]",
    estimate: float,
    by_chance: float,
    n: int,
) -> float:
    """Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72:323, formula 13."""
    import numpy as np

    rows, columns = p.sum(axis=1), p.sum(axis=0)
    expected = np.add.outer(weight @ columns, rows @ weight)
    spread = np.sum(p * (weight - expected * (1 - estimate)) ** 2)
    variance = spread - (estimate - by_chance * (1 - estimate)) ** 2
    return math.sqrt(max(0.0, float(variance)) / n) / (1 - by_chance)


def _ac1(p: "NDArray[np.float64]") -> float:
    import numpy as np

    k = len(p)
    if k == 1:
        return math.nan
    shares = (p.sum(axis=1) + p.sum(axis=0)) / 2
    by_chance = float(np.sum(shares * (1 - shares)) / (k - 1))
    agreement = float(np.trace(p))
    return (agreement - by_chance) / (1 - by_chance)
