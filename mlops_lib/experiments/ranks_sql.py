"""Queries for quantiles and order statistics; text in, text out, nothing is run here."""

from collections.abc import Sequence

from mlops_lib.experiments.sql import Quantity


def quantiles(each: Quantity, condition: str) -> str:
    """Per arm: how many values, and the quantile."""
    i = each.place
    return (
        f"SELECT k, count(x{i}), quantile_cont(x{i}, {each.metric.quantile!r}) "  # noqa: S608
        f"FROM kept WHERE {condition} GROUP BY k ORDER BY k"
    )


def values_of(each: Quantity, arm: int, condition: str) -> str:
    """How many values one arm has."""
    return f"SELECT count(x{each.place}) FROM kept WHERE k = {1 << arm} AND {condition}"  # noqa: S608


def shares_below(each: Quantity, arm: int, level: float, condition: str) -> str:
    """Moments of one arm's units: values up to a level, of all values."""
    i = each.place
    return (
        "SELECT count(*), sum(d), sum(d * d), sum(x), sum(x * x), sum(x * d) FROM ("  # noqa: S608
        f"SELECT count(x{i}) AS d, count(x{i}) FILTER (x{i} <= {level!r}::DOUBLE) AS x "
        f"FROM kept WHERE k = {1 << arm} AND {condition} GROUP BY u) WHERE d > 0"
    )


def at_ranks(each: Quantity, arm: int, ranks: Sequence[int], n: int, condition: str) -> str:
    """Order statistics of one arm; half a rank less lies safely within the rank's step."""
    shares = ", ".join(repr((rank - 0.5) / n) for rank in ranks)
    return (
        f"SELECT quantile_disc(x{each.place}, [{shares}]) "  # noqa: S608
        f"FROM kept WHERE k = {1 << arm} AND {condition}"
    )
