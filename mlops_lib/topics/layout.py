"""A map of queries in two dimensions: principal components, so that it is the same every time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.topics.gaps import Gap

MOST_POINTS = 110
"""Points of each kind that are drawn: more would only make the picture heavy."""

OTHER, COVERED = 0, -1
"""Kinds of points that belong to no gap: otherwise badly served; well served."""

_DIMENSIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One query on the map; `kind` is a gap's number, `OTHER` or `COVERED`."""

    x: float
    y: float
    kind: int


def query_map(
    bad: "NDArray[np.float32]", covered: "NDArray[np.float32]", gaps: "Sequence[Gap]"
) -> tuple[Point, ...]:
    """Project queries onto the two main directions among the badly served ones (PCA).

    The sign of each direction is fixed by its largest component.

    Args:
        bad: vectors of the badly served texts, shape (t, d).
        covered: vectors of some well served texts, shape (c, d).
        gaps: whose texts index `bad`.
    """
    import numpy as np

    if len(bad) <= _DIMENSIONS or bad.shape[1] < _DIMENSIONS:
        return ()
    kind = np.full(len(bad), OTHER)
    for gap in gaps:
        kind[list(gap.texts)] = gap.number
    wide = bad.astype(np.float64)
    in_gap = kind > OTHER
    basis = wide[in_gap] if in_gap.sum() > _DIMENSIONS else wide
    centre = basis.mean(axis=0)
    directions = np.linalg.svd(basis - centre, full_matrices=False)[2][:_DIMENSIONS]
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
    points = [*_points((wide - centre) @ directions.T, kind)]
    if len(covered):
        flags = np.full(len(covered), COVERED)
        points += _points((covered - centre) @ directions.T, flags)
    return tuple(points)


def _points(places: "NDArray[np.float64]", kinds: "NDArray[np.int64]") -> list[Point]:
    import numpy as np

    points = []
    for kind in np.unique(kinds):
        where = spread(np.flatnonzero(kinds == kind), MOST_POINTS)
        points += [
            Point(x=float(places[i, 0]), y=float(places[i, 1]), kind=int(kind)) for i in where
        ]
    return points


def spread(indices: "NDArray[np.int64]", most: int) -> "NDArray[np.int64]":
    """At most so many of the indices, evenly spread over their order.

    Example:
        >>> import numpy as np
        >>> spread(np.arange(9), 3).tolist()
        [0, 4, 8]
    """
    import numpy as np

    if len(indices) <= most:
        return indices
    chosen = np.linspace(0, len(indices) - 1, most).round().astype(int)
    return np.asarray(indices[chosen])
