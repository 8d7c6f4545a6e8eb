"""A record as the pages show it: every string cleaned, every number a number, nothing missing."""

from dataclasses import dataclass

from mlops_lib.verdict import format_quantity

WORST_FIRST = ("incomplete", "none", "fail", "undecided", "warn", "pass")
"""Outcomes that a page can show; "none" is a notebook that published no verdict."""

WORDS = {outcome: outcome.upper() for outcome in WORST_FIRST} | {"none": "NO VERDICT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One check; None is an unknown number."""

    name: str
    outcome: str
    estimate: float | None
    low: float | None
    high: float | None
    limit: float | None
    good: str
    unit: str
    n: int | None
    pvalue: float | None
    needed: int | None
    method: str
    explanation: str

    @property
    def estimate_text(self) -> str:
        """The estimate as people read it."""
        return format_quantity(self.estimate, self.unit)

    @property
    def interval_text(self) -> str:
        """Both bounds, or nothing where one is unknown."""
        if self.low is None or self.high is None:
            return ""
        return f"{format_quantity(self.low, self.unit)} to {format_quantity(self.high, self.unit)}"

    @property
    def side(self) -> str:
        """How the estimate should lie to its limit."""
        return "at least" if self.good == "high" else "at most"

    @property
    def limit_text(self) -> str:
        """The limit with its side, or nothing without one."""
        return "" if self.limit is None else f"{self.side} {format_quantity(self.limit, self.unit)}"

    @property
    def n_text(self) -> str:
        """How many observations, with thousands apart."""
        return "unknown" if self.n is None else f"{self.n:,}"

    @property
    def evidence(self) -> str:
        """Method, p-value and what would decide, in one line."""
        parts = [
            self.method,
            "" if self.pvalue is None else _pvalue_text(self.pvalue),
            "" if self.needed is None else f"about {self.needed:,} observations would decide",
        ]
        return " · ".join(part for part in parts if part)

    @property
    def in_words(self) -> str:
        """Estimate, interval and limit: what the drawing shows, for those who cannot see it."""
        parts = [f"estimate {self.estimate_text}"]
        if self.interval_text:
            parts.append(f"interval {self.interval_text}")
        if self.limit_text:
            parts.append(f"limit {self.limit_text}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A headline number as text."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """Fingerprint of one input as text."""

    path: str
    rows: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """Why a run gave no verdict."""

    kind: str
    message: str
    cell: int | None
    source: str
    traceback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One report: the verdict, its evidence and where it comes from."""

    name: str
    title: str
    outcome: str
    sentence: str
    meaning: str
    advice: str
    checks: tuple[CheckView, ...]
    metrics: tuple[Tile, ...]
    sources: tuple[SourceView, ...]
    error: ErrorView | None
    parameters: tuple[tuple[str, str], ...]
    provenance: tuple[tuple[str, str], ...]
    command: str
    started: str
    seconds: float | None

    @property
    def word(self) -> str:
        """The outcome as it is written."""
        return WORDS[self.outcome]

    @property
    def deciding(self) -> CheckView | None:
        """The first check that has the report's outcome."""
        return next((check for check in self.checks if check.outcome == self.outcome), None)


def _pvalue_text(pvalue: float) -> str:
    smallest = 0.001
    value = f"< {smallest}" if pvalue < smallest else f"= {pvalue:.3f}"
    return f"p {value}".replace(" ", "\N{NO-BREAK SPACE}")
