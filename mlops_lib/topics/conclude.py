"""The verdict of the analysis in a stakeholder's words, generated from the numbers.

Sentence, meaning and tiles share one measure, the share of low scores, and speak of the same gaps:
the growing ones, or the largest where none grows.
"""

import math
from collections.abc import Sequence

from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.reach import Reach
from mlops_lib.topics.scores import LOW_QUANTILE, ScoreDrift
from mlops_lib.topics.windows import WindowDifference
from mlops_lib.verdict import Check, Metric, Outcome, Source, Verdict, worst

MOST_NAMED = 5
"""Gaps that the advice names; more make no sentence, and the table has them all."""


LONGEST_QUESTION = 70
"""Characters of a typical question in a sentence."""


def conclude(  # noqa: PLR0913 - one verdict, by keyword
    checks: Sequence[Check],
    shown: Sequence[Gap],
    growing: Sequence[Gap],
    drift: ScoreDrift,
    *,
    reach: Reach,
    span: str = "",
    sources: Sequence[Source],
) -> Verdict:
    """Join the checks to a verdict that says what they mean and what to write next.

    Args:
        checks: weightiest first.
        shown: the gaps that the report shows, growing ones first.
        growing: those of them that grow.
        drift: retrieval scores, current against reference.
        reach: how many of the badly served requests the topics hold.
        span: where the log ends and how much of it is outside the windows; said where little is
            inside.
        sources: fingerprints of the input.
    """
    if checks[0].needed is not None or math.isnan(drift.low_share.estimate):
        return Verdict(
            subject="topics",
            checks=checks,
            meaning=_too_few(drift.mean, span),
            advice=_more(span),
            metrics=_metrics(drift, (), 0),
            sources=sources,
        )
    outcome = worst(check.outcome for check in checks)
    meant = growing or shown
    return Verdict(
        subject="topics",
        checks=checks,
        meaning=f"{_meaning(outcome, drift, meant, grow=bool(growing))} {reach.rest}".strip(),
        advice=f"{_advice(outcome, meant)} {reach.hint}".strip(),
        metrics=_metrics(drift, meant, len(growing)),
        sources=sources,
    )


def traffic_share(gaps: Sequence[Gap]) -> float:
    """Share of the current traffic in these gaps; 0 without any.

    A lower bound of what users ask about: questions that are worded too differently, or that
    retrieval scores high by accident, belong to no gap.
    """
    return math.fsum(gap.traffic.current for gap in gaps)


def quoted(question: str) -> str:
    """A user's question as a sentence quotes it; untrusted text.

    Example:
        >>> quoted("how do i  merge it?")
        '"how do i merge it?"'
    """
    words = " ".join(question.split())
    return f'"{words[:LONGEST_QUESTION]}{"…" * (len(words) > LONGEST_QUESTION)}"'


def _too_few(mean: WindowDifference, span: str) -> str:
    return (
        f"Too few scores to say what has changed: {mean.n_current:,} in the last days and "
        f"{mean.n_reference:,} in the days before. {span}"
    ).strip()


def _more(span: str) -> str:
    if span:
        return "See whether the time of the last row is right; else widen the windows, or wait."
    return "Come back with more traffic."


def _meaning(outcome: Outcome, drift: ScoreDrift, meant: Sequence[Gap], *, grow: bool) -> str:
    low = drift.low_share
    text = f"{_percent(low.current)} of the questions of the last days find "
    if drift.calibrated:
        poorest = f"{100 * LOW_QUANTILE:.0f} %"
        text += f"a match as poor as the poorest {poorest} of the days before"
    else:
        text += f"no good match, {_percent(low.reference)} before"
    if not meant:
        return f"{text}; no topic that enough users share stands behind it."
    one = len(meant) == 1
    share = f"up at least {_percent(traffic_share(meant))} of the traffic"
    text += f"; {'1 topic' if one else f'{len(meant)} topics'} that the corpus does not cover "
    if grow:
        text += f"{'grows and makes' if one else 'grow and make'} {share}."
    else:
        text += f"{'makes' if one else 'make'} {share} without growing measurably."
    return text if outcome is not Outcome.UNDECIDED else f"{text} The data cannot yet decide more."


def _advice(outcome: Outcome, meant: Sequence[Gap]) -> str:
    if not meant:
        if outcome is Outcome.PASS:
            return "Nothing to write; look again next week."
        return "Read the badly served queries by hand, or come back with more traffic."
    named = "; ".join(f"gap {gap.number} ({_said(gap)})" for gap in meant[:MOST_NAMED])
    if len(meant) > MOST_NAMED:
        named += f" and {len(meant) - MOST_NAMED} more"
    if outcome is Outcome.PASS:
        return f"Nothing has become worse; the next pages worth writing are {named}."
    return f"Write pages for {named}, then score these questions against an index that has them."


def _said(gap: Gap) -> str:
    """What a writer understands at once: a model's name for the topic, or its typical question."""
    return gap.label.phrased or quoted(gap.label.medoid)


def _metrics(drift: ScoreDrift, meant: Sequence[Gap], growing: int) -> tuple[Metric, ...]:
    low = drift.low_share
    means = "what low means here: the lowest of " if drift.calibrated else "of "
    return (
        Metric(
            name="low scores now",
            value=low.current,
            unit="share",
            note=f"of {low.n_current:,} questions",
        ),
        Metric(
            name="low scores before",
            value=low.reference,
            unit="share",
            note=f"{means}{low.n_reference:,} questions",
        ),
        Metric(
            name="traffic in growing gaps" if growing else "traffic in the largest gaps",
            value=traffic_share(meant),
            unit="share",
            note=f"{len(meant)} {'gap' if len(meant) == 1 else 'gaps'}",
        ),
        Metric(name="growing gaps", value=float(growing), unit="count"),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
