"""One pass over the rows: what the values are like, and what is wrong with them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.errors import Problem
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.metric import Metric
from mlops_lib.experiments.sql import number
from mlops_lib.quantities import LARGEST
from mlops_lib.tables.names import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WHOLE = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT")
"""Types whose values are all finite numbers."""

_NUMERIC = (*_WHOLE, "UBIGINT", "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE")
"""Types that order as their numbers do: a Parquet file's own statistics answer without a scan."""


_FIRST_YEAR = 1000
"""Before it lies what DuckDB makes of a year of two digits."""


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
        covariate_is_finite: whether no value of the covariate is.
        has_covariate: whether any value of the covariate is a finite number.
        wrong: how many values of a share are none.
        odd_before: how many of the covariate are neither missing nor finite numbers.
        reach: the largest magnitude of the value, its divisor and its covariate; 0 for none.
    """

    odd: int
    low: float | None
    high: float | None
    between: int
    divisor: float | None
    is_finite: bool = True
    covariate_is_finite: bool = False
    has_covariate: bool = False
    wrong: int = 0
    odd_before: int = 0
    reach: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the rows are like.

    Attributes:
        rows: how many.
        timeless: rows whose time is none.
        nameless: whether a row may have no unit.
        worded: whether the variants are text.
        values: of each metric.
    """

    rows: int
    timeless: int
    nameless: bool
    worded: bool
    values: tuple[Values, ...]


def take(connection: "DuckDBPyConnection", design: Design, *, has_time: bool) -> Survey:
    """Look at every value once; at those of a metric again only where its range is not enough."""
    expressions = ", ".join(f"({each.value})" for each in design.metrics)
    described = connection.execute(f"DESCRIBE SELECT {expressions} FROM source").fetchall()  # noqa: S608
    kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE source").fetchall()}
    columns = ["count(*)", f"count(*) - count({moment(design)})" if has_time else "0"]
    # Text names nobody where it is blank, which takes a scan to know.
    is_text = kinds[design.unit] == "VARCHAR"
    columns.append("1" if is_text else f"count(*) - count({quoted(design.unit)})")
    for metric, kind in zip(design.metrics, described, strict=True):
        columns += [_bound(name, metric.value, kind[1]) for name in ("min", "max")]
        per = number(metric.per)
        most = f"max({per}) FILTER (isfinite({per}))"
        columns += [f"min({per})", most] if metric.per else ["NULL", "NULL"]
        before = metric.covariate
        columns += [
            _bound(name, before, kinds.get(before, "")) if before else "NULL"
            for name in ("min", "max")
        ]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM source").fetchall()[0]  # noqa: S608
    parts = [found[start : start + 6] for start in range(3, len(found), 6)]
    return Survey(
        rows=int(found[0]),
        timeless=int(found[1]),
        nameless=bool(found[2]),
        worded=kinds[design.variant] == "VARCHAR",
        values=tuple(
            _in_full(
                connection,
                metric,
                _values(connection, metric, kind[1], cells[:3]),
                cells,
                may_be_odd=kinds.get(metric.covariate) not in _NUMERIC,
            )
            for metric, kind, cells in zip(design.metrics, described, parts, strict=True)
        ),
    )


def _bound(name: str, expression: str, kind: str) -> str:
    if kind in _NUMERIC:
        return f"TRY_CAST({name}({expression}) AS DOUBLE)"
    return f"{name}({number(expression)})"


def _in_full(
    connection: "DuckDBPyConnection",
    metric: Metric,
    values: Values,
    cells: tuple[float | None, ...],
    *,
    may_be_odd: bool,
) -> Values:
    """With what only shares, covariates and extreme numbers need; rows are read for the former."""

    def counted(condition: str) -> int:
        query = f"SELECT count(*) FROM source WHERE {condition}"  # noqa: S608
        return int(connection.execute(query).fetchall()[0][0])

    is_finite = all(_is_finite(bound) for bound in cells[4:])
    is_doubtful = metric.is_share and (bool(metric.per) or not _is_yes_or_no(values))
    odd_before, before = 0, cells[4:]
    if metric.covariate and not is_finite:
        value = number(metric.covariate)
        bounds = ", ".join(f"{name}({value}) FILTER (isfinite({value}))" for name in ("min", "max"))
        query = f"SELECT {bounds} FROM source"  # noqa: S608
        before = connection.execute(query).fetchall()[0]
    if metric.covariate and (may_be_odd or not is_finite):
        odd_before = counted(odd(metric.covariate))
    return replace(
        values,
        covariate_is_finite=is_finite,
        has_covariate=before[0] is not None,
        wrong=counted(no_share(metric)) if is_doubtful else 0,
        odd_before=odd_before,
        reach=(_largest(values.low, values.high), _largest(*cells[2:4]), _largest(*before)),
    )


def _largest(*bounds: float | None) -> float:
    return max(
        (abs(bound) for bound in bounds if bound is not None and math.isfinite(bound)), default=0.0
    )


