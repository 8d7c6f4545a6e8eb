"""Where one cell of a number ends and the next begins."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


ZERO_SHARE = 0.01
"""From this share on, zero has a cell of its own: many a column says "none" with it."""


def cut_points(values: "NDArray[Any]", cells: int) -> list[float]:
    """Edges for sorted finite values: the range, the quantiles, and both sides of frequent values.

    Zero counts as frequent from a smaller share on.

    With one quantile more than cells, two of them coincide if there are no more distinct values
    than cells: only then the distinct values need to be counted.
    """
    import numpy as np

    if values.size == 0:
        return []
    ranks = [math.ceil(values.size * part / cells) - 1 for part in range(1, cells + 1)]
    marks = [float(values[rank]) + 0.0 for rank in (0, *ranks)]
    frequent = {mark for mark, following in pairwise(marks) if mark == following}
    if frequent:
        steps = np.flatnonzero(values[1:] > values[:-1])
        if steps.size < cells:
            frequent = {float(values[index]) + 0.0 for index in (0, *(steps + 1))}
            marks = marks[:1]
    if _share_of_zero(values) >= ZERO_SHARE:
        frequent.add(0.0)
    before = {math.nextafter(value, -math.inf) for value in (*frequent, marks[0])}
    edges = {*marks[1:], *frequent, *before}
    return sorted(edge for edge in edges if math.isfinite(edge))


def range_labels(limits: Sequence[float]) -> list[str]:
    """Each cell between ascending limits, and beyond them, in words.

    Example:
        >>> range_labels([1.0, 2.5])
        ['≤ 1', '1 to 2.5', '> 2.5']
    """
    labels = [f"≤ {limits[0]:.4g}"] if limits else ["any"]
    for low, high in pairwise(limits):
        labels.append(f"{high:.6g}" if _are_neighbours(low, high) else f"{low:.4g} to {high:.4g}")
    return [*labels, f"> {limits[-1]:.4g}"] if limits else labels


def hold_one_value(limits: Sequence[float]) -> list[bool]:
    """Which of the cells between ascending limits, and beyond them, hold one value only.

    Example:
        >>> hold_one_value([math.nextafter(7.0, 0.0), 7.0])
        [False, True, False]
    """
    inner = [_are_neighbours(low, high) for low, high in pairwise(limits)]
    return [False, *inner, False] if limits else [False]


def _are_neighbours(low: float, high: float) -> bool:
    return math.nextafter(high, -math.inf) == low


def _share_of_zero(values: "NDArray[Any]") -> float:
    import numpy as np

    first, after = np.searchsorted(values, 0.0, side="left"), np.searchsorted(values, 0.0, "right")
    return float(after - first) / values.size
