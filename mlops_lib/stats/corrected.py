"""Means corrected for a rater that errs, from a small sample that was rated rightly."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, z_of
from mlops_lib.stats.proportions import newcombe_difference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A corrected mean.

    Attributes:
        estimate: NaN where the rater does not tell good from bad beyond chance.
        interval: two-sided, within [0, 1].
        standard_error: of the estimate.
        n: rated by the rater that errs.
        labelled: rated rightly.
        method: of estimate and interval.
        weight: how far the rater is trusted, where the method weighs it; 0 ignores it.
    """

    estimate: float
    interval: Interval
    standard_error: float
    n: int
    labelled: int
    method: str
    weight: float = math.nan


def rogan_gladen(
    observed: tuple[int, int],
    sensitivity: tuple[int, int],
    specificity: tuple[int, int],
    *,
    confidence: float = CONFIDENCE,
) -> Corrected:
    """The true share of good behind the share that a rater calls good.

    Rogan and Gladen (1978), American Journal of Epidemiology 107:71, with the variance of the
    estimated sensitivity and specificity (delta method; Lang and Reiczigel 2014 discuss it).

    Args:
        observed: called good, of how many; apart from the labelled ones.
        sensitivity: called good, of those that are good.
        specificity: called bad, of those that are bad.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if counts are negative or a part exceeds its whole.

    Example:
        >>> result = rogan_gladen((400, 500), (90, 100), (70, 100))
        >>> round(result.estimate, 4), round(result.standard_error, 4)
        (0.8333, 0.0528)
    """
    for part, whole in (observed, sensitivity, specificity):
        if not 0 <= part <= whole:
            message = f"need 0 <= part <= whole, not {part} of {whole}"
            raise ValueError(message)
    method = "Rogan-Gladen, delta method"
    labelled = sensitivity[1] + specificity[1]
    wholes = observed[1], sensitivity[1], specificity[1]
    p, se, sp = (
        part / whole if whole else math.nan for part, whole in (observed, sensitivity, specificity)
    )
    informed = se + sp - 1
    if not _tells_apart(sensitivity, specificity, confidence) or not observed[1]:
        return _unknown(observed[1], labelled, method)
    theta = (p + sp - 1) / informed
    n, m1, m0 = wholes
    variance = (
        p * (1 - p) / n + (1 - theta) ** 2 * sp * (1 - sp) / m0 + theta**2 * se * (1 - se) / m1
    )
    error = math.sqrt(variance) / informed
    estimate = min(1.0, max(0.0, theta))
    half = z_of(confidence) * error
    return Corrected(
        estimate=estimate,
        interval=_within_unit(theta - half, theta + half) if error > 0 else UNKNOWN,
        standard_error=error,
        n=n,
        labelled=labelled,
        method=method,
    )


def _tells_apart(
    sensitivity: tuple[int, int], specificity: tuple[int, int], confidence: float
) -> bool:
    """Whether good is called good more often than bad is, beyond chance.

    Near chance the correction divides by almost 0, and its interval misses the truth: on real
    labels with a kappa of 0.09 it covered 54 % where 95 % were promised.
    """
    hits, good = sensitivity
    rejections, bad = specificity
    return (
        newcombe_difference(bad - rejections, bad, hits, good, confidence=confidence).interval.low
        > 0
    )


def ppi_mean(
    labels: "ArrayLike",
    rated: "ArrayLike",
    unlabelled: "ArrayLike",
    *,
    weight: float | None = None,
    confidence: float = CONFIDENCE,
) -> Corrected:
    """Mean of the labels, sharpened by ratings of many more (PPI++; Angelopoulos et al. 2023).

    The estimate is weight * mean(unlabelled) + mean(labels - weight * rated): right on average
    however bad the rater is, as long as the labelled are a random sample; a good rater narrows
    the interval. The weight that narrows it most is used, cut to [0, 1].

    Args:
        labels: shape (n,), the truth.
        rated: shape (n,), the rater's values of the same.
        unlabelled: shape (N,), the rater's values of the others.
        weight: how far to trust the rater; None for the best, 0 to ignore it.
        confidence: of the two-sided normal interval, cut to [0, 1].

    Raises:
        ValueError: if the lengths differ or a value lies outside [0, 1].

    Example:
        >>> result = ppi_mean([1, 0, 1, 1], [1, 0, 1, 0], [1, 1, 0, 1, 1, 0, 1, 1], weight=1.0)
        >>> result.estimate
        1.0
    """
    import numpy as np

    y, f, others = (_shares(values) for values in (labels, rated, unlabelled))
    if y.shape != f.shape:
        message = f"labels and ratings must be of the same, not {y.size} and {f.size}"
        raise ValueError(message)
    method = "PPI++ mean, normal interval"
    if min(y.size, others.size) < _FEWEST:
        return _unknown(int(others.size), int(y.size), method)
    trust = _best_weight(y, f, others) if weight is None else weight
    theta = float(trust * others.mean() + (y - trust * f).mean())
    variance = trust**2 * others.var() / others.size + (y - trust * f).var() / y.size
    error = float(np.sqrt(variance))
    half = z_of(confidence) * error
    known = _within_unit(theta - half, theta + half) if error > 0 else UNKNOWN
    return Corrected(
        estimate=min(1.0, max(0.0, theta)),
        interval=known,
        standard_error=error,
        n=int(others.size),
        labelled=int(y.size),
        method=method,
        weight=trust,
    )


def _best_weight(
    y: "NDArray[np.float64]", f: "NDArray[np.float64]", others: "NDArray[np.float64]"
) -> float:
    import numpy as np

    spread = float(np.var(np.concatenate([f, others]), ddof=1))
    if spread == 0:
        return 0.0
    together = float(np.mean((y - y.mean()) * (f - f.mean())))
    return min(1.0, max(0.0, together / ((1 + y.size / others.size) * spread)))


def _shares(values: "ArrayLike") -> "NDArray[np.float64]":
    import numpy as np

    array = np.asarray(values, dtype=float).ravel()
    if not ((array >= 0) & (array <= 1)).all():
        message = "values must lie between 0 and 1"
        raise ValueError(message)
    return array


def _unknown(n: int, labelled: int, method: str) -> Corrected:
    return Corrected(
        estimate=math.nan,
        interval=UNKNOWN,
        standard_error=math.nan,
        n=n,
        labelled=labelled,
        method=method,
    )


def _within_unit(low: float, high: float) -> Interval:
    return Interval(min(1.0, max(0.0, low)), min(1.0, max(0.0, high)))
