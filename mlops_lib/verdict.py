"""The waist of the house: every question ends in a verdict, every report and act starts from one.

A check compares one estimate with one limit and keeps its evidence. A verdict is the checks of one
subject and their worst outcome. UNDECIDED is an answer, and never counts as a pass.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from mlops_lib.quantities import format_quantity
from mlops_lib.stats import CONFIDENCE, Interval

SCHEMA_VERSION = 1
"""Version of the JSON form; it grows when a reader of the old form would be misled."""

Good = Literal["high", "low"]
"""Which side of its limit an estimate should lie on."""


class Outcome(StrEnum):
    """Answer of a check; UNDECIDED means the data cannot tell, and never counts as a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNDECIDED = "undecided"


_WORST_FIRST = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.WARN, Outcome.PASS)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Any FAIL fails; else any UNDECIDED is undecided; else any WARN warns; else PASS.

    Raises:
        ValueError: if there are no outcomes; nothing passes on no evidence.

    Example:
        >>> worst([Outcome.PASS, Outcome.UNDECIDED, Outcome.WARN])
        <Outcome.UNDECIDED: 'undecided'>
    """
    present = set(outcomes)
    if not present:
        message = "a verdict needs at least one check"
        raise ValueError(message)
    return next(outcome for outcome in _WORST_FIRST if outcome in present)


def at_least(limit: float, interval: Interval) -> Outcome:
    """Read an interval against a lower limit; an unknown bound is undecided.

    Example:
        >>> at_least(0.8, Interval(0.82, 0.91))
        <Outcome.PASS: 'pass'>
        >>> at_least(0.8, Interval(0.78, 0.91))
        <Outcome.UNDECIDED: 'undecided'>
    """
    if interval.low >= limit:
        return Outcome.PASS
    if interval.high < limit:
        return Outcome.FAIL
    return Outcome.UNDECIDED


def at_most(limit: float, interval: Interval) -> Outcome:
    """Read an interval against an upper limit; an unknown bound is undecided.

    Example:
        >>> at_most(0.25, Interval(0.31, 0.35))
        <Outcome.FAIL: 'fail'>
    """
    if interval.high <= limit:
        return Outcome.PASS
    if interval.low > limit:
        return Outcome.FAIL
    return Outcome.UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One measured question: the estimate, the limit it must meet, and the answer.

    Attributes:
        name: what was measured, in words; unique within a verdict.
        estimate: the number; NaN where the data give none.
        interval: its interval at the confidence that `method` names.
        limit: the number that the check compares with; None for a check without one.
        good: the side of the limit on which the estimate should lie.
        unit: "share" (shown as a percentage), "points" (a difference of shares), "ms", "s",
            "usd", "count", or "" for a plain number.
        n: how many observations stand behind the estimate.
        method: how estimate and interval were found.
        outcome: the answer.
        explanation: one sentence that says why.
        pvalue: of the test, adjusted where several were made; None without a test.
        needed: how many observations would decide, where that is known and the answer is open.
        confidence: of the interval.
    """

    name: str
    estimate: float
    interval: Interval
    limit: float | None
    n: int
    method: str
    outcome: Outcome
    explanation: str
    good: Good = "high"
    unit: str = ""
    pvalue: float | None = None
    needed: int | None = None
    confidence: float = CONFIDENCE

    @property
    def is_broken(self) -> bool:
        """Whether the whole interval lies on the bad side of the limit."""
        if self.limit is None:
            return False
        read = at_least if self.good == "high" else at_most
        return read(self.limit, self.interval) is Outcome.FAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A headline number of a report: shown as a tile, logged to the tracker."""

    name: str
    value: float
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Fingerprint of one input: where it was read, how many rows, and the hash of its bytes."""

    path: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The checks of one subject with what they mean and what to do.

    Attributes:
        subject: the question's own word: "evaluation", "drift" and so on.
        checks: at least one; names unique.
        meaning: one sentence for a stakeholder: what the outcome means here.
        advice: one sentence: what to do next.
        metrics: headline numbers.
        sources: fingerprints of everything that was read.

    Raises:
        ValueError: without checks, or with two checks of one name.
    """

    subject: str
    checks: Sequence[Check]
    meaning: str
    advice: str
    metrics: Sequence[Metric] = field(default=())
    sources: Sequence[Source] = field(default=())

    def __post_init__(self) -> None:
        """Refuse to judge nothing."""
        names = [check.name for check in self.checks]
        if not names:
            message = f"no checks, no verdict: {self.subject}"
            raise ValueError(message)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            message = f"check names must be unique: {', '.join(twice)}"
            raise ValueError(message)

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of the checks."""
        return worst(check.outcome for check in self.checks)

    @property
    def deciding(self) -> Check:
        """The first check that has the verdict's outcome; analyses put the weightiest first.

        Among warnings one that broke its limit comes before one that the data leave open.
        """
        alike = [check for check in self.checks if check.outcome is self.outcome]
        if self.outcome is Outcome.WARN:
            return next((check for check in alike if check.is_broken), alike[0])
        return alike[0]

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, with number, limit, interval and n."""
        return describe(self.deciding)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without provenance: NaN and infinity become null."""
        return {
            "subject": self.subject,
            "outcome": str(self.outcome),
            "sentence": self.sentence,
            "meaning": self.meaning,
            "advice": self.advice,
            "checks": [_check_dict(check) for check in self.checks],
            "metrics": [
                {
                    "name": metric.name,
                    "value": _number(metric.value),
                    "unit": metric.unit,
                    "note": metric.note,
                }
                for metric in self.metrics
            ],
            "sources": [
                {"path": source.path, "rows": source.rows, "sha256": source.sha256}
                for source in self.sources
            ],
        }

    def _repr_html_(self) -> str:
        """Shown in Jupyter; the report replaces it by its own rendering."""
        from html import escape

        rows = "".join(
            f"<tr><th scope='row'>{escape(check.name)}</th>"
            f"<td>{escape(format_quantity(check.estimate, check.unit))}</td>"
            f"<td>{escape(check.outcome.upper())}</td><td>{escape(check.explanation)}</td></tr>"
            for check in self.checks
        )
        return (
            f"<p><strong>{escape(self.outcome.upper())}</strong> {escape(self.sentence)} "
            f"{escape(self.meaning)} {escape(self.advice)}</p>"
            "<table><thead><tr><th>Check</th><th>Estimate</th><th>Outcome</th><th>Why</th></tr>"
            f"</thead><tbody>{rows}</tbody></table>"
        )


