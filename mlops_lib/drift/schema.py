"""Which columns can be compared: the family of each, and a frame whose columns have one type."""

import datetime as dt
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from mlops_lib.errors import InputError
from mlops_lib.tables import Table

Family = Literal["number", "text", "time", "nested"]
"""What a column holds, as far as drift is concerned; booleans count as the numbers 0 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A table whose columns have known families, and no column of mixed Python objects.

    Attributes:
        name: how messages speak of it.
        frame: a narwhals frame.
        families: of each column.
        whole: columns of whole numbers.
        rows: how many.
        scan: SQL of the rows for a file that DuckDB reads; empty otherwise.
    """

    name: str
    frame: Any
    families: Mapping[str, Family]
    whole: frozenset[str]
    rows: int
    scan: str = ""


def settle(table: Table) -> Settled:
    """Find the family of every column; columns of Python objects become numbers or text.

    A column of numbers and text mixed is text.
    """
    import narwhals as nw

    frame = table.frame
    if isinstance(frame, nw.DataFrame):
        frame = _without_arrow_integers(_without_objects(frame))
    schema = frame.collect_schema()
    return Settled(
        name=table.name,
        frame=frame,
        families={name: _family(dtype) for name, dtype in schema.items()},
        whole=frozenset(name for name, dtype in schema.items() if dtype.is_integer()),
        rows=table.rows,
        scan=table.scan,
    )


def names_of(columns: str | Sequence[str] | None) -> tuple[str, ...]:
    """Column names from a sequence, or from text that separates them by commas.

    Raises:
        InputError: for text that holds commas alone: it would mean every column.

    Example:
        >>> names_of("model, outcome")
        ('model', 'outcome')
    """
    if columns is None:
        return ()
    parts = columns.split(",") if isinstance(columns, str) else columns
    names = tuple(part.strip() for part in parts if part.strip())
    if isinstance(columns, str) and columns.strip() and not names:
        message = "names no column; write names between the commas, or nothing"
        raise InputError.of(message, field="columns", value=columns)
    return names


def _family(dtype: Any) -> Family:  # noqa: ANN401
    import narwhals as nw

    if dtype.is_numeric() or dtype == nw.Boolean:
        return "number"
    if dtype.is_temporal():
        return "time"
    is_text = any(dtype == kind for kind in (nw.String, nw.Categorical, nw.Enum))
    return "text" if is_text else "nested"


def _without_objects(frame: Any) -> Any:  # noqa: ANN401
    import narwhals as nw

    mixed = [name for name, dtype in frame.collect_schema().items() if dtype == nw.Object]
    settled = [_settled_series(frame[name]) for name in mixed]
    return frame.with_columns(*settled) if settled else frame


def _without_arrow_integers(frame: Any) -> Any:  # noqa: ANN401
    """Arrow refuses to cast integers beyond 2**53 to floats; other engines round them alike."""
    import narwhals as nw

    if frame.implementation.is_pyarrow():
        import duckdb

        return nw.from_native(duckdb.connect().from_arrow(frame.to_native()))
    if not frame.implementation.is_pandas():
        return frame
    native = frame.to_native()
    types = {
        name: "UInt64" if dtype.is_unsigned_integer() else "Int64"
        for name, dtype in frame.collect_schema().items()
        if dtype.is_integer() and str(native[name].dtype).endswith("[pyarrow]")
    }
    return nw.from_native(native.astype(types)) if types else frame


def _settled_series(series: Any) -> Any:  # noqa: ANN401
    import narwhals as nw

    values = [None if _is_missing(value) else value for value in series.to_list()]
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, dt.date) for value in present):
        dtype: Any = nw.Datetime
    elif present and all(isinstance(value, numbers.Real | Decimal) for value in present):
        dtype, values = nw.Float64, [None if each is None else float(each) for each in values]
    else:
        dtype, values = nw.String, [None if each is None else _text(each) for each in values]
    return nw.new_series(series.name, values, dtype, backend=series.implementation)


def _text(value: object) -> str:
    """Text that every engine can hold: half a surrogate pair is a question mark."""
    return str(value).encode("utf-8", errors="replace").decode("utf-8")


def _is_missing(value: object) -> bool:
    """Whether a Python object stands for no value; pandas' own two are known by their names."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}
