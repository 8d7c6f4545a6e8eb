"""What the choice means and what to do, in one plain sentence each."""

from collections.abc import Sequence

from mlops_lib.evaluation.variants.compared import Compared
from mlops_lib.evaluation.wording import topic
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Outcome, worst


def meaning(result: Compared) -> str:
    """What the data say about the versions."""
    choice = result.choice
    barred = [name for name, reasons in result.barred.items() if reasons]
    out = f"; {', '.join(barred)} must not be used" if barred and choice.why != "none" else ""
    if choice.why == "none":
        return "No version may be used: each breaks a limit."
    best = choice.equals[0]
    if choice.why == "only":
        return f"{best} is the only version that breaks no limit{out}."
    if choice.why == "winner":
        gain = format_quantity(choice.gain, "points")
        ahead = f"{best} answers best: {gain} ahead of {choice.rival}, the nearest"
        return f"{ahead}{_but(result.losses)}{out}."
    if choice.why == "equals":
        return f"{', '.join(choice.equals)} answer equally well{out}."
    return f"These cases cannot tell which of {', '.join(choice.equals)} answers best{out}."


def advice(result: Compared, checks: Sequence[Check]) -> str:
    """What to do next."""
    choice = result.choice
    if worst(check.outcome for check in checks) is Outcome.UNDECIDED:
        more = f" (about {choice.needed:,} cases would tell)" if choice.needed else ""
        kept = f"Keep {choice.use}" if choice.use == result.in_use else f"Prefer {choice.use}"
        return f"{kept} until more cases have been asked{more}."
    if choice.why == "none":
        return "Use none of them; start with the limits that are broken, below."
    if choice.use == result.in_use:
        return f"Keep {choice.use}, the version in use."
    cheap = ", the cheapest of the equals" if choice.why == "equals" else ""
    if result.losses:
        return f"Look at what {choice.use}{cheap} loses before you use it."
    return f"Use {choice.use}{cheap}, and make its run the next baseline."


def _but(losses: Sequence[Check]) -> str:
    """What is lost for it, with the numbers."""
    told = [f"{topic(each)} ({format_quantity(each.estimate, each.unit)})" for each in losses]
    return f"; but it loses {' and '.join(told)}" if told else ""
