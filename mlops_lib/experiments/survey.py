"""One pass over the rows: what the values are like, and what is wrong with them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.errors import Problem
from mlops_lib.experiments.design import Design, Metric
from mlops_lib.experiments.sql import number, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WHOLE = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT")
"""Types whose values are all finite numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What the values of one metric are like.

    Attributes:
        odd: how many are neither missing nor finite numbers.
        low: the lowest; None where every value is missing.
        high: the highest.
        between: how many are neither 0 nor 1, at least where low and high do not tell.
        divisor: the lowest divisor; None where there is none.
        is_finite: whether no value is NaN or infinite.
    """

    odd: int
    low: float | None
    high: float | None
    between: int
    divisor: float | None
    is_finite: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the rows are like: their number, the times that are none, and each metric's values."""

    rows: int
    timeless: int
    values: tuple[Values, ...]


def take(connection: "DuckDBPyConnection", design: Design, *, has_time: bool) -> Survey:
    """Look at every value once; at those of a metric again only where its range is not enough."""
    expressions = ", ".join(f"({each.value})" for each in design.metrics)
    described = connection.execute(f"DESCRIBE SELECT {expressions} FROM source").fetchall()  # noqa: S608
    columns = ["count(*)", f"count(*) - count({moment(design)})" if has_time else "0"]
    for metric in design.metrics:
        value = number(metric.value)
        columns += [f"min({value})", f"max({value})"]
        columns.append(f"min({number(metric.per)})" if metric.per else "NULL")
    found = connection.execute(f"SELECT {', '.join(columns)} FROM source").fetchall()[0]  # noqa: S608
    return Survey(
        rows=int(found[0]),
        timeless=int(found[1]),
        values=tuple(
            _values(connection, metric, kind[1], found[2 + 3 * place : 5 + 3 * place])
            for place, (metric, kind) in enumerate(zip(design.metrics, described, strict=True))
        ),
    )


def _values(
    connection: "DuckDBPyConnection",
    metric: Metric,
    kind: str,
    bounds: tuple[float | None, float | None, float | None],
) -> Values:
    """The range tells all of whole numbers, and of others that are finite and not all in 0 to 1."""
    low, high, divisor = bounds
    finite = low is not None and high is not None and math.isfinite(low) and math.isfinite(high)
    may_be_odd = kind not in _WHOLE and (kind == "VARCHAR" or (low is not None and not finite))
    may_be_binary = low is not None and low >= 0 and (not finite or high in (0, 1))
    if not may_be_odd and (kind in _WHOLE or not may_be_binary):
        between = 0 if kind in _WHOLE else 1
        return Values(odd=0, low=low, high=high, between=between, divisor=divisor)
    value = number(metric.value)
    sums = [f"count(*) FILTER ({odd(metric)})"]
    sums += [f"{name}({value}) FILTER (isfinite({value}))" for name in ("min", "max")]
    sums.append(f"count(*) FILTER (isfinite({value}) AND {value} <> 0 AND {value} <> 1)")
    count, low, high, between = connection.execute(
        f"SELECT {', '.join(sums)} FROM source"  # noqa: S608
    ).fetchall()[0]
    return Values(
        odd=int(count),
        low=low,
        high=high,
        between=int(between),
        divisor=divisor,
        is_finite=finite and kind != "VARCHAR",
    )


def problems(
    connection: "DuckDBPyConnection", design: Design, found: Survey, *, source: str, condition: str
) -> list[Problem]:
    """All that is wrong with times and values, each with its first row."""

    def first(is_bad: str, value: str) -> tuple[int, object]:
        row, content = connection.execute(
            "SELECT place, found FROM (SELECT row_number() OVER () AS place, "  # noqa: S608
            f"{value} AS found, ({is_bad}) AS is_bad, ({condition}) AS is_kept FROM rows) "
            "WHERE is_bad AND is_kept ORDER BY place LIMIT 1"
        ).fetchall()[0]
        return int(row), content

    listed = []
    if found.timeless:
        row, value = first(f"{moment(design)} IS NULL", quoted(design.time))
        message = f"{found.timeless} times cannot be read; write ISO 8601"
        listed.append(
            Problem(source=source, row=row, field=design.time, value=value, message=message)
        )
    for metric, values in zip(design.metrics, found.values, strict=True):
        if values.odd:
            row, value = first(odd(metric), f"({metric.value})")
            message = f"{values.odd} values are neither finite numbers nor true or false"
            listed.append(
                Problem(source=source, row=row, field=metric.name, value=value, message=message)
            )
        listed += _without_sense(metric, values, source)
    return listed


def settled(design: Design, found: Survey) -> tuple[Metric, ...]:
    """The metrics; a yes or no is a share where nothing else was said."""
    return tuple(
        replace(metric, unit="share") if _is_binary(metric, values) else metric
        for metric, values in zip(design.metrics, found.values, strict=True)
    )


def moment(design: Design) -> str:
    """Microseconds since 1970 in SQL; NULL for what is no time."""
    return f"epoch_us(TRY_CAST({quoted(design.time)} AS TIMESTAMPTZ))"


def odd(metric: Metric) -> str:
    """SQL: a value is there, and no finite number."""
    value = number(metric.value)
    return f"({metric.value}) IS NOT NULL AND ({value} IS NULL OR isinf({value}))"


def _without_sense(metric: Metric, values: Values, source: str) -> Iterator[Problem]:
    if values.low is None and not values.odd:
        message = "every value is missing: nothing can be judged; leave this metric out"
        yield Problem(source=source, field=metric.name, message=message)
    if values.divisor is not None and values.divisor < 0:
        message = "what it is divided by must be at least 0"
        yield Problem(source=source, field=metric.name, value=values.divisor, message=message)


def _is_binary(metric: Metric, values: Values) -> bool:
    if metric.unit or metric.per or metric.quantile is not None:
        return False
    if values.low is None or values.high is None:
        return False
    return values.low >= 0 and values.high <= 1 and not values.between
