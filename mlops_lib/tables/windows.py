"""The last days of a log, and the days before them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.tables.names import quoted
from mlops_lib.tables.query import Query
from mlops_lib.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_DAYS = 36_500
"""A window of a hundred years is the whole log; longer ones leave the calendar."""

_SLACK_DAYS = 2
"""Text of another time zone may sort up to a day off; the exact cut comes after fetching."""


def split_windows(
    table: Table, *, time: str, current_days: float, reference_days: float
) -> tuple[Table, Table]:
    """Cut a log into (reference, current): the last days, and the days before them.

    The clock is the log's own: the current window ends at its last row.

    Args:
        table: with a time column, as text in ISO 8601 or as timestamps.
        time: that column's name.
        current_days: length of the last window.
        reference_days: length of the window before it.

    Raises:
        InputError: if a window is not positive or holds no rows, or a time cannot be read.
    """
    import narwhals as nw

    _require_positive(current_days=current_days, reference_days=reference_days)
    longest = min(current_days, _LONGEST_DAYS) + min(reference_days, _LONGEST_DAYS)
    frame = recent(table, time=time, days=longest).to_pandas()
    moments = _moments(frame[time], table.name, time)
    end = moments.max()
    start = end - timedelta(days=min(current_days, _LONGEST_DAYS))
    first = start - timedelta(days=min(reference_days, _LONGEST_DAYS))
    parts = {
        "current": frame[moments > start],
        "reference": frame[(moments > first) & (moments <= start)],
    }
    windows = []
    for which in ("reference", "current"):
        part: pd.DataFrame = parts[which].reset_index(drop=True)
        if part.empty:
            raise InputError.of(
                f"the {which} window holds no rows; the log runs from {moments.min()} to {end}",
                source=table.name,
                field=time,
            )
        windows.append(
            Table(
                name=f"{which} window of {table.name}",
                held=nw.from_native(part),
                columns=table.columns,
                rows=len(part),
                source=table.source,
            )
        )
    return windows[0], windows[1]


def recent(table: Table, *, time: str, days: float) -> Table:
    """Leave out rows that are surely older than the last days, where that saves fetching them.

    Only a database is asked for less; files and frames come back as they are. A day or two more
    may stay: what cuts windows cuts exactly. Rows without a time stay, for it to refuse.

    Args:
        table: with a time column.
        time: that column's name.
        days: before the newest row.

    Raises:
        InputError: if there is no such column.
    """
    held = table.require([time]).held
    if not isinstance(held, Query) or days + _SLACK_DAYS > _LONGEST_DAYS:
        return table
    newest = _as_moment(held.latest(time))
    if newest is None:
        return table
    first = (newest - timedelta(days=days + _SLACK_DAYS)).date().isoformat()
    narrowed = held.narrowed(f"{quoted(time)} >= '{first}' OR {quoted(time)} IS NULL")
    return replace(table, held=narrowed, rows=narrowed.count())


def _as_moment(value: Any) -> datetime | None:  # noqa: ANN401
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _moments(values: "pd.Series[Any]", source: str, field: str) -> "pd.Series[Any]":
    import pandas as pd

    moments = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
    bad = moments.isna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError.of(
            f"{int(bad.sum())} times cannot be read; write ISO 8601",
            source=source,
            row=row + 1,
            field=field,
            value=values.iloc[row],
        )
    return moments


def _require_positive(**days: float) -> None:
    problems = [
        Problem(field=name, value=value, message="must be more than 0 days")
        for name, value in days.items()
        if not value > 0
    ]
    if problems:
        raise InputError(problems)