def _is_finite(bound: float | None) -> bool:
    return bound is not None and math.isfinite(bound)


def _values(
    connection: "DuckDBPyConnection",
    metric: Metric,
    kind: str,
    bounds: tuple[float | None, float | None, float | None],
) -> Values:
    """The range tells all of whole numbers, and of others that are finite and not all in 0 to 1."""
    low, high, divisor = bounds
    finite = _is_finite(low) and _is_finite(high)
    may_be_odd = kind not in _WHOLE and (kind == "VARCHAR" or (low is not None and not finite))
    may_be_binary = low is not None and low >= 0 and (not finite or high in (0, 1))
    if not may_be_odd and (kind in _WHOLE or not may_be_binary):
        between = 0 if kind in _WHOLE else 1
        return Values(odd=0, low=low, high=high, between=between, divisor=divisor)
    value = number(metric.value)
    sums = [f"count(*) FILTER ({odd(metric.value)})"]
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

    def first(is_bad: str, value: str, *, rather: str = "TRUE") -> tuple[int, object]:
        row, content = connection.execute(
            "SELECT place, found FROM (SELECT row_number() OVER () AS place, "  # noqa: S608
            f"{value} AS found, ({is_bad}) AS is_bad, ({condition}) AS is_kept, "
            f"({rather}) AS is_telling FROM rows) "
            "WHERE is_bad AND is_kept ORDER BY is_telling DESC, place LIMIT 1"
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
            row, value = first(
                odd(metric.value), f"({metric.value})", rather=f"NOT {_is_word(metric.value)}"
            )
            message = f"{values.odd} values are neither finite numbers nor true or false"
            if isinstance(value, str):
                message += "; one such cell makes a column text: mend it, or write 0 and 1"
            listed.append(
                Problem(source=source, row=row, field=metric.name, value=value, message=message)
            )
        if values.wrong:
            row, value = first(no_share(metric), f"({metric.value})")
            listed.append(
                Problem(
                    source=source, row=row, field=metric.name, value=value,
                    message=f"{values.wrong} values are no share: {_NO_SHARE[bool(metric.per)]}",
                )
            )  # fmt: skip
        if values.odd_before:
            row, value = first(odd(metric.covariate), f"({metric.covariate})")
            message = f"{values.odd_before} values of its covariate are no finite numbers"
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
    """Microseconds since 1970 in SQL; NULL for what is no time, as 01-02-26 is none."""
    time = f"TRY_CAST({quoted(design.time)} AS TIMESTAMPTZ)"
    return f"CASE WHEN {time} >= TIMESTAMPTZ '{_FIRST_YEAR}-01-01' THEN epoch_us({time}) END"


def _is_word(expression: str) -> str:
    """SQL: a yes or no in a column that some other cell turned into text."""
    return f"lower(CAST(({expression}) AS VARCHAR)) IN ('true', 'false')"


def odd(expression: str) -> str:
    """SQL: a value is there, and no finite number."""
    value = number(expression)
    return f"({expression}) IS NOT NULL AND ({value} IS NULL OR isinf({value}))"


def no_share(metric: Metric) -> str:
    """SQL: a value is a number and neither yes nor no, or no part of its divisor."""
    value, per = number(metric.value), number(metric.per)
    if metric.per:
        return f"isfinite({value}) AND isfinite({per}) AND NOT {value} BETWEEN 0 AND {per}"
    return f"isfinite({value}) AND {value} <> 0 AND {value} <> 1"


_NO_SHARE = {
    False: "only 0, 1, true or false are; use `kind: mean`",
    True: "only 0 up to what it is divided by; leave out the unit `share`",
}
"""What is allowed; of a ratio, beside its divisor."""

_LEAST = 1 / LARGEST


def _without_sense(metric: Metric, values: Values, source: str) -> Iterator[Problem]:
    if values.low is None and not values.odd:
        message = "every value is missing: nothing can be judged; leave this metric out"
        yield Problem(source=source, field=metric.name, message=message)
    if metric.covariate and not values.has_covariate and not values.odd_before:
        message = "every value of its covariate is missing; leave it out"
        yield Problem(source=source, field=metric.name, value=metric.covariate, message=message)
    for name, reach in zip(("values", "divisors", "covariates"), values.reach, strict=True):
        if reach and not _LEAST <= reach <= LARGEST:
            message = f"{name} must be 0 or between {_LEAST:g} and {LARGEST:g}; use another unit"
            yield Problem(source=source, field=metric.name, value=reach, message=message)
    if values.divisor is not None and values.divisor < 0:
        message = "what it is divided by must be at least 0"
        yield Problem(source=source, field=metric.name, value=values.divisor, message=message)


def _is_binary(metric: Metric, values: Values) -> bool:
    if metric.unit or metric.per or metric.quantile is not None or metric.is_mean:
        return False
    return _is_yes_or_no(values)


def _is_yes_or_no(values: Values) -> bool:
    if values.low is None or values.high is None:
        return False
    return values.low >= 0 and values.high <= 1 and not values.between
