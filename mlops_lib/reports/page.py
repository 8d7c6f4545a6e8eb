"""Everything a report's template shows, ready: the template only decides where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lib.reports.intervals import Drawing, draw
from mlops_lib.reports.narrative import Narrative, notebook_title, published_verdict, tell
from mlops_lib.reports.reading import read_report
from mlops_lib.reports.view import CheckView, ReportView

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST_CHECKS = 12
"""With more checks than this, those that pass are folded away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A check and its drawing."""

    check: CheckView
    drawing: Drawing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report and its narrative; checks in the order given, `folded` those out of sight."""

    report: ReportView
    narrative: Narrative
    rows: tuple[Row, ...]
    folded: tuple[Row, ...]


def make_page(notebook: "NotebookNode", record: Mapping[str, Any]) -> Page:
    """Bring a notebook and its record together.

    Args:
        notebook: executed, wholly or in part.
        record: what verdict.json holds.
    """
    report = read_report(record).tied()
    many = len(report.checks) > MOST_CHECKS
    return Page(
        report=report,
        narrative=tell(notebook),
        rows=_rows([c for c in report.checks if not (many and c.outcome == "pass")]),
        folded=_rows([c for c in report.checks if many and c.outcome == "pass"]),
    )


def record_of(notebook: "NotebookNode", name: str) -> dict[str, Any]:
    """The record that a notebook carries in itself: the verdict it showed, or that it has none.

    Args:
        notebook: executed by somebody else.
        name: of its file.
    """
    verdict = published_verdict(notebook) or {
        "outcome": "none",
        "sentence": "This notebook has published no verdict.",
        "meaning": "What it shows is not judged: neither good nor bad.",
        "advice": "End the notebook with reports.publish(verdict), or execute it with mlops run.",
    }
    return {**verdict, "name": name, "title": notebook_title(notebook) or name}


def _rows(checks: Sequence[CheckView]) -> tuple[Row, ...]:
    return tuple(Row(check=check, drawing=draw(check)) for check in checks)
