"""Where one cell of a number ends and the next begins."""

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


ZERO_SHARE = 0.01
"""From this share on, zero has a cell of its own: many a column says "none" with it."""

_LARGEST = sys.float_info.max
"""The edges of a reference that holds nothing but infinities: numbers lie between."""

_BLOCK = 1 << 17
"""Values looked at together: a megabyte, which stays in the processor's cache."""

_GLANCE = 10_000
"""So many values tell most columns with few distinct ones from the rest."""


def cut(values: "NDArray[Any]", cells: int) -> tuple[list[float], list[int]]:
    """Edges for numbers, and how many of the numbers lie at or below each.

    The edges are the range, the quantiles, and both sides of frequent values; zero counts as
    frequent from a smaller share on. Values are not sorted, only parted at the quantiles: a third
    of the time, and the counts need one pass more in total.

    Args:
        values: without NaN; may be reordered.
        cells: most quantile cells.
    """
    import numpy as np

    inner, infinite = values, values[:0]
    if _count(values, np.isfinite) < values.size:
        finite = np.isfinite(values)
        inner, infinite = values[finite], values[~finite]
    if inner.size == 0:
        below = int(np.count_nonzero(infinite < 0))
        return ([-_LARGEST, _LARGEST], [below, below]) if infinite.size else ([], [])
    ranks = [0, *(math.ceil(inner.size * part / cells) - 1 for part in range(1, cells + 1))]
    inner.partition(sorted(set(ranks)))
    edges = _edges(inner, [float(inner[rank]) + 0.0 for rank in ranks], cells)
    below = int(np.count_nonzero(infinite < 0))
    return edges, [below + rows for rows in _count_below(inner, ranks, edges)]


def has_duplicates(values: "NDArray[Any]") -> bool:
    """Whether any value occurs twice; a look at the first ten thousand is mostly enough."""
    import numpy as np

    return any(np.unique(part).size < part.size for part in (values[:_GLANCE], values))


def edges_from(
    marks: Sequence[float], distinct: Sequence[float] | None, *, zeros: bool
) -> list[float]:
    """Edges from the range and quantiles of a column.

    Args:
        marks: smallest value, quantiles and largest value, ascending.
        distinct: all its values, if they are no more than the cells; else None.
        zeros: whether zero has a cell of its own.

    Example:
        >>> edges_from([1.0, 2.0, 5.0], None, zeros=False)
        [0.9999999999999999, 2.0, 5.0]
    """
    frequent = {mark for mark, following in pairwise(marks) if mark == following}
    upper = list(marks[1:])
    if distinct is not None:
        frequent, upper = set(distinct), []
    if zeros:
        frequent.add(0.0)
    before = {math.nextafter(value, -math.inf) for value in (*frequent, marks[0])}
    return sorted(edge for edge in {*upper, *frequent, *before} if math.isfinite(edge))


def _edges(values: "NDArray[Any]", marks: list[float], cells: int) -> list[float]:
    """With one mark more than cells, two marks coincide if there are no more values than cells.

    Only then the distinct values need to be counted.
    """
    import numpy as np

    distinct = None
    repeats = any(mark == following for mark, following in pairwise(marks))
    if repeats and np.unique(values[:_GLANCE]).size <= cells:
        values.sort()
        steps = np.flatnonzero(values[1:] > values[:-1])
        if steps.size < cells:
            distinct = [float(values[index]) + 0.0 for index in (0, *(steps + 1))]
    zeros = _count(values, lambda block: block == 0) >= ZERO_SHARE * values.size
    return edges_from(marks, distinct, zeros=zeros)


def _count(values: "NDArray[Any]", claim: Callable[["NDArray[Any]"], "NDArray[Any]"]) -> int:
    """How many values a claim holds for, block by block: a mask of all would be as large again."""
    import numpy as np

    starts = range(0, values.size, _BLOCK)
    return sum(int(np.count_nonzero(claim(values[at : at + _BLOCK]))) for at in starts)


def _count_below(values: "NDArray[Any]", ranks: list[int], edges: list[float]) -> list[int]:
    """Rows at or below each edge: between two parted ranks nothing else needs a look."""
    import numpy as np

    places = sorted(set(ranks))
    pivots = values[places]
    counts = []
    for edge, after in zip(edges, np.searchsorted(pivots, edges, side="right"), strict=True):
        start = places[after - 1] + 1 if after else 0
        end = places[after] if after < len(places) else values.size
        counts.append(start + int(np.count_nonzero(values[start:end] <= edge)))
    return counts


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
