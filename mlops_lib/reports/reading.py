"""Reading a record for the pages.

A record comes from a file or from a notebook, so nothing about it is taken for granted here;
everything that draws starts from the views and trusts them.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlops_lib.quantities import format_quantity
from mlops_lib.reports.sanitise import clean_text, cut
from mlops_lib.reports.view import (
    WORST_FIRST,
    CheckView,
    ErrorView,
    ReportView,
    SourceView,
    Tile,
)

_LONGEST_TEXT = 2_000
_LONGEST_CODE = 20_000
"""Characters kept of a sentence, and of a cell or traceback; more helps no reader."""


def read_report(record: Mapping[str, Any]) -> ReportView:
    """Read a record, whatever is in it.

    Args:
        record: what verdict.json holds.

    Example:
        >>> read_report({"name": "drift", "outcome": "odd"}).word
        'NO VERDICT'
    """
    provenance = _mapping(record.get("provenance"))
    name = text(record.get("name")) or "report"
    return ReportView(
        name=name,
        title=text(record.get("title")) or name,
        outcome=outcome(record.get("outcome")),
        sentence=text(record.get("sentence")),
        meaning=text(record.get("meaning")),
        advice=text(record.get("advice")),
        checks=tuple(_check(row) for row in _rows(record.get("checks"))),
        metrics=tuple(_tile(row) for row in _rows(record.get("metrics"))),
        sources=tuple(_source(row) for row in _rows(record.get("sources"))),
        error=_error(record.get("error")),
        parameters=tuple(
            (text(key), "none" if value is None else text(value) or "(empty)")
            for key, value in _mapping(record.get("parameters")).items()
        ),
        provenance=_provenance(provenance),
        command=text(provenance.get("command")),
        started=when(provenance.get("started")),
        seconds=number(provenance.get("seconds")),
    )


def outcome(value: object) -> str:
    """One of the outcomes that a page can show."""
    return value if isinstance(value, str) and value in WORST_FIRST else "none"


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def text(value: object, longest: int = _LONGEST_TEXT) -> str:
    """Anything as clean text of bounded length; None is empty."""
    return "" if value is None else cut(clean_text(str(value)), longest)


def when(value: object) -> str:
    """A moment to the minute, as in "2026-11-21 07:30 UTC"; other text stays as it is.

    Example:
        >>> when("2026-11-21T07:30:12.5+00:00"), when("soon")
        ('2026-11-21 07:30 UTC', 'soon')
    """
    written = text(value)
    try:
        moment = datetime.fromisoformat(written)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return written
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _check(row: Mapping[str, Any]) -> CheckView:
    bounds = row.get("interval")
    low, high = bounds if isinstance(bounds, list | tuple) and len(bounds) == 2 else (None, None)  # noqa: PLR2004
    return CheckView(
        name=text(row.get("name")),
        outcome=outcome(row.get("outcome")),
        estimate=number(row.get("estimate")),
        low=number(low),
        high=number(high),
        limit=number(row.get("limit")),
        good="low" if row.get("good") == "low" else "high",
        unit=text(row.get("unit")),
        n=_count(row.get("n")),
        pvalue=number(row.get("pvalue")),
        needed=_count(row.get("needed")),
        method=text(row.get("method")),
        explanation=text(row.get("explanation")),
    )


def _tile(row: Mapping[str, Any]) -> Tile:
    value = format_quantity(number(row.get("value")), text(row.get("unit")))
    return Tile(name=text(row.get("name")), value=value, note=text(row.get("note")))


def _source(row: Mapping[str, Any]) -> SourceView:
    rows = _count(row.get("rows"))
    return SourceView(
        path=text(row.get("path")),
        rows="unknown" if rows is None else f"{rows:,}",
        sha256=text(row.get("sha256")),
    )


def _error(value: object) -> ErrorView | None:
    row = _mapping(value)
    if not row:
        return None
    return ErrorView(
        kind=text(row.get("kind")),
        message=text(row.get("message")),
        cell=_count(row.get("cell")),
        source=text(row.get("source"), _LONGEST_CODE),
        traceback=text(row.get("traceback"), _LONGEST_CODE),
    )


def _provenance(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Labelled facts; what is not known is left out."""
    cost = number(row.get("cost_usd"))
    seconds = number(row.get("seconds"))
    facts = (
        ("Run", text(row.get("run_id"))),
        ("Started", when(row.get("started"))),
        ("Took", "" if seconds is None else f"{seconds:,.1f} s"),
        ("Cost", "" if cost is None else format_quantity(cost, "usd")),
        ("Revision", _revision(row)),
        ("mlops-lib", text(row.get("library_version"))),
        ("Python", text(row.get("python_version"))),
        ("Engine", text(row.get("engine"))),
    )
    return tuple((label, value) for label, value in facts if value)


def _revision(row: Mapping[str, Any]) -> str:
    revision = text(row.get("git_revision"))
    dirty = " with uncommitted changes" if revision and row.get("git_dirty") is True else ""
    return f"{revision}{dirty}"


def _count(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> Sequence[Mapping[str, Any]]:
    rows = value if isinstance(value, list | tuple) else ()
    return [row for row in rows if isinstance(row, Mapping)]
