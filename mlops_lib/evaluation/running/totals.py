"""What a run took: answers, tokens, money and time; what is unknown is left out, never 0."""

from collections.abc import Sequence

import numpy as np

from mlops_lib.evaluation.scoring import ScoredRun


def totals(scored: ScoredRun) -> dict[str, float]:
    """Counts and sums of a run.

    Args:
        scored: the run; its judges' cost is counted apart.
    """
    answers = scored.run.answers
    given = [answer for answer in answers if answer.error is None]
    unasked = sum(answer.is_unasked for answer in answers)
    grades = [g for judged in scored.judgements for g in (*judged.sentinels, *judged.items)]
    # Grades without tokens were no calls: the rubric does not ask about their case.
    paid = [grade.cost_usd for grade in grades if grade.input_tokens is not None]
    latencies = [answer.latency_ms for answer in given if answer.latency_ms is not None]
    sums = {
        "total.cost_usd": _sum([answer.cost_usd for answer in given]),
        "total.input_tokens": _sum([answer.input_tokens for answer in given]),
        "total.output_tokens": _sum([answer.output_tokens for answer in given]),
        "total.judge_cost_usd": _sum(paid),
    }
    return {
        "total.answers": float(len(answers) - unasked),
        "total.errors": float(len(answers) - unasked - len(given)),
        "total.not_asked": float(unasked),
        **{name: value for name, value in sums.items() if value is not None},
        **_latencies(latencies),
    }


def _sum(parts: Sequence[float | None]) -> float | None:
    """The sum; None where a part is unknown, or where there is none."""
    known = [float(part) for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def _latencies(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    median, high = np.percentile(values, [50, 95])
    return {"latency_ms.median": float(median), "latency_ms.p95": float(high)}
