"""Metrics of an own table, written as a notebook parameter writes them."""

import re
from typing import Literal

from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.metric import REQUEST_METRICS, Metric
from mlops_lib.tables.names import quoted

_GUARDRAIL = re.compile(
    r"""^\s*(?P<column>.+?)\s*(?P<side><=|>=)\s*(?P<sign>[+-]?)\s*(?P<size>\d*\.?\d+)
        \s*(?P<unit>%|points)?\s*$""",
    re.VERBOSE,
)
_KNOWN_UNITS = {"latency_ms": "ms", "ttft_ms": "ms", "cost_usd": "usd"}


def own_metrics(
    metric: str = "",
    *,
    good: str = "high",
    secondary: str = "",
    guardrails: str = "",
) -> tuple[Metric, ...]:
    """Metrics from column names; without any, those of the request log.

    Args:
        metric: column of the primary outcome: yes or no, 0 or 1, or any number.
        good: "high" or "low": where that outcome should move.
        secondary: further columns to watch, separated by commas.
        guardrails: columns that must not get worse, separated by commas, each with its margin:
            `cost_usd <= +15 %` (of the control's mean), `errors <= +0.5 points` (of a share),
            `rating >= -0.1` (in the column's own unit).

    Raises:
        InputError: naming every part that cannot be read.

    Example:
        >>> [each.name for each in own_metrics("converted", guardrails="cost <= +15 %")]
        ['converted', 'cost']
        >>> own_metrics()[0].name
        'positive feedback'
    """
    side = _side(good)
    if not metric:
        if secondary or guardrails:
            raise InputError.of("needs a primary column as well", field="metric")
        return REQUEST_METRICS
    watched = [part.strip() for part in secondary.split(",") if part.strip()]
    return (
        _of_column(metric, role="primary", good=side),
        *(_of_column(column) for column in watched),
        *_guardrails(guardrails),
    )


def _side(good: str) -> Literal["high", "low"]:
    if good == "high":
        return "high"
    if good == "low":
        return "low"
    raise InputError.of("must be 'high' or 'low'", field="good", value=good)


def _of_column(
    column: str,
    *,
    role: Literal["primary", "secondary"] = "secondary",
    good: Literal["high", "low"] = "high",
) -> Metric:
    return Metric(
        name=column,
        value=quoted(column),
        columns=(column,),
        role=role,
        good=good,
        unit=_KNOWN_UNITS.get(column, ""),
    )


def _guardrails(text: str) -> tuple[Metric, ...]:
    parts = [part for part in text.split(",") if part.strip()]
    matches = [_GUARDRAIL.match(part) for part in parts]
    problems = [
        Problem(
            field="guardrails",
            value=part.strip(),
            message="write a column, <= or >=, and a margin, such as 'cost_usd <= +15 %'",
        )
        for part, match in zip(parts, matches, strict=True)
        if not match or (match["side"], match["sign"]) in {("<=", "-"), (">=", "+")}
    ]
    if problems:
        raise InputError(problems)
    return tuple(_guardrail(match) for match in matches if match)


def _guardrail(match: re.Match[str]) -> Metric:
    column = match["column"]
    return Metric(
        name=column,
        value=quoted(column),
        columns=(column,),
        role="guardrail",
        good="low" if match["side"] == "<=" else "high",
        unit=_KNOWN_UNITS.get(column, ""),
        margin=float(match["size"]) / (100 if match["unit"] else 1),
        is_relative=match["unit"] == "%",
    )
