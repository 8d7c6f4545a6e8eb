"""Differences between the two windows of a log, with the users as clusters that may span both."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.stats import Interval, newcombe_difference
from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

FEWEST_CLUSTERS = 2
"""One user says nothing about the spread between users."""

_NOTHING = 1e-30
"""A sum of squares below this is rounding, not variation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDifference:
    """A mean in the current window minus the mean in the reference window.

    Attributes:
        current: mean of the current window.
        reference: mean of the reference window.
        estimate: current minus reference.
        interval: two-sided.
        pvalue_rise: one-sided p-value for "the mean has risen"; NaN where there is none.
        pvalue_fall: one-sided p-value for "the mean has fallen".
        standard_error: of the estimate.
        n_current: queries behind the current mean.
        n_reference: queries behind the reference mean.
        users: distinct users in both windows together.
        method: how interval and p-values were found.
    """

    current: float
    reference: float
    estimate: float
    interval: Interval
    pvalue_rise: float
    pvalue_fall: float
    standard_error: float
    n_current: int
    n_reference: int
    users: int
    method: str

    @property
    def n(self) -> int:
        """Queries in both windows."""
        return self.n_current + self.n_reference


def difference_of_means(
    values: "ArrayLike",
    current: "ArrayLike",
    users: "ArrayLike",
    *,
    confidence: float = CONFIDENCE,
) -> WindowDifference:
    """Difference of window means, cluster-robust by user (CR1; Liang and Zeger 1986).

    The variance is the sum over users of squared summed residuals, each over the size of its
    window, times G / (G - 1): a user of both windows contributes one sum, so habits that span the
    windows cancel as they should. Degrees of freedom are Satterthwaite's (1946), from the fourth
    moment of the users' sums, at most G - 1: rare events of a few users do not become significant
    by the number of their requests. Where yes-or-no values are constant within each window, the
    interval is Newcombe's and the p-value Fisher's; one user alone gives neither.

    Args:
        values: shape (n,), finite.
        current: shape (n,), true for the current window.
        users: shape (n,), labels.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if the shapes differ or a value is not finite.

    Example:
        >>> result = difference_of_means(
        ...     [0.2, 0.4, 0.5, 0.9], [False, False, True, True], ["a", "b", "a", "b"]
        ... )
        >>> round(result.estimate, 3), [round(bound, 3) for bound in result.interval]
        (0.4, [-0.871, 1.671])
    """
    import numpy as np

    array, now = np.asarray(values, dtype=float), np.asarray(current, dtype=bool)
    labels = np.asarray(users)
    if array.shape != now.shape or array.shape != labels.shape or not np.isfinite(array).all():
        message = "values must be finite, and as many as window flags and user labels"
        raise ValueError(message)
    sizes = int(now.sum()), int((~now).sum())
    if 0 in sizes:
        return _unknown(array, now, users=len(set(labels.tolist())))
    _, index = np.unique(labels, return_inverse=True)
    means = float(array[now].mean()), float(array[~now].mean())
    residuals = np.where(now, (array - means[0]) / sizes[0], -(array - means[1]) / sizes[1])
    squares = np.square(np.bincount(index.ravel(), weights=residuals), dtype=np.float64)
    groups = int(squares.size)
    if groups < FEWEST_CLUSTERS:
        return _unknown(array, now, users=groups)
    if not squares.sum() > _NOTHING:
        return _constant(array, now, users=groups, confidence=confidence)
    error = math.sqrt(float(squares.sum()) * groups / (groups - 1))
    return _student(
        means, error, _satterthwaite(squares), sizes=sizes, users=groups, confidence=confidence
    )


def _satterthwaite(squares: "NDArray[np.float64]") -> float:
    """Degrees of freedom of a sum of squares, from its own spread; normal sums give G."""
    groups, total = squares.size, float(squares.sum())
    spread = float((squares**2).sum()) - total**2 / groups
    return min(groups - 1.0, 2 * total**2 / spread) if spread > 0 else groups - 1.0


def _student(
    means: tuple[float, float],
    error: float,
    freedom: float,
    *,
    sizes: tuple[int, int],
    users: int,
    confidence: float,
) -> WindowDifference:
    from scipy import special

    estimate = means[0] - means[1]
    half = float(special.stdtrit(freedom, 0.5 + confidence / 2)) * error
    return WindowDifference(
        current=means[0],
        reference=means[1],
        estimate=estimate,
        interval=Interval(estimate - half, estimate + half),
        pvalue_rise=float(special.stdtr(freedom, -estimate / error)),
        pvalue_fall=float(special.stdtr(freedom, estimate / error)),
        standard_error=error,
        n_current=sizes[0],
        n_reference=sizes[1],
        users=users,
        method="cluster-robust difference by user (CR1, Student's t)",
    )


def _constant(
    array: "NDArray[np.float64]", now: "NDArray[np.bool_]", *, users: int, confidence: float
) -> WindowDifference:
    unknown = _unknown(array, now, users=users)
    values = {unknown.current, unknown.reference}
    if not values <= {0.0, 1.0}:
        return unknown
    from scipy import stats

    yes, before = int(array[now].sum()), int(array[~now].sum())
    n, n_before = unknown.n_current, unknown.n_reference
    table = [[yes, n - yes], [before, n_before - before]]
    return replace(
        unknown,
        interval=newcombe_difference(before, n_before, yes, n, confidence=confidence).interval,
        pvalue_rise=float(stats.fisher_exact(table, alternative="greater").pvalue),
        pvalue_fall=float(stats.fisher_exact(table, alternative="less").pvalue),
        method="Newcombe interval, Fisher's exact test",
    )


def _unknown(
    array: "NDArray[np.float64]", now: "NDArray[np.bool_]", *, users: int
) -> WindowDifference:
    current = float(array[now].mean()) if now.any() else math.nan
    reference = float(array[~now].mean()) if (~now).any() else math.nan
    return WindowDifference(
        current=current,
        reference=reference,
        estimate=current - reference,
        interval=UNKNOWN,
        pvalue_rise=math.nan,
        pvalue_fall=math.nan,
        standard_error=math.nan,
        n_current=int(now.sum()),
        n_reference=int((~now).sum()),
        users=users,
        method="no interval: nothing varies, a window is empty, or there is one user",
    )
