"""Thumbs in a request log: what has no sign is refused, before it is read as another share."""

from typing import TYPE_CHECKING

from mlops_lib.errors import Problem
from mlops_lib.experiments.metric import POSITIVE_FEEDBACK, Metric
from mlops_lib.request_log import FEEDBACK_RULE, odd_feedback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

_COLUMN = "feedback"

_DISTINCT = 5
"""Different values to look at: of five, one at least is neither missing nor feedback."""


def thumb_problems(
    connection: "DuckDBPyConnection", metrics: "Sequence[Metric]", *, source: str, condition: str
) -> list[Problem]:
    """What is no feedback, where a metric reads thumbs, with its first row.

    Args:
        connection: with the views `rows` and `source`.
        metrics: of the design.
        source: name of the table.
        condition: SQL that keeps rows.
    """
    names = [metric.name for metric in metrics if metric.value == POSITIVE_FEEDBACK]
    if not names:
        return []
    given = connection.execute(
        "SELECT found, text FROM (SELECT found, CAST(found AS VARCHAR) AS text FROM "  # noqa: S608
        f"(SELECT DISTINCT {_COLUMN} AS found FROM source WHERE {_COLUMN} IS NOT NULL "
        f"LIMIT {_DISTINCT})) WHERE lower(text) <> 'nan'"
    ).fetchall()
    odd = odd_feedback(_number(value) for value, _ in given)
    wrong = [spelling for value, spelling in given if _number(value) in odd]
    if not wrong:
        return []
    ((row, value),) = connection.execute(
        f"SELECT place, found FROM (SELECT row_number() OVER () AS place, {_COLUMN} AS found, "  # noqa: S608
        f"({condition}) AS is_kept FROM rows) "
        "WHERE is_kept AND list_contains(?, CAST(found AS VARCHAR)) ORDER BY place LIMIT 1",
        [wrong],
    ).fetchall()
    message = f"is no {_COLUMN}; {FEEDBACK_RULE}"
    return [
        Problem(source=source, row=int(row), field=name, value=value, message=message)
        for name in names
    ]


def _number(value: object) -> object:
    """A number that a column of text holds; anything else as it is."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
