"""The values of one column, from whichever engine holds them."""

from typing import TYPE_CHECKING, Any

from mlops_lib.drift.schema import Settled
from mlops_lib.drift.sql import (
    PARQUET,
    PIECE,
    count_values,
    floats_in_pieces,
    floats_of,
    relation_of,
)
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


_BLOCK = 1 << 20
"""Numbers moved at once: 8 MB."""


def category_counts(frame: Any, name: str) -> dict[str, int]:  # noqa: ANN401
    """Rows per value of a column, as text; missing values are left out."""
    import narwhals as nw

    if (relation := relation_of(frame)) is not None:
        return count_values(relation, name)
    try:
        values = frame.select(nw.col(name).cast(nw.String).alias("value"))
        grouped = collected(values.group_by("value").agg(nw.len().alias("rows")))
    except UnicodeEncodeError as error:
        message = "holds text that is no Unicode: half a surrogate pair"
        raise InputError.of(message, field=name) from error
    pairs = zip(grouped["value"].to_list(), grouped["rows"].to_list(), strict=True)
    return {value: int(rows) for value, rows in pairs if isinstance(value, str)}


def collected(frame: Any) -> Any:  # noqa: ANN401
    """The frame in memory."""
    import narwhals as nw

    return frame.collect(backend="pandas") if isinstance(frame, nw.LazyFrame) else frame


def values_of(settled: Settled, name: str) -> "NDArray[Any]":
    """The numbers of a column without NaN, copied no more than needed: 10 M rows are 80 MB."""
    import narwhals as nw
    import numpy as np

    frame = settled.frame
    if settled.scan.startswith(PARQUET) and settled.rows > PIECE:
        return _without_nan(floats_in_pieces(settled.scan, name, settled.rows))
    if (relation := relation_of(frame)) is not None:
        return _without_nan(floats_of(relation, name))
    series = collected(frame.select(nw.col(name).cast(nw.Float64)))[name]
    return _without_nan(np.array(series.to_numpy()))


def _without_nan(values: "NDArray[Any]") -> "NDArray[Any]":
    """The array with its numbers moved to the front, block by block, and cut to them."""
    import numpy as np

    end = 0
    for start in range(0, values.size, _BLOCK):
        block = values[start : start + _BLOCK]
        absent = np.isnan(block)
        if end == start and not absent.any():
            end += block.size
            continue
        kept = block[~absent]
        values[end : end + kept.size] = kept
        end += kept.size
    return values[:end]
