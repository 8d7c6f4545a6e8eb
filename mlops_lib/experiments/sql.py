"""Queries from rows to sufficient statistics; text in, text out, nothing is run here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.experiments.metric import Metric
from mlops_lib.tables.names import literal, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One metric as its columns x (value), d (divisor) and c (covariate) of the view `typed`.

    Attributes:
        place: of the metric in the design.
        metric: what is measured.
        pivot: a number near the ratio of the sums.
        covariate_pivot: a number near the covariate's mean; also stands for a missing one.
    """

    place: int
    metric: Metric
    pivot: float = 0.0
    covariate_pivot: float = 0.0


def number(expression: str) -> str:
    """An expression as a number in SQL; NULL for what is none."""
    return f"TRY_CAST(({expression or 'NULL'}) AS DOUBLE)"


_PIVOT_BITS = 24
"""A pivot of so few bits makes sums of whole numbers exact: no event is 0, not 1e-17."""


def short(pivot: float) -> float:
    """A pivot near the given one with few bits."""
    fraction, exponent = math.frexp(pivot)
    return math.ldexp(round(math.ldexp(fraction, _PIVOT_BITS)), exponent - _PIVOT_BITS)


def arm_code(column: str, arms: Sequence[str], *, is_text: bool) -> str:
    """A bit per arm, one more for any other label; the view `typed` leaves out rows without one.

    Bits, because the arms that a unit saw are then one cheap aggregate: `bit_or`.
    """
    label = quoted(column) if is_text else f"CAST({quoted(column)} AS VARCHAR)"
    cases = " ".join(f"WHEN {literal(arm)} THEN {1 << place}" for place, arm in enumerate(arms))
    return f"CASE {label} {cases} ELSE {1 << len(arms)} END"


def by_unit(
    quantities: Sequence[Quantity], *, flat: bool, by: str = "", view: str = "typed"
) -> str:
    """One row per unit: u, k (bits of the arms seen), r (rows), and x, d, c, m per metric.

    Args:
        quantities: what to sum.
        flat: whether every row is a unit of its own.
        by: a further expression to group by, such as a segment.
        view: where the rows are.
    """
    if flat:
        return _flat(quantities, by=by, view=view)
    columns = ["u", "bit_or(k) AS k", "count(*) AS r"]
    if by:
        columns.append(f"{by} AS g")
    for each in quantities:
        i = each.place
        columns.append(f"count(x{i}) AS m{i}")
        if each.metric.quantile is None:
            divisor = f"sum(d{i})" if each.metric.per else f"count(x{i})"
            columns += [f"sum(x{i}) AS x{i}", f"{divisor} AS d{i}"]
        if each.metric.covariate:
            columns.append(f"max(c{i}) AS c{i}")
    groups = "u, g" if by else "u"
    return f"SELECT {', '.join(columns)} FROM {view} GROUP BY {groups}"  # noqa: S608


def _flat(quantities: Sequence[Quantity], *, by: str, view: str) -> str:
    columns = ["u", "k", "label", "1 AS r"]
    if by:
        columns.append(f"{by} AS g")
    for each in quantities:
        i = each.place
        columns += [f"x{i}", f"(x{i} IS NOT NULL)::INT AS m{i}"]
        columns.append(f"d{i}" if each.metric.per else f"m{i} AS d{i}")
        if each.metric.covariate:
            columns.append(f"c{i}")
    return f"SELECT {', '.join(columns)} FROM {view}"  # noqa: S608


MOMENTS = ("units", "total", "dd", "e", "ee", "ed")
"""In the order of `_sums`; with a covariate, c, cc, ec and dc follow."""

COVARIATE = ("c", "cc", "ec", "dc")


def statistics(
    quantities: Sequence[Quantity],
    *,
    flat: bool,
    by: str = "",
    view: str = "typed",
    nameless: bool = True,
) -> str:
    """The one query: sufficient statistics per arm code, whether the unit is known, and group.

    Args:
        quantities: what to sum.
        flat: whether every row is a unit of its own.
        by: a further expression to group by.
        view: where the rows are.
        nameless: whether a row may have no unit; where none has, units need not be read.
    """
    groups = "who, g" if by else "who"
    # One key for arm and nobody: a second one costs a third of the time at ten million rows.
    nobody = f" + CASE WHEN u IS NULL THEN {_NOBODY} ELSE 0 END" if nameless else ""
    middle = [f"k{nobody} AS who", *(["g"] if by else [])]
    outer = [f"who % {_NOBODY} AS k", f"who >= {_NOBODY} AS nobody", "g" if by else "NULL AS g"]
    columns, totals = _totals(quantities, flat=flat)
    inner = by_unit(quantities, flat=flat, by=by, view=view)
    return (
        f"SELECT {', '.join(outer + totals)} "  # noqa: S608
        f"FROM (SELECT {', '.join(middle + columns)} FROM ({inner})) "
        f"GROUP BY {groups} ORDER BY {groups}"
    )


def statistics_by_label(quantities: Sequence[Quantity], arms: Sequence[str]) -> str:
    """The same of a table of users that all have names, and a text for a variant.

    Text lies in a file as a few words and each row's number among them, by which rows are grouped
    faster than by a code that must be found for each.
    """
    columns, totals = _totals(quantities, flat=True)
    named = [f"{total} AS t{place}" for place, total in enumerate(totals)]
    added = [f"sum(t{place})" for place in range(len(totals))]
    inner = by_unit(quantities, flat=True)
    return (
        f"SELECT {arm_code('label', arms, is_text=True)} AS k, FALSE AS nobody, NULL AS g, "  # noqa: S608
        f"{', '.join(added)} FROM (SELECT label, {', '.join(named)} "
        f"FROM (SELECT label, {', '.join(columns)} FROM ({inner})) GROUP BY label) "
        "GROUP BY k ORDER BY k"
    )


