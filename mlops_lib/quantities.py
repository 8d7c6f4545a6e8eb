"""Numbers with their units, as people read them."""

import math

LARGEST = 1e35
"""Magnitude of a measured value: the fourth power of a ratio of two such is still a number."""


_DECIMALS = {"share": 1, "points": 1, "ms": 0, "s": 1, "usd": 4, "count": 0}


def format_quantity(value: float | None, unit: str = "") -> str:
    """A number as people read it; an unknown one is "unknown", never 0.

    Example:
        >>> format_quantity(0.1234, "share"), format_quantity(-0.031, "points")
        ('12.3 %', '-3.1 points')
        >>> format_quantity(float("nan"))
        'unknown'
    """
    if value is None or math.isnan(value):
        return "unknown"
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    if unit in {"share", "points"}:
        return _percent(value, unit)
    if unit == "usd":
        return _dollars(value)
    if unit in _DECIMALS:
        number = f"{value:,.{_DECIMALS[unit]}f}"
        return number if unit == "count" else f"{number} {unit}"
    return f"{value:,.3g}" if abs(value) < 999.5 else f"{value:,.0f}"  # noqa: PLR2004


def _percent(value: float, unit: str) -> str:
    """One decimal; below one percent two, where half a point may be the limit."""
    decimals = _DECIMALS[unit] if abs(value) >= 0.01 or value == 0 else _DECIMALS[unit] + 1  # noqa: PLR2004
    percent = round(100 * value, decimals) + 0.0  # never "-0.0"
    sign = "+" if unit == "points" and percent > 0 else ""
    return f"{sign}{percent:.{decimals}f} {'%' if unit == 'share' else 'points'}"


_SMALL_DOLLARS = 0.001


def _dollars(value: float) -> str:
    """Cents from a dollar on; below, four decimals, or three digits where those say too little."""
    size, sign = abs(value), "-" if value < 0 else ""
    if size >= 1:
        return f"{sign}${size:,.2f}"
    decimals = _DECIMALS["usd"]
    if 0 < size < _SMALL_DOLLARS:
        decimals = 2 - math.floor(math.log10(size))
    return f"{sign}${size:.{decimals}f}"
