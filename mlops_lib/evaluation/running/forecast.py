"""What a run would take, told before any money is spent."""

from dataclasses import dataclass

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.running.asks import Repeats
from mlops_lib.evaluation.running.target import Estimate, Target


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
    target: Target, cases: CaseSet, repeats: Repeats, *, call_usd: float | None = None
) -> Forecast:
    """Add up what every ask takes at most.

    Args:
        target: that would be asked.
        cases: that it would be asked.
        repeats: how often.
        call_usd: the most that one call costs, where the target cannot tell.
    """
    found = [target.estimate(ask) for ask in repeats.asks(cases)]
    return Forecast(
        calls=len(found),
        cases=len(cases.cases),
        input_tokens=_sum([each.input_tokens for each in found]),
        output_tokens=_sum([each.output_tokens for each in found]),
        cost_usd=_money(found, call_usd),
    )


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _money(found: list[Estimate], call_usd: float | None) -> float | None:
    costs = [call_usd if each.cost_usd is None else each.cost_usd for each in found]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