def _totals(quantities: Sequence[Quantity], *, flat: bool) -> tuple[list[str], list[str]]:
    """Columns of each unit, and what to add up of them: units, rows, and the sums per metric."""
    columns, totals = ["r"], ["count(*)", "count(*)" if flat else "sum(r)"]
    for each in quantities:
        one = flat and not each.metric.per and each.metric.quantile is None
        columns += _simple_residuals(each) if one else _residuals(each)
        totals.append(f"count(e{each.place})" if one else f"sum(m{each.place})")
        if each.metric.quantile is None:
            totals += _sums(each, one=one)
    return columns, totals


_NOBODY = 1 << 20
"""The bit after those of all arms: rows without a unit."""


def _simple_residuals(each: Quantity) -> list[str]:
    """Residuals where every unit has one row and every divisor is one."""
    i = each.place
    columns = [f"x{i} - {each.pivot!r}::DOUBLE AS e{i}"]
    if each.metric.covariate:
        columns.append(f"CASE WHEN x{i} IS NOT NULL THEN {_centred(each)} END AS c{i}")
    return columns


def _residuals(each: Quantity) -> list[str]:
    """Residuals e of the units with a value; the covariate around its pivot."""
    i = each.place
    columns = [f"m{i}"]
    if each.metric.quantile is None:
        residual = f"x{i} - {each.pivot!r}::DOUBLE * d{i}"
        columns += [f"d{i}", f"CASE WHEN m{i} > 0 THEN {residual} END AS e{i}"]
    if each.metric.covariate:
        columns.append(f"CASE WHEN m{i} > 0 THEN {_centred(each)} END AS c{i}")
    return columns


def _centred(each: Quantity) -> str:
    centre = f"{each.covariate_pivot!r}::DOUBLE"
    return f"coalesce(c{each.place}, {centre}) - {centre}"


def _sums(each: Quantity, *, one: bool) -> list[str]:
    """The sums of `MOMENTS`; where every divisor is one, most of them are the count."""
    i = each.place
    n, e = f"count(e{i})", f"sum(e{i})"
    if one:
        sums = [n, n, n, e, f"sum(e{i} * e{i})", e]
    else:
        sums = [n, f"sum(d{i})", f"sum(d{i} * d{i})", e]
        sums += [f"sum(e{i} * e{i})", f"sum(e{i} * d{i})"]
    if each.metric.covariate:
        sums += [f"sum(c{i})", f"sum(c{i} * c{i})", f"sum(e{i} * c{i})"]
        sums.append(f"sum(c{i})" if one else f"sum(d{i} * c{i})")
    return sums


def missing(quantities: Sequence[Quantity], *, flat: bool) -> str:
    """Per arm and metric: moments of the rows without a value over all rows of a unit."""
    sums = ["k"]
    for each in quantities:
        gap = f"(r - m{each.place})"
        sums += ["count(*)", "sum(r)", "sum(r * r)", f"sum({gap})"]
        sums += [f"sum({gap} * {gap})", f"sum({gap} * r)"]
    inner = by_unit(quantities, flat=flat, view="kept")
    return f"SELECT {', '.join(sums)} FROM ({inner}) GROUP BY k ORDER BY k"  # noqa: S608


def days(each: Quantity) -> str:
    """Per arm and day: what that day added to the sums of squares of the units' running sums.

    S(t)^2 - S(t-1)^2 adds up over the days to S(t)^2, so one pass gives every look.
    """
    i = each.place
    d = f"sum(d{i})" if each.metric.per else f"count(x{i})"
    x = "0" if each.metric.quantile is not None else f"sum(x{i})"
    c = f"max(c{i})" if each.metric.covariate else "NULL"
    centre = f"{each.covariate_pivot!r}::DOUBLE"
    return f"""
        WITH daily AS (
            SELECT u, k, day, coalesce({d}, 0) AS d,
                coalesce({x}, 0) - {each.pivot!r}::DOUBLE * coalesce({d}, 0) AS e,
                count(x{i}) AS m, {c} AS c
            FROM kept GROUP BY u, k, day),
        running AS (
            SELECT k, day, d, e, m, sum(d) OVER past AS dsum, sum(e) OVER past AS esum,
                sum(m) OVER past AS msum, row_number() OVER past AS seen,
                coalesce(max(c) OVER (PARTITION BY u), {centre}) - {centre} AS c
            FROM daily WINDOW past AS (PARTITION BY u ORDER BY day))
        SELECT k, day, count(*) FILTER (seen = 1), sum(m), count(*) FILTER (m > 0 AND msum = m),
            sum(d), sum(dsum ** 2 - (dsum - d) ** 2), sum(e), sum(esum ** 2 - (esum - e) ** 2),
            sum(esum * dsum - (esum - e) * (dsum - d)),
            coalesce(sum(c) FILTER (m > 0 AND msum = m), 0),
            coalesce(sum(c ** 2) FILTER (m > 0 AND msum = m), 0), sum(e * c), sum(d * c)
        FROM running GROUP BY k, day ORDER BY day, k"""  # noqa: S608
