"""What an outcome means and what to do, in one plain sentence each, from the numbers."""

from collections.abc import Iterable, Sequence

from mlops_lib.evaluation.checks import CHANGE
from mlops_lib.evaluation.differences import PairedMetric
from mlops_lib.evaluation.floors import CRITICAL, LEVEL
from mlops_lib.verdict import Check, Outcome, format_quantity, worst

_NAMED = 3


def meaning(checks: Sequence[Check], metrics: Sequence[PairedMetric], cases: int) -> str:
    """What the outcome says about replacing the baseline.

    Args:
        checks: of the gate.
        metrics: the paired estimates, to name what got better.
        cases: how many were asked.
    """
    outcome = worst(check.outcome for check in checks)
    deciding = [check for check in checks if check.outcome is outcome]
    if outcome is Outcome.FAIL:
        told = f"The candidate must not replace the baseline: {_listed(map(_finding, deciding))}"
    elif outcome is Outcome.UNDECIDED:
        topics = _listed(map(topic, deciding))
        told = f"These {cases} cases cannot tell whether the candidate holds up on {topics}"
    elif outcome is Outcome.WARN:
        topics = _listed(map(topic, deciding))
        told = f"On {cases} cases nothing that blocks got worse, but look at {topics}"
    else:
        told = f"On {cases} cases the candidate loses nowhere more than we accept"
    return f"{told}{_better(metrics)}."


def advice(checks: Sequence[Check]) -> str:
    """What to do next."""
    outcome = worst(check.outcome for check in checks)
    deciding = [check for check in checks if check.outcome is outcome]
    if outcome is Outcome.FAIL:
        return "Do not merge; start with the cases that got worse, below."
    if outcome is Outcome.PASS:
        return "Merge, and make the candidate's run the next baseline."
    needed = max((check.needed or 0 for check in deciding), default=0)
    if outcome is Outcome.WARN:
        more = f"; add cases up to {needed:,} to settle it" if needed else ""
        return f"It may be merged after a look at the warnings{more}."
    if any(check.name == "coverage" for check in deciding):
        return "Run the answers that are missing, then compare again."
    if needed:
        return f"Add cases (about {needed:,} would decide) or repeats, then compare again."
    return "Add cases or repeats, or repair what could not be scored, then compare again."


def topic(check: Check) -> str:
    """What a check is about: the metric, the critical cases, or its own name."""
    if check.name == CRITICAL:
        return "critical cases"
    return check.name.removeprefix(CHANGE).removeprefix(LEVEL)


def _finding(check: Check) -> str:
    estimate = format_quantity(check.estimate, check.unit)
    if check.name.startswith(CHANGE):
        return f"{topic(check)} changed by {estimate}"
    if check.name.startswith(LEVEL):
        return f"{topic(check)} is {estimate}"
    return f"{check.name}: {estimate}"


def _listed(parts: Iterable[str]) -> str:
    """Up to three different parts, joined as in a sentence."""
    found = list(dict.fromkeys(parts))
    rest = len(found) - _NAMED
    shown = [*found[:_NAMED], *([f"{rest} more"] if rest > 0 else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _better(metrics: Sequence[PairedMetric]) -> str:
    gains = [
        f"{metric.name} ({format_quantity(metric.estimate, 'points')})"
        for metric in metrics
        if metric.unit == "share" and metric.interval.low > 0
    ]
    return f"; it is better on {', '.join(gains)}" if gains else ""
