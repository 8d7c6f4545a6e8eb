"""The page over all reports: the overall outcome, each verdict, and how it turned out before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mlops_lib.reports.reading import outcome, read_report, text, when
from mlops_lib.reports.view import WORDS, WORST_FIRST, ReportView

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates" / "mlops_report"
_MOST_RUNS = 20
"""Earlier runs shown of each report: what fits beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One report on the page; `past` are the outcomes of its runs, newest last."""

    report: ReportView
    address: str
    past: tuple[str, ...]
    past_in_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All reports and the worst of their outcomes."""

    outcome: str
    counts: str
    entries: tuple[Entry, ...]

    @property
    def word(self) -> str:
        """The outcome as it is written."""
        return WORDS[self.outcome]


def render_index(records: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]]) -> str:
    """The page as one HTML file without script; it links to `<name>/report.html` beside it.

    Args:
        records: what the verdict.json of each report holds; shown worst first, then by name.
        history: runs with started, name, outcome and seconds, oldest first.
    """
    reports = sorted((read_report(record).tied() for record in records), key=_urgency)
    overview = Overview(
        outcome=overall(reports),
        counts=count_outcomes(reports),
        entries=tuple(_entry(report, history) for report in reports),
    )
    return _environment().get_template("overview.html.j2").render(overview=overview)


def overall(reports: Iterable[ReportView]) -> str:
    """The worst outcome; no report is no verdict, and an incomplete one is worse than a fail."""
    present = {report.outcome for report in reports} or {"none"}
    return next(each for each in WORST_FIRST if each in present)


def count_outcomes(reports: Sequence[ReportView]) -> str:
    """How many reports there are and how they turned out, worst first."""
    if not reports:
        return "There are no reports yet."
    outcomes = [report.outcome for report in reports]
    counts = [
        f"{outcomes.count(each)} {WORDS[each].lower()}" for each in WORST_FIRST if each in outcomes
    ]
    noun = "report" if len(reports) == 1 else "reports"
    return f"{len(reports)} {noun}: {', '.join(counts)}."


def _urgency(report: ReportView) -> tuple[int, str]:
    return WORST_FIRST.index(report.outcome), report.name


def _entry(report: ReportView, history: Sequence[Mapping[str, Any]]) -> Entry:
    runs = [run for run in history if text(run.get("name")) == report.name][-_MOST_RUNS:]
    past = tuple(outcome(run.get("outcome")) for run in runs)
    told = (
        f"{when(run.get('started'))} {WORDS[each].lower()}"
        for run, each in zip(runs, past, strict=True)
    )
    return Entry(
        report=report,
        address=f"./{quote(report.name, safe='')}/report.html",
        past=past,
        past_in_words=f"Runs, oldest first: {'; '.join(told)}",
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
