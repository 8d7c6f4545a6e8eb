"""The values of one column, from whichever engine holds them."""

from typing import TYPE_CHECKING, Any

from mlops_lib.drift.sql import count_values, floats_of, relation_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def category_counts(frame: Any, name: str) -> dict[str, int]:  # noqa: ANN401
    """Rows per value of a column, as text; missing values are left out."""
    import narwhals as nw

    if (relation := relation_of(frame)) is not None:
        return count_values(relation, name)
    values = frame.select(nw.col(name).cast(nw.String).alias("value"))
    grouped = collected(values.group_by("value").agg(nw.len().alias("rows")))
    pairs = zip(grouped["value"].to_list(), grouped["rows"].to_list(), strict=True)
    return {value: int(rows) for value, rows in pairs if isinstance(value, str)}


def collected(frame: Any) -> Any:  # noqa: ANN401
    """The frame in memory."""
    import narwhals as nw

    return frame.collect(backend="pandas") if isinstance(frame, nw.LazyFrame) else frame


def values_of(frame: Any, name: str) -> "NDArray[Any]":  # noqa: ANN401
    """The numbers of a column without NaN, copied no more than needed: 10 M rows are 80 MB."""
    import narwhals as nw
    import numpy as np

    relation = relation_of(frame)
    if relation is not None:
        values = floats_of(relation, name)
    else:
        values = np.array(collected(frame.select(nw.col(name).cast(nw.Float64)))[name].to_numpy())
    absent = np.isnan(values)
    return values[~absent] if absent.any() else values
