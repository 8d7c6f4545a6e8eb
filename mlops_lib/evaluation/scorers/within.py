"""Within a limit: answers that are fast enough, and cheap enough, one by one."""

from typing import Annotated

from pydantic import Field

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class LatencyOptions(Options):
    """The limit.

    Attributes:
        limit_ms: the longest time until the answer is complete.
    """

    limit_ms: Positive


class CostOptions(Options):
    """The limit.

    Attributes:
        limit_usd: the highest price of one answer.
    """

    limit_usd: Positive


def latency_limit(name: str, options: LatencyOptions) -> Scorer:
    """1 when the answer came within the limit, else 0; the share of such answers is judged."""

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case, evidence
        if answer.latency_ms is None:
            return Score.unscored("the run does not record the latency")
        fits = answer.latency_ms <= options.limit_ms
        return Score(value=float(fits), explanation=f"{answer.latency_ms:,.0f} ms")

    return Scorer(name=name, meaning=f"answers within {options.limit_ms:,.0f} ms", score=score)


def cost_limit(name: str, options: CostOptions) -> Scorer:
    """1 when the answer cost no more than the limit, else 0; an unknown price is unscored."""

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case, evidence
        if answer.cost_usd is None:
            return Score.unscored("the run does not record the cost, or the price is unknown")
        fits = answer.cost_usd <= options.limit_usd
        return Score(value=float(fits), explanation=f"${answer.cost_usd:.6f}")

    return Scorer(name=name, meaning=f"answers for at most ${options.limit_usd:g}", score=score)


LATENCY_LIMIT = Factory(name="latency_limit", options=LatencyOptions, make=latency_limit)
COST_LIMIT = Factory(name="cost_limit", options=CostOptions, make=cost_limit)
