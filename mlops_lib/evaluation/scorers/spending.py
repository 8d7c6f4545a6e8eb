"""Latency and cost of an answer, as the run recorded them."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer


def latency(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """Milliseconds until the answer was complete."""
    del case, evidence
    if answer.latency_ms is None:
        return Score.unscored("the run does not record the latency")
    return Score(value=answer.latency_ms, explanation=f"{answer.latency_ms:,.0f} ms")


def cost(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """US dollars for a thousand such answers; an unknown price is unscored, never 0."""
    del case, evidence
    if answer.cost_usd is None:
        return Score.unscored("the run does not record the cost, or the price is unknown")
    return Score(value=1000 * answer.cost_usd, explanation=f"${answer.cost_usd:.6f} per answer")


LATENCY = Scorer(
    name="latency", meaning="time until the answer is there", score=latency, unit="ms", good="low"
)
COST = Scorer(
    name="cost", meaning="price of a thousand answers", score=cost, unit="usd", good="low"
)
