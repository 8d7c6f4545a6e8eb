"""The verdict of the analysis in a stakeholder's words, generated from the numbers."""

import math
from collections.abc import Sequence

from mlops_lib.topics.checks import Policy, growing_gaps
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.windows import WindowDifference
from mlops_lib.verdict import Check, Metric, Outcome, Source, Verdict, worst


def conclude(
    checks: Sequence[Check],
    gaps: Sequence[Gap],
    badly_served: WindowDifference,
    *,
    top: int,
    policy: Policy,
    sources: Sequence[Source],
) -> Verdict:
    """Join the checks to a verdict that says what they mean and what to write next.

    Args:
        checks: weightiest first.
        gaps: all gaps in order of their number.
        badly_served: share of badly served requests, current against reference.
        top: how many gaps the reader asked for.
        policy: the limits behind the checks.
        sources: fingerprints of the input.
    """
    outcome = worst(check.outcome for check in checks)
    growing = growing_gaps(gaps, policy)
    return Verdict(
        subject="topics",
        checks=checks,
        meaning=_meaning(outcome, badly_served, gaps[:top], growing),
        advice=_advice(outcome, gaps[:top], growing),
        metrics=_metrics(badly_served, gaps[:top], len(growing)),
        sources=sources,
    )


def traffic_share(gaps: Sequence[Gap]) -> float:
    """Share of the current traffic in these gaps; 0 without any.

    A lower bound of what users ask about: questions that are worded too differently, or that
    retrieval scores high by accident, belong to no gap.
    """
    return math.fsum(gap.traffic.current for gap in gaps)


def _meaning(
    outcome: Outcome,
    badly_served: WindowDifference,
    top: Sequence[Gap],
    growing: Sequence[Gap],
) -> str:
    if math.isnan(badly_served.estimate):
        return "The log does not reach back far enough to compare the last days with those before."
    text = (
        f"{_percent(badly_served.current)} of the requests of the last days were served badly, "
        f"{_percent(badly_served.reference)} before"
    )
    if not top:
        return f"{text}; they form no topic that enough users share."
    text = f"{text}; {_count(len(top), 'topic')} that the corpus does not cover "
    text += (
        f"{'makes' if len(top) == 1 else 'make'} up at least {_percent(traffic_share(top))} of the "
    )
    text += f"traffic, and {_count(len(growing), 'gap')} {'is' if len(growing) == 1 else 'are'} "
    text += "growing."
    return text if outcome is not Outcome.UNDECIDED else f"{text} The data cannot yet decide more."


def _advice(outcome: Outcome, top: Sequence[Gap], growing: Sequence[Gap]) -> str:
    chosen = [gap for gap in top if gap in growing] or list(top)
    named = "; ".join(f"gap {gap.number} ({gap.label.text})" for gap in chosen)
    if not chosen:
        if outcome is Outcome.PASS:
            return "Nothing to write; look again next week."
        return "Read the badly served queries by hand, or come back with more traffic."
    if outcome is Outcome.PASS:
        return f"Nothing has become worse; the next pages worth writing are {named}."
    return f"Write pages for {named}, then score these questions against an index that has them."


def _metrics(
    badly_served: WindowDifference, top: Sequence[Gap], growing: int
) -> tuple[Metric, ...]:
    return (
        Metric(
            name="badly served now",
            value=badly_served.current,
            unit="share",
            note=f"{badly_served.n_current:,} requests",
        ),
        Metric(
            name="badly served before",
            value=badly_served.reference,
            unit="share",
            note=f"{badly_served.n_reference:,} requests",
        ),
        Metric(
            name="traffic in the largest gaps",
            value=traffic_share(top),
            unit="share",
            note=f"{_count(len(top), 'gap')}",
        ),
        Metric(name="growing gaps", value=float(growing), unit="count"),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
