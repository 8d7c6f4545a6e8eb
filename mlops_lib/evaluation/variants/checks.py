"""The choice and its conditions as checks."""

import math
from dataclasses import replace

from mlops_lib.evaluation.checks import MOST_CASES
from mlops_lib.evaluation.variants.compared import Compared
from mlops_lib.quantities import format_quantity
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.verdict import Check, Outcome


def all_checks(result: Compared) -> tuple[Check, ...]:
    """The choice first, then what it costs, how many versions may be used, and the coverage.

    Args:
        result: the versions with their pairs.
    """
    lead = _lead(result)
    use, before = result.choice.use, result.in_use
    losses = [replace(each, name=f"{each.name} from {before} to {use}") for each in result.losses]
    return (*([lead] if lead else []), *losses, _allowed(result), _coverage(result))


def _lead(result: Compared) -> Check | None:
    choice, decision = result.choice, result.settings.gate
    if not choice.rival:
        return None
    best, n = choice.equals[0], result.pairs[0].difference.n
    margin = result.settings.metrics[result.primary].margin
    equals = choice.why == "equals"
    few = n < decision.minimum_cases
    needed = choice.needed if choice.needed and choice.needed <= MOST_CASES else None
    return Check(
        name=f"lead of {best} over {choice.rival} in {result.primary}",
        estimate=choice.gain,
        interval=choice.interval,
        limit=margin if equals else 0.0,
        n=n,
        method=f"{result.pairs[0].difference.method}; all {len(result.pairs)} pairs adjusted",
        outcome=Outcome.UNDECIDED if few else choice.outcome,
        explanation=_explained(result, few=few, needed=needed),
        good="low" if equals else "high",
        unit="points",
        pvalue=choice.pvalue,
        needed=needed,
        confidence=result.pairs[0].confidence,
    )


def _explained(result: Compared, *, few: bool, needed: int | None) -> str:
    choice, decision = result.choice, result.settings.gate
    margin = format_quantity(result.settings.metrics[result.primary].margin, "points")
    if few:
        return f"Fewer than {decision.minimum_cases} cases cannot tell."
    if choice.why == "winner":
        return "It is better than each other version beyond chance, all pairs counted."
    if choice.why == "equals":
        return f"A difference of {margin.removeprefix('+')} is ruled out: they are equally good."
    more = (
        f"about {needed:,} cases would tell"
        if needed
        else "they are so close that more cases of this kind would not tell"
    )
    return f"{', '.join(choice.equals)} cannot be told apart; {more}."


def _allowed(result: Compared) -> Check:
    barred = [name for name, reasons in result.barred.items() if reasons]
    allowed = len(result.barred) - len(barred)
    if not allowed:
        outcome, told = Outcome.FAIL, "Each version breaks a limit."
    elif result.in_use in barred:
        outcome, told = Outcome.WARN, f"{result.in_use}, which is in use, breaks a limit."
    else:
        outcome = Outcome.PASS
        told = f"Out: {', '.join(barred)}." if barred else "No version breaks a limit."
    return Check(
        name="versions that may be used",
        estimate=float(allowed),
        interval=UNKNOWN,
        limit=1.0,
        n=len(result.cases.cases),
        method="limits, critical cases and blocking metrics of the gate",
        outcome=outcome,
        explanation=told,
        unit="count",
    )


def _coverage(result: Compared) -> Check:
    shares = {name: each.metrics[result.primary].coverage for name, each in result.variants.items()}
    worst = min(shares, key=lambda name: shares[name])
    floor = result.settings.gate.coverage
    enough = shares[worst] >= floor
    return Check(
        name=f"coverage of {result.primary}",
        estimate=shares[worst] if math.isfinite(shares[worst]) else 0.0,
        interval=UNKNOWN,
        limit=floor,
        n=result.variants[worst].metrics[result.primary].expected,
        method="scored answers over answers asked for, of the worst version",
        outcome=Outcome.PASS if enough else Outcome.UNDECIDED,
        explanation=(
            f"Every version has at least {format_quantity(floor, 'share')} of its scores."
            if enough
            else f"Too many answers of {worst} have no score: nothing can be chosen."
        ),
        unit="share",
    )
