"""A table of users holds every user once: held to it exactly, or to a stated part of its units."""

from typing import Any

from mlops_lib.errors import InputError
from mlops_lib.experiments.scan import Scan

_MOST_GROUPED = 1_000_000
"""Rows up to which any kind of unit is searched whole; ten million texts take 3 s and 1 GB."""

_WIDEST = 8
"""Whole numbers that spread over up to so many times their count are marked off in a bitmap."""

ONE_IN = 64
"""Of the units of a larger table; all rows of those, so that a unit never hides its own copy."""

_FIRST = 2048
"""Rows that show a table to be unsorted, so that it is not read once more in vain."""

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


def require_unique(scan: Scan) -> int:
    """Refuse a table of users in which one comes twice.

    Every unit is looked at up to a million rows, and at any size where they ascend or are dense
    whole numbers; else one unit in `ONE_IN`, chosen by a hash of the unit.

    Args:
        scan: the typed rows.

    Returns:
        1 where every unit was looked at; else one of how many was.

    Raises:
        InputError: naming a unit and the number of its rows.
    """
    if _ascends(scan):
        return 1
    distinct = _marked_off(scan)
    if distinct is not None and distinct[0] == distinct[1]:
        return 1
    if distinct is not None or scan.total <= _MOST_GROUPED:
        _refuse_twice(scan, "u IS NOT NULL")
        return 1
    _refuse_twice(scan, f"u IS NOT NULL AND hash(u) % {ONE_IN} = 0")
    return ONE_IN


def _ascends(scan: Scan) -> bool:
    """Whether every unit is greater than the one before, in whatever order the rows come.

    Only the rows themselves prove it; the first of them tell whether it is worth a look.
    """
    for most in (_FIRST, scan.total):
        rows = f"(SELECT u FROM every WHERE u IS NOT NULL LIMIT {most})"  # noqa: S608
        before = f"SELECT u, lag(u) OVER () AS b FROM {rows}"  # noqa: S608
        rising, units = scan.rows(f"SELECT count_if(u > b), count(*) FROM ({before})")[0]  # noqa: S608
        if rising < units - 1:
            return False
    return True


def _marked_off(scan: Scan) -> tuple[int, int] | None:
    """How many units differ, and how many there are; None where a bitmap would be too large.

    Rows without a variant count too: they can only raise a doubt, which is then looked into.
    """
    kind = scan.rows("SELECT column_type FROM (DESCRIBE every) WHERE column_name = 'u'")[0][0]
    if kind not in _WHOLE:
        return None
    low, high = scan.rows("SELECT min(u), max(u) FROM every")[0]
    if low is None or high - low >= _WIDEST * scan.total:
        return None
    bits = f"bitstring_agg(u, {low}::{kind}, {high}::{kind})"
    distinct, total = scan.rows(f"SELECT bit_count({bits}), count(u) FROM every")[0]  # noqa: S608
    return int(distinct), int(total)


def _refuse_twice(scan: Scan, condition: str) -> None:
    twice: list[tuple[Any, ...]] = scan.rows(
        f"SELECT u, count(*) FROM typed WHERE {condition} "  # noqa: S608
        "GROUP BY u HAVING count(*) > 1 ORDER BY u LIMIT 1"
    )
    if twice:
        raise InputError.of(
            f"comes in {twice[0][1]} rows, so this is no table with one row per unit",
            source=scan.source,
            field=scan.design.unit,
            value=twice[0][0],
        )
