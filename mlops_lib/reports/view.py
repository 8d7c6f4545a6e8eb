"""A record as the pages show it: every string cleaned, every number a number, nothing missing."""

import re
from dataclasses import dataclass, replace

from mlops_lib.quantities import format_quantity

WORST_FIRST = ("incomplete", "none", "fail", "undecided", "warn", "pass")
"""Outcomes that a page can show; "none" is a notebook that published no verdict."""

WORDS = {outcome: outcome.upper() for outcome in WORST_FIRST} | {"none": "NO VERDICT"}

_TIED = re.compile(
    r"(?<=\d) (?=(?:%|points?\b|ms\b|s\b))|(?<=\b[np]) (?=[=<] \d)|(?<=\b[np] [=<]) (?=\d)"
)
"""Spaces at which no line may break: before a unit, and within "n = 12" or "p < 0.001"."""


def tie(text: str) -> str:
    r"""A text in which no line breaks between a number and its unit.

    Example:
        >>> tie("7.9 % (n = 12)").split(" ")
        ['7.9\xa0%', '(n\xa0=\xa012)']
    """
    return _TIED.sub("\N{NO-BREAK SPACE}", text)


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
        return tie(format_quantity(self.estimate, self.unit))

    @property
    def interval_text(self) -> str:
        """Both bounds, or nothing where one is unknown."""
        if self.low is None or self.high is None:
            return ""
        low, high = (format_quantity(bound, self.unit) for bound in (self.low, self.high))
        return tie(f"{low} to {high}")

    @property
    def side(self) -> str:
        """How the estimate should lie to its limit."""
        return "at least" if self.good == "high" else "at most"

    @property
    def limit_text(self) -> str:
        """The limit with its side, or nothing without one."""
        return f"{self.side} {self.limit_value}" if self.limit_value else ""

    @property
    def limit_value(self) -> str:
        """The limit alone, or nothing without one."""
        return "" if self.limit is None else tie(format_quantity(self.limit, self.unit))

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
        """The check that the sentence tells of: a warning's is not always the first."""
        alike = [check for check in self.checks if check.outcome == self.outcome]
        told = (each for each in alike if self.sentence.startswith(tie(f"{each.name} is ")))
        return next(told, alike[0] if alike else None)

    @property
    def answer(self) -> str:
        """What comes first: what the outcome means, or the sentence where nobody said it."""
        return self.meaning or self.sentence

    @property
    def evidence(self) -> str:
        """What stands behind the answer: estimate, interval, n and limit."""
        return self.sentence if self.meaning else ""

    def tied(self) -> "ReportView":
        """The same report; its sentences break at no unit. An error's text stays as it is."""
        if self.error:
            return self
        return replace(
            self,
            sentence=tie(self.sentence),
            meaning=tie(self.meaning),
            advice=tie(self.advice),
            checks=tuple(
                replace(check, explanation=tie(check.explanation)) for check in self.checks
            ),
            metrics=tuple(
                replace(tile, value=tie(tile.value), note=tie(tile.note)) for tile in self.metrics
            ),
        )


def _pvalue_text(pvalue: float) -> str:
    smallest = 0.001
    value = f"< {smallest}" if pvalue < smallest else f"= {pvalue:.3f}"
    return f"p {value}".replace(" ", "\N{NO-BREAK SPACE}")
