"""What an outcome means and what to do, in one plain sentence each, from the numbers."""

from collections.abc import Iterable, Sequence

from mlops_lib.evaluation.checks import CHANGE
from mlops_lib.evaluation.counting import counted
from mlops_lib.evaluation.differences import PairedMetric
from mlops_lib.evaluation.floors import CRITICAL, LEVEL
from mlops_lib.evaluation.measured import MEASURED
from mlops_lib.evaluation.unchanged import PASS_OR_FAIL, STAND_IN
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Outcome, worst

_NAMED = 3


def meaning(checks: Sequence[Check], better: Sequence[PairedMetric], cases: int) -> str:
    """What the outcome says about replacing the baseline.

    Args:
        checks: of the gate.
        better: shares that got better by more than chance explains.
        cases: how many were asked.
    """
    outcome = worst(check.outcome for check in checks)
    deciding = [check for check in checks if check.outcome is outcome]
    asked = counted(cases, "case")
    if outcome is Outcome.FAIL:
        told = f"The candidate must not replace the baseline: {_listed(map(_finding, deciding))}"
    elif outcome is Outcome.UNDECIDED:
        topics = _listed(map(topic, deciding))
        these = "This case" if cases == 1 else f"These {cases:,} cases"
        told = f"{these} cannot tell whether the candidate holds up on {topics}"
    elif outcome is Outcome.WARN:
        told = f"On {asked} nothing that blocks got worse, but {_warned(deciding)}"
    else:
        told = f"On {asked} the candidate loses nowhere more than we accept"
    return f"{told}{_better(better)}."


def advice(checks: Sequence[Check]) -> str:
    """What to do next."""
    outcome = worst(check.outcome for check in checks)
    deciding = [check for check in checks if check.outcome is outcome]
    if outcome is Outcome.FAIL:
        return "Do not merge; start with the cases that got worse, below."
    if outcome is Outcome.PASS:
        return "Merge, and make the candidate's run the next baseline."
    if outcome is Outcome.WARN:
        told = _listed(map(_cases_so_far, _most_needed(deciding)))
        more = f"; to settle it add cases: {told}" if told else ""
        return f"It may be merged after a look at the warnings{more}."
    return _to_decide(deciding)


def _to_decide(deciding: Sequence[Check]) -> str:
    """What would turn UNDECIDED into an answer."""
    if any(check.name == "coverage" for check in deciding):
        return "Run the answers that are missing, then compare again."
    unmeasured = [topic(check) for check in deciding if check.name.startswith(MEASURED)]
    if unmeasured:
        return f"Measure {_listed(unmeasured)} on both sides, then compare again."
    told = _listed(map(_cases_so_far, _most_needed(deciding)))
    if told:
        return f"Add cases or repeats, then compare again: {told}."
    return "Add cases or repeats, or repair what could not be scored, then compare again."


def topic(check: Check) -> str:
    """What a check is about: the metric, the critical cases, or its own name."""
    if check.name == CRITICAL:
        return "critical cases"
    return check.name.removeprefix(CHANGE).removeprefix(LEVEL).removeprefix(MEASURED)


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
    return "".join(shown) if len(shown) <= 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _warned(deciding: Sequence[Check]) -> str:
    """What a warning is about: too few cases to show what is asked, or a look that it needs."""
    few = [check for check in deciding if _kind(check)]
    others = [check for check in deciding if not _kind(check)]
    told = [
        *([f"for {_listed(map(topic, few))} there are too few cases to show it"] if few else []),
        *([f"look at {_listed(_looked_at(others))}"] if others else []),
    ]
    return "; and ".join(told)


def _looked_at(checks: Sequence[Check]) -> Iterable[str]:
    """Each topic once, with the loss where it is shown, so that a large one is not overlooked."""
    found = dict.fromkeys(map(topic, checks), "")
    for check in checks:
        if check.name.startswith(CHANGE) and check.interval.excludes(0):
            change = format_quantity(check.estimate, check.unit)
            found[topic(check)] = f" ({change})" if change[0] in "+-" else f" (+{change})"
    return (f"{name}{loss}" for name, loss in found.items())


def _most_needed(checks: Sequence[Check]) -> list[Check]:
    """For each topic the check that needs most cases: they serve the others too."""
    needy = sorted((check for check in checks if check.needed), key=lambda c: c.needed or 0)
    most = {topic(check): check for check in needy}
    return [check for check in checks if most.get(topic(check)) is check]


def _kind(check: Check) -> str:
    """Which cases are too few, where no case fails or none differs; empty elsewhere."""
    if not check.needed:
        return ""
    if check.name.startswith(LEVEL) and check.estimate == 1:
        return "clean"
    same = check.estimate == 0 and check.method in {PASS_OR_FAIL, STAND_IN}
    return "unchanged" if same else ""


def _cases_so_far(check: Check) -> str:
    """Example: `safety: 12 of the 299 clean cases that would show it`."""
    kind = _kind(check)
    if kind:
        return (
            f"{topic(check)}: {check.n:,} of the {check.needed:,} {kind} cases that would show it"
        )
    return f"{topic(check)}: {check.n:,} of about {check.needed:,} cases that would decide"


def _better(metrics: Sequence[PairedMetric]) -> str:
    gains = [f"{metric.name} ({format_quantity(metric.estimate, 'points')})" for metric in metrics]
    return f"; it is better on {', '.join(gains)}" if gains else ""
