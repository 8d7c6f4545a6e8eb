"""P-values of many tests at once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(pvalues: "ArrayLike") -> list[float]:
    """Adjusted p-values that hold the false discovery rate (Benjamini and Hochberg 1995).

    Raises:
        ValueError: if a p-value lies outside [0, 1].

    Example:
        >>> [round(p, 4) for p in benjamini_hochberg([0.01, 0.04, 0.03, 0.005])]
        [0.02, 0.04, 0.04, 0.02]
    """
    return [float(p) for p in adjusted_for_discovery(_checked(pvalues))]


def adjusted_for_discovery(pvalues: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The same for many families of tests at once; `scipy.stats` takes a second to import.

    Args:
        pvalues: shape (tests, ...), one family a column.
    """
    import numpy as np

    ranks = np.arange(len(pvalues), 0, -1).reshape(-1, *[1] * (pvalues.ndim - 1))
    order = np.argsort(-pvalues, axis=0, kind="stable")
    steps = np.take_along_axis(pvalues, order, axis=0) * (len(pvalues) / ranks)
    adjusted = np.empty_like(pvalues)
    np.put_along_axis(adjusted, order, np.minimum.accumulate(np.minimum(steps, 1.0)), axis=0)
    return adjusted


def holm(pvalues: "ArrayLike") -> list[float]:
    """Adjusted p-values that hold the family-wise error rate (Holm 1979).

    Raises:
        ValueError: if a p-value lies outside [0, 1].

    Example:
        >>> [round(p, 4) for p in holm([0.01, 0.04, 0.03, 0.005])]
        [0.03, 0.06, 0.06, 0.02]
    """
    import numpy as np

    array = _checked(pvalues)
    order = np.argsort(array, kind="stable")
    steps = np.maximum.accumulate(array[order] * np.arange(array.size, 0, -1))
    adjusted = np.empty_like(array)
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(p) for p in adjusted]


def _checked(pvalues: "ArrayLike") -> "NDArray[np.float64]":
    import numpy as np

    array = np.asarray(pvalues, dtype=float)
    if not ((array >= 0) & (array <= 1)).all():
        message = "p-values must lie between 0 and 1; an unknown p-value cannot be adjusted"
        raise ValueError(message)
    return array
