"""Quantiles inside the database: the estimate, the effective size, then the two ranks."""

import math

from mlops_lib import stats
from mlops_lib.experiments import sql
from mlops_lib.experiments.scan import Scan
from mlops_lib.stats import Moments, Quantile


def quantile_of(
    scan: Scan, each: sql.Quantity, arm: int, *, condition: str = "TRUE"
) -> Quantile | None:
    """One arm's quantile with its order-statistic interval; None for other metrics."""
    if each.metric.quantile is None:
        return None
    only = f"k = {1 << arm} AND {condition}"
    found = scan.rows(sql.quantiles(each, only))
    if not found or not found[0][1]:
        return Quantile(
            estimate=math.nan, interval=stats.Interval(math.nan, math.nan), n=0, clusters=0
        )
    n, estimate = int(found[0][1]), float(found[0][2])
    units, size = n, float(n)
    if not scan.design.one_row_per_unit:
        share = _share_below(scan, each, arm, estimate, condition)
        units = share.units
        size = n if units == n else share.effective_size
    confidence = scan.design.confidence
    ranks = stats.quantile_ranks(each.metric.quantile, n, size, confidence=confidence)
    inside = [rank for rank in ranks if 1 <= rank <= n]
    values = scan.rows(sql.at_ranks(each, arm, inside, n, condition))[0][0] if inside else []
    at = dict(zip(inside, values, strict=True))
    low, high = (float(at.get(rank, math.nan)) for rank in ranks)
    return Quantile(estimate=estimate, interval=stats.Interval(low, high), n=n, clusters=units)


def _share_below(
    scan: Scan, each: sql.Quantity, arm: int, level: float, condition: str
) -> stats.Ratio:
    sums = scan.rows(sql.shares_below(each, arm, level, condition))[0]
    units, total, dd, e, ee, ed = (float(each or 0.0) for each in sums)
    return stats.ratio_of(Moments(units=int(units), total=total, dd=dd, e=e, ee=ee, ed=ed))
