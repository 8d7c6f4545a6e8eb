"""Freezing a reference that lies on a cluster: only quantiles and counts ever leave it."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mlops_lib.drift.cells import ZERO_SHARE, edges_from

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DIFFERENT = 0.95
"""An estimated share of distinct values above this is taken for a different value in every row."""

_ACCURACY = 10_000
"""Of `percentile_approx`: quantiles within a ten-thousandth; the counts in the cells are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterEdges:
    """Edges of one column, its rows with a value, and about how many of its values differ."""

    edges: tuple[float, ...]
    present: int
    distinct_share: float


def on_cluster(frame: Any) -> bool:  # noqa: ANN401
    """Whether a narwhals frame is a Spark DataFrame."""
    return bool(frame.implementation.is_spark_like())


def edges_on_cluster(frame: Any, name: str, cells: int) -> ClusterEdges:  # noqa: ANN401
    """Choose the cells of a column of numbers in one aggregation.

    Args:
        frame: a narwhals frame over Spark.
        name: of the column.
        cells: most quantile cells.
    """
    native: DataFrame = frame.to_native()
    value = f"CAST({_quoted(name)} AS DOUBLE)"
    finite = f"CASE WHEN abs({value}) < double('Infinity') THEN {value} END"
    ranks = ", ".join(repr(part / cells) for part in range(1, cells))
    (found,) = native.selectExpr(
        f"percentile_approx({finite}, array({ranks}), {_ACCURACY}) AS quantiles",
        f"min({finite}) AS least",
        f"max({finite}) AS most",
        f"count({finite}) AS finite",
        f"count_if({value} = 0) AS zeros",
        f"count_if({value} <= double('Infinity')) AS present",
        f"approx_count_distinct({finite}) AS differing",
    ).collect()
    if not found["finite"]:
        return ClusterEdges(edges=(), present=int(found["present"]), distinct_share=0.0)
    marks = [float(mark) + 0.0 for mark in (found["least"], *found["quantiles"], found["most"])]
    repeats = any(mark == following for mark, following in pairwise(marks))
    distinct = _few_values(native, finite, cells) if repeats else None
    zeros = found["zeros"] >= ZERO_SHARE * found["finite"]
    return ClusterEdges(
        edges=tuple(edges_from(marks, distinct, zeros=zeros)),
        present=int(found["present"]),
        distinct_share=found["differing"] / found["finite"],
    )


def top_values(frame: Any, name: str, most: int) -> tuple[dict[str, int], int, int]:  # noqa: ANN401
    """The most frequent texts with their rows, how many texts there are, and rows with one.

    Args:
        frame: a narwhals frame over Spark.
        name: of the column.
        most: texts that are sent.
    """
    native: DataFrame = frame.to_native()
    text = f"CAST({_quoted(name)} AS STRING)"
    grouped = native.selectExpr(f"{text} AS value").where("value IS NOT NULL").groupBy("value")
    counted = grouped.count()
    top = counted.orderBy(counted["count"].desc(), counted["value"]).limit(most).collect()
    (whole,) = counted.selectExpr("count(*) AS distinct", "sum(count) AS present").collect()
    counts = {row["value"]: int(row["count"]) for row in top}
    return counts, int(whole["distinct"]), int(whole["present"] or 0)


def _few_values(native: "DataFrame", finite: str, cells: int) -> list[float] | None:
    rows = (
        native.selectExpr(f"{finite} + 0.0D AS value")
        .where("value IS NOT NULL")
        .distinct()
        .limit(cells + 1)
        .collect()
    )
    values = sorted(float(row["value"]) for row in rows)
    return values if len(values) <= cells and all(map(math.isfinite, values)) else None


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
