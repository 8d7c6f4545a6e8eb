"""Where an estimate lies: its interval and its limit as shares of a common axis."""

from dataclasses import dataclass

from mlops_lib.reports.view import CheckView

_MARGIN = 0.12
"""Share of the axis left free on either side, so that no mark touches the edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Positions in per cent of the width; None is not drawn.

    Attributes:
        estimate: of the dot.
        low: where the line of the interval begins.
        length: of that line.
        limit: of the dashed line.
        good_from: where the good side begins.
        good_length: how far it reaches.
    """

    estimate: float | None
    low: float | None
    length: float | None
    limit: float | None
    good_from: float | None
    good_length: float | None


def draw(check: CheckView) -> Drawing | None:
    """Place the numbers of a check on one axis; None where it has no number.

    Args:
        check: with any of its numbers unknown.
    """
    bounds = (check.low, check.high)
    known = [each for each in (check.estimate, check.limit, *bounds) if each is not None]
    if check.estimate is None and None in bounds:
        return None
    first, last = min(known), max(known)
    width = (last - first) or abs(first) or 1.0

    def place(value: float | None) -> float | None:
        if value is None:
            return None
        share = (value - first) / width if last > first else 0.5
        return round(100 * (_MARGIN + (1 - 2 * _MARGIN) * share), 2)

    low, high = (None, None) if None in bounds else (place(check.low), place(check.high))
    limit = place(check.limit)
    return Drawing(
        estimate=place(check.estimate),
        low=low,
        length=None if low is None or high is None else round(high - low, 2),
        limit=limit,
        good_from=None if limit is None else (limit if check.good == "high" else 0.0),
        good_length=None if limit is None else _rounded(limit, check.good),
    )


def _rounded(limit: float, good: str) -> float:
    return round(100 - limit if good == "high" else limit, 2)