def describe(check: Check) -> str:
    """One sentence: the estimate, its interval, n, and the limit.

    Example:
        >>> describe(
        ...     Check(
        ...         name="faithfulness",
        ...         estimate=0.91,
        ...         interval=Interval(0.88, 0.94),
        ...         limit=0.85,
        ...         n=160,
        ...         method="Wilson",
        ...         outcome=Outcome.PASS,
        ...         explanation="",
        ...         unit="share",
        ...     )
        ... )
        'faithfulness is 91.0 % (95 % interval 88.0 % to 94.0 %, n = 160); limit: at least 85.0 %.'
    """
    estimate = format_quantity(check.estimate, check.unit)
    evidence = [f"n = {check.n:,}"]
    if check.interval.is_known:
        low, high = (format_quantity(bound, check.unit) for bound in check.interval)
        evidence.insert(0, f"{100 * check.confidence:.4g} % interval {low} to {high}")
    text = f"{check.name} is {estimate} ({', '.join(evidence)})"
    if check.limit is None:
        return f"{text}."
    side = "at least" if check.good == "high" else "at most"
    return f"{text}; limit: {side} {format_quantity(check.limit, check.unit)}."


def _check_dict(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "outcome": str(check.outcome),
        "estimate": _number(check.estimate),
        "interval": [_number(bound) for bound in check.interval],
        "confidence": check.confidence,
        "limit": _number(check.limit),
        "good": check.good,
        "unit": check.unit,
        "n": check.n,
        "pvalue": _number(check.pvalue),
        "needed": check.needed,
        "method": check.method,
        "explanation": check.explanation,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
