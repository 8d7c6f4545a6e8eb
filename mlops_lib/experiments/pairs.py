"""Paired data: the same case answered by both variants, so that cases cancel out."""

import math

from mlops_lib import stats
from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments import sql
from mlops_lib.experiments.evidence import Cell, Evidence, Pairs, Sample
from mlops_lib.experiments.scan import Scan
from mlops_lib.stats import Difference, Moments
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
        Problem(source=scan.source, field=each.name, message="a quantile or ratio has no pairs")
        for each in design.metrics
        if each.quantile is not None or each.per
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
    return Evidence(
        design=design,
        name=scan.source,
        arms=(both, both),
        arm_rows=(int(rows), 0),
        samples=tuple(_sample(scan, place) for place in range(len(design.metrics))),
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
    """Differences within the cases in which both variants have a value."""
    values = (
        f"SELECT avg(x{place}) FILTER (k = 1) AS a, avg(x{place}) FILTER (k = 2) AS b "  # noqa: S608
        "FROM typed WHERE u IS NOT NULL AND k < 4 GROUP BY u HAVING a IS NOT NULL AND b IS NOT NULL"
    )
    first = scan.rows(f"SELECT coalesce(avg(b - a), 0) FROM ({values} LIMIT 2000)")[0][0]  # noqa: S608
    pivot = sql.short(float(first))
    centred = f"(b - a - {pivot!r}::DOUBLE)"
    n, e, ee, a, b, odd, *table = scan.rows(
        f"SELECT count(*), coalesce(sum({centred}), 0), coalesce(sum({centred} ** 2), 0), "  # noqa: S608
        "avg(a), avg(b), count(*) FILTER (a NOT IN (0, 1) OR b NOT IN (0, 1)), "
        "count(*) FILTER (a = 1 AND b = 1), count(*) FILTER (a = 1 AND b = 0), "
        f"count(*) FILTER (a = 0 AND b = 1), count(*) FILTER (a = 0 AND b = 0) FROM ({values})"
    )[0]
    metric = scan.design.metrics[place]
    is_binary = metric.unit == "share" and odd == 0
    moments = Moments(units=n, total=float(n), dd=float(n), e=e, ee=ee, ed=e, pivot=pivot)
    return Sample(
        metric=metric,
        cells=(Cell(rows=n), Cell(rows=n)),
        pairs=Pairs(
            differences=moments,
            control=math.nan if a is None else a,
            treatment=math.nan if b is None else b,
            table=(table[0], table[1], table[2], table[3]) if is_binary else None,
        ),
    )
