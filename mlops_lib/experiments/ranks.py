"""Quantiles inside the database: the estimate, the effective size, then the two ranks."""

import math
from collections.abc import Sequence

from mlops_lib import stats
from mlops_lib.experiments import ranks_sql, sql
from mlops_lib.experiments.scan import Scan
from mlops_lib.stats import Moments, Quantile


def quantile_of(
    scan: Scan, each: sql.Quantity, arm: int, *, condition: str = "TRUE", size: int | None = None
) -> Quantile | None:
    """One arm's quantile with its order-statistic interval; None for other metrics.

    Args:
        scan: the typed rows.
        each: the metric.
        arm: by its place.
        condition: SQL that keeps rows.
        size: values of the arm under the condition; counted where absent.
    """
    if each.metric.quantile is None:
        return None
    if scan.design.one_row_per_unit:
        return _flat(scan, each, arm, condition, size)
    found = scan.rows(ranks_sql.quantiles(each, f"k = {1 << arm} AND {condition}"))
    if not found or not found[0][1]:
        return _NONE
    n, estimate = int(found[0][1]), float(found[0][2])
    share = _share_below(scan, each, arm, estimate, condition)
    effective = n if share.units == n else share.effective_size
    ranks = _ranks(scan, each, n, effective)
    low, high = _at(scan, each, arm, ranks, n=n, condition=condition)
    return Quantile(
        estimate=estimate, interval=stats.Interval(low, high), n=n, clusters=share.units
    )


_NONE = Quantile(estimate=math.nan, interval=stats.Interval(math.nan, math.nan), n=0, clusters=0)


def _flat(scan: Scan, each: sql.Quantity, arm: int, condition: str, size: int | None) -> Quantile:
    """With one row per unit the size tells all ranks, so that one sort gives every number."""
    n = size
    if n is None:
        n = int(scan.rows(ranks_sql.values_of(each, arm, condition))[0][0])
    if not n:
        return _NONE
    place = (n - 1) * (each.metric.quantile or 0.0)
    below = math.floor(place)
    ranks = [*_ranks(scan, each, n, n), below + 1, math.ceil(place) + 1]
    low, high, left, right = _at(scan, each, arm, ranks, n=n, condition=condition)
    estimate = left + (right - left) * (place - below)
    return Quantile(estimate=estimate, interval=stats.Interval(low, high), n=n, clusters=n)


def _ranks(scan: Scan, each: sql.Quantity, n: int, size: float) -> tuple[int, int]:
    probability = each.metric.quantile or 0.0
    return stats.quantile_ranks(probability, n, size, confidence=scan.design.confidence)


def _at(
    scan: Scan, each: sql.Quantity, arm: int, ranks: Sequence[int], *, n: int, condition: str
) -> list[float]:
    """Order statistics; NaN for a rank beyond the data."""
    inside = [rank for rank in ranks if 1 <= rank <= n]
    values = scan.rows(ranks_sql.at_ranks(each, arm, inside, n, condition))[0][0] if inside else []
    at = dict(zip(inside, values, strict=True))
    return [float(at.get(rank, math.nan)) for rank in ranks]


def _share_below(
    scan: Scan, each: sql.Quantity, arm: int, level: float, condition: str
) -> stats.Ratio:
    sums = scan.rows(ranks_sql.shares_below(each, arm, level, condition))[0]
    units, total, dd, e, ee, ed = (float(each or 0.0) for each in sums)
    return stats.ratio_of(Moments(units=int(units), total=total, dd=dd, e=e, ee=ee, ed=ed))
