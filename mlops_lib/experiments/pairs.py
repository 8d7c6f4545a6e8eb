"""Paired data: the same case answered by both variants, so that cases cancel out."""

import math

from mlops_lib import stats
from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments import sql
from mlops_lib.experiments.evidence import Cell, Evidence, Pairs, Sample
from mlops_lib.experiments.gather import keep
from mlops_lib.experiments.periods import changes
from mlops_lib.experiments.scan import Scan
from mlops_lib.stats import Difference, Moments, PairedMoments
from mlops_lib.stats.means import t_interval, unknown_difference
from mlops_lib.stats.tails import log10_two_sided_pvalue, two_sided_pvalue
from mlops_lib.verdict import Source


def gather_pairs(scan: Scan, *, sources: tuple[Source, ...] = ()) -> Evidence:
    """Evidence of cases that both variants answered; several answers to a case are averaged.

    Args:
        scan: the typed rows; the unit is the case.
        sources: fingerprints of what was read.

    Raises:
        InputError: where no case was answered by both, or a metric cannot be paired.
    """
    design = scan.design
    problems = [
        Problem(
            source=scan.source,
            field=each.name,
            message="a quantile has no pairs; give its mean, or a share above a limit",
        )
        for each in design.metrics
        if each.quantile is not None
    ]
    if problems:
        raise InputError(problems)
    both, one, rows = scan.rows(
        "SELECT count(*) FILTER (k = 3), count(*) FILTER (k IN (1, 2)), sum(r) FROM ("
        "SELECT bit_or(k) AS k, count(*) AS r FROM typed "
        "WHERE u IS NOT NULL AND k < 4 GROUP BY u)"
    )[0]
    if not both:
        message = "no case was answered by both variants; is this the column of the case?"
        raise InputError.of(message, source=scan.source, field=design.unit)
    keep(scan, crossed=False)
    return Evidence(
        design=design,
        name=scan.source,
        arms=(both, both),
        arm_rows=(int(rows), 0),
        samples=tuple(_sample(scan, place) for place in range(len(design.metrics))),
        changes=changes(scan),
        incomplete=one,
        sources=sources,
    )


def paired_estimate(pairs: Pairs, *, confidence: float) -> Difference:
    """McNemar's test with Newcombe's paired interval for yes or no, else the paired t interval."""
    each = pairs.differences
    if each.units == 0:
        return unknown_difference(math.nan, n=0, method="paired")
    ratio = stats.ratio_of(each)
    if pairs.table is not None:
        result = stats.paired_binary(*pairs.table, confidence=confidence)
        return Difference(
            estimate=result.estimate,
            interval=result.interval,
            pvalue=result.pvalue,
            n=result.n,
            method=result.method,
            standard_error=ratio.standard_error,
            log10_pvalue=math.log10(result.pvalue) if result.pvalue > 0 else math.nan,
        )
    if math.isnan(ratio.standard_error) or ratio.standard_error == 0:
        return unknown_difference(ratio.estimate, n=each.units, method="paired t interval")
    statistic, freedom = ratio.estimate / ratio.standard_error, each.units - 1
    return Difference(
        estimate=ratio.estimate,
        interval=t_interval(ratio.estimate, ratio.standard_error, freedom, confidence),
        pvalue=two_sided_pvalue(statistic, freedom),
        n=each.units,
        method="paired t interval",
        standard_error=ratio.standard_error,
        degrees_of_freedom=freedom,
        log10_pvalue=log10_two_sided_pvalue(statistic, freedom),
    )


