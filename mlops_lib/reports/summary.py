"""The pull-request comment: numbers and fixed words only, whatever a report is named.

A comment speaks with the voice of the repository, so no text that a model, a user or a fork wrote
may stand in it. Names are reduced to letters without a meaning in Markdown, and set as code.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_lib.quantities import format_quantity
from mlops_lib.reports.index import count_outcomes, overall
from mlops_lib.reports.reading import read_report
from mlops_lib.reports.view import WORDS, CheckView, ReportView

MARKER = "<!-- mlops:report -->"
"""First line of the comment, by which the next run finds it."""

LONGEST = 65_000
"""Bytes; GitHub refuses a comment of more than 65,536 characters."""

_MOST_CHECKS = 25
_LONGEST_NAME = 60
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 _.,()%+=-]+")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~%?=&+/-]*)?")
_UNITS = frozenset({"share", "points", "ms", "s", "usd", "count"})
_MARKS = {
    "pass": "✅",
    "warn": "⚠️",
    "fail": "❌",
    "undecided": "❔",
    "incomplete": "🛑",
    "none": "⬜",
}
_EMPTY = "–"


def render_summary(
    records: Sequence[Mapping[str, Any]], *, links: Mapping[str, str] | None = None
) -> str:
    """Markdown for one comment: the overall outcome, the reports, their checks.

    Args:
        records: what the verdict.json of each report holds; all text in it is untrusted.
        links: address of the HTML page by report name, where CI knows one.

    Returns:
        Markdown that begins with `MARKER` and is shorter than `LONGEST`; what was left out is said.

    Example:
        >>> print(render_summary([]).splitlines()[2])
        ## ⬜ NO VERDICT
    """
    reports = [read_report(record) for record in records]
    worst = overall(reports)
    top = [MARKER, "", f"## {_MARKS[worst]} {WORDS[worst]}", "", count_outcomes(reports), ""]
    table, details = _table(reports), [_details(report) for report in reports]
    return _joined(top, table, details, _how_to_open(reports, links or {}))


def _joined(top: list[str], table: list[str], details: list[str], foot: str) -> str:
    """As many rows and sections as there is room for, in their order."""
    note = "_Truncated: {} are not shown here; the HTML reports have everything._"
    room = LONGEST - _size([*top, foot, note, note]) - 200
    rows = _fitting(table, room)
    sections = _fitting(details, room - _size(rows)) if len(rows) == len(table) else []
    parts = [*top, *rows, "", *sections]
    if len(rows) < len(table):
        parts += [note.format(f"{len(table) - len(rows)} reports"), ""]
    elif len(sections) < len(details):
        parts += [note.format(f"the checks of {len(details) - len(sections)} reports"), ""]
    return "\n".join([*parts, foot]) + "\n"


def _fitting(parts: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if _size([*kept, part]) > room:
            break
        kept.append(part)
    return kept


def _size(parts: Sequence[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def _table(reports: Sequence[ReportView]) -> list[str]:
    if not reports:
        return []
    return [
        "| Report | Outcome | Deciding check | Estimate | Interval | Limit | n | Seconds |",
        "|---|---|---|---:|---:|---:|---:|---:|",
        *(_report_row(report) for report in reports),
    ]


def _report_row(report: ReportView) -> str:
    seconds = _EMPTY if report.seconds is None else f"{report.seconds:.1f}"
    check = report.deciding
    cells = [_EMPTY] * 5 if check is None else [_name(check.name), *_numbers(check)]
    if check is None and report.error is not None:
        cells[0] = _name(report.error.kind)
    return _row([_name(report.name), _outcome(report.outcome), *cells, seconds])


def _details(report: ReportView) -> str:
    lines = [f"### {_MARKS[report.outcome]} {_name(report.name)}", ""]
    if report.error is not None:
        where = "" if report.error.cell is None else f" in cell {report.error.cell}"
        return "\n".join([*lines, f"Not finished: {_name(report.error.kind)}{where}.", ""])
    lines += [
        "| Check | Outcome | Estimate | Interval | Limit | n |",
        "|---|---|---:|---:|---:|---:|",
    ]
    lines += [
        _row([_name(check.name), _outcome(check.outcome), *_numbers(check)])
        for check in report.checks[:_MOST_CHECKS]
    ]
    missing = len(report.checks) - _MOST_CHECKS
    if missing > 0:
        lines += ["", f"_Truncated: {missing:,} further checks are in the HTML report._"]
    return "\n".join([*lines, ""])


def _numbers(check: CheckView) -> list[str]:
    """Estimate, interval, limit and n, with the units that we know."""
    unit = check.unit if check.unit in _UNITS else ""
    known = check.low is not None and check.high is not None
    low, high = format_quantity(check.low, unit), format_quantity(check.high, unit)
    return [
        format_quantity(check.estimate, unit),
        f"{low} to {high}" if known else _EMPTY,
        _EMPTY if check.limit is None else f"{check.side} {format_quantity(check.limit, unit)}",
        check.n_text,
    ]


def _how_to_open(reports: Sequence[ReportView], links: Mapping[str, str]) -> str:
    good = {name: link for name, link in links.items() if _ADDRESS.fullmatch(link)}
    opened = [f"[{_name(r.name)}]({good[r.name]})" for r in reports if r.name in good]
    if opened:
        return f"Open the HTML reports: {', '.join(opened)}."
    return (
        "The HTML reports are in the artifacts of this run: open `index.html`, "
        "or `report.html` in the folder of a report; each is one file and needs nothing else."
    )


def _outcome(outcome: str) -> str:
    return f"{_MARKS[outcome]} {WORDS[outcome].lower()}"


def _name(name: str) -> str:
    """A name as code, in which a mention, a link, a picture or a tag is only letters."""
    plain = " ".join(_NOT_PLAIN.sub(" ", name).split())[:_LONGEST_NAME].strip()
    return f"`{plain}`" if plain else "`unnamed`"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
