"""Where one cell of a number ends and the next begins."""

import math
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cut_points(values: "NDArray[Any]", cells: int) -> list[float]:
    """Edges for sorted finite values: the range, the quantiles, and both sides of frequent values.

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
    before = {math.nextafter(value, -math.inf) for value in (*frequent, marks[0])}
    edges = {*marks[1:], *frequent, *before}
    return sorted(edge for edge in edges if math.isfinite(edge))


def range_labels(limits: Sequence[float]) -> list[str]:
    """Each cell between ascending limits, and beyond them, in words.

    Example:
        >>> range_labels([1.0, 2.5])
        ['≤ 1', '1 to 2.5', '> 2.5']
        >>> range_labels([math.nextafter(0.0, -1.0), 0.2])[1]
        '0 to 0.2'
    """
    labels = [f"≤ {_shown(limits[0])}"] if limits else ["any"]
    for low, high in pairwise(limits):
        alone = _are_neighbours(low, high)
        labels.append(f"{high:.6g}" if alone else f"{_shown(low)} to {_shown(high)}")
    return [*labels, f"> {_shown(limits[-1])}"] if limits else labels


def _shown(limit: float) -> str:
    """A limit in four digits; the one just below zero reads as zero."""
    return "0" if abs(limit) < sys.float_info.min else f"{limit:.4g}"


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