def _sample(scan: Scan, place: int) -> Sample:
    """Of the cases in which both variants have a value: a mean answer, or sums for a ratio."""
    metric = scan.design.metrics[place]
    values = _values(place, is_ratio=bool(metric.per))
    first = f"(SELECT * FROM ({values}) LIMIT {_CASES_FOR_PIVOT})"  # noqa: S608
    control, treatment = (
        sql.short(float(pivot))
        for pivot in scan.rows(
            "SELECT coalesce(sum(a) / nullif(sum(m), 0), 0), "  # noqa: S608
            f"coalesce(sum(b) / nullif(sum(d), 0), 0) FROM {first}"
        )[0]
    )
    n, *sums = scan.rows(_sums(values, control, treatment))[0]
    table, odd, cells = sums[-4:], sums[-5], [float(each or 0.0) for each in sums[:-5]]
    m, mm, e, ee, em, d, dd, f, ff, fd, ef, ed, mf, md, g, gg = cells
    side_a = Moments(units=n, total=m, dd=mm, e=e, ee=ee, ed=em, pivot=control)
    side_b = Moments(units=n, total=d, dd=dd, e=f, ee=ff, ed=fd, pivot=treatment)
    is_binary = metric.is_share and odd == 0 and not metric.per
    return Sample(
        metric=metric,
        cells=(Cell(rows=n), Cell(rows=n)),
        pairs=Pairs(
            differences=Moments(
                units=n, total=float(n), dd=float(n), e=g, ee=gg, ed=g, pivot=treatment - control
            ),
            control=side_a.ratio if n else math.nan,
            treatment=side_b.ratio if n else math.nan,
            table=(table[0], table[1], table[2], table[3]) if is_binary else None,
            missing=_missing(scan, place),
            both=PairedMoments(first=side_a, second=side_b, ee=ef, ed=ed, de=mf, dd=md),
        ),
    )


def _missing(scan: Scan, place: int) -> tuple[int, int, int, int] | None:
    """Cases with a missing value in both variants, only control, only treatment, neither."""
    both, control, treatment, neither = scan.rows(
        "SELECT count(*) FILTER (a AND b), count(*) FILTER (a AND NOT b), "  # noqa: S608
        "count(*) FILTER (b AND NOT a), count(*) FILTER (NOT (a OR b)) FROM ("
        f"SELECT count(*) FILTER (k = 1 AND x{place} IS NULL) > 0 AS a, "
        f"count(*) FILTER (k = 2 AND x{place} IS NULL) > 0 AS b "
        "FROM typed WHERE u IS NOT NULL AND k < 4 GROUP BY u HAVING bit_or(k) = 3)"
    )[0]
    return (both, control, treatment, neither) if both + control + treatment else None


_CASES_FOR_PIVOT = 2000
"""Any pivot is right; one from so many cases is near the mean, so that no digit is lost."""


def _values(place: int, *, is_ratio: bool) -> str:
    """One row per case: a and b, the sides' values, over their divisors m and d."""
    if is_ratio:
        columns = ", ".join(
            f"sum({column}{place}) FILTER (k = {code}) AS {name}"
            for column, code, name in (("x", 1, "a"), ("x", 2, "b"), ("d", 1, "m"), ("d", 2, "d"))
        )
        having = "m IS NOT NULL AND d IS NOT NULL"
    else:
        columns = (
            f"avg(x{place}) FILTER (k = 1) AS a, avg(x{place}) FILTER (k = 2) AS b, "
            "1.0::DOUBLE AS m, 1.0::DOUBLE AS d"
        )
        having = "a IS NOT NULL AND b IS NOT NULL"
    return f"SELECT {columns} FROM typed WHERE u IS NOT NULL AND k < 4 GROUP BY u HAVING {having}"  # noqa: S608


def _sums(values: str, control: float, treatment: float) -> str:
    """Moments of both sides around their pivots, products between them, and the table."""
    products = ["m", "m * m", "e", "e * e", "e * m", "d", "d * d", "f", "f * f", "f * d"]
    products += ["e * f", "e * d", "m * f", "m * d", "g", "g * g"]
    sums = ", ".join(f"sum({each})" for each in products)
    return (
        f"SELECT count(*), {sums}, count(*) FILTER (a NOT IN (0, 1) OR b NOT IN (0, 1)), "  # noqa: S608
        "count(*) FILTER (a = 1 AND b = 1), count(*) FILTER (a = 1 AND b = 0), "
        "count(*) FILTER (a = 0 AND b = 1), count(*) FILTER (a = 0 AND b = 0) FROM ("
        f"SELECT *, a - {control!r}::DOUBLE * m AS e, b - {treatment!r}::DOUBLE * d AS f, "
        f"b - a - {treatment - control!r}::DOUBLE AS g FROM ({values}))"
    )
