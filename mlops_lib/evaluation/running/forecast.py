"""What a run would take, told before any money is spent."""

import math
from dataclasses import dataclass

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.running.asks import Repeats
from mlops_lib.evaluation.running.judging_part import Judging
from mlops_lib.evaluation.running.target import Target
from mlops_lib.llm.prices import shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Calls, tokens and money at most; None where unknown.

    Attributes:
        calls: asks to make, if none fails.
        cases: that they belong to.
        input_tokens: read at most.
        output_tokens: written at most.
        cost_usd: at most.
    """

    calls: int
    cases: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


def forecast(
    target: Target,
    cases: CaseSet,
    repeats: Repeats,
    *,
    call_usd: float | None = None,
    share: float = 1.0,
) -> Forecast:
    """Add up what every ask takes at most.

    Args:
        target: that would be asked.
        cases: that it would be asked.
        repeats: how often.
        call_usd: the most that one call costs, where the target cannot tell.
        share: of the price that is paid; a batch costs less.
    """
    found = [target.estimate(ask) for ask in repeats.asks(cases)]
    return Forecast(
        calls=len(found),
        cases=len(cases.cases),
        input_tokens=_sum([each.input_tokens for each in found]),
        output_tokens=_sum([each.output_tokens for each in found]),
        cost_usd=shared(_money([each.cost_usd for each in found], call_usd), share),
    )


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _money(costs: list[float | None], call_usd: float | None) -> float | None:
    known = [call_usd if cost is None else cost for cost in costs]
    told = [cost for cost in known if cost is not None]
    return math.fsum(told) if len(told) == len(known) else None


def forecast_judging(
    judging: Judging, *, call_usd: float | None = None, share: float = 1.0
) -> Forecast:
    """Calls, tokens and money at most, the known answers included.

    Args:
        judging: what would be judged; no model is called.
        call_usd: the most that one call costs, where the price is not known.
        share: of the price that is paid; a batch costs less, but the known answers are asked at
            once.

    Raises:
        InputError: as judging itself would.
    """
    judging.check()
    known = judging.known()
    calls = [each for each in judging.questions() if each.needs_call]
    usages = [judging.grading.request(each).usage for each in (*known, *calls)]
    costs = [judging.prices.cost(judging.model.id, usage) for usage in usages]
    first = _money(costs[: len(known)], call_usd)
    rest = shared(_money(costs[len(known) :], call_usd), share)
    return Forecast(
        calls=len(usages),
        cases=len(judging.cases.cases),
        input_tokens=sum(usage.input for usage in usages),
        output_tokens=sum(usage.output for usage in usages),
        cost_usd=None if first is None or rest is None else first + rest,
    )
