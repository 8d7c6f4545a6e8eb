"""Findings in words: the verdict with what it means and what to do."""

import math

from mlops_lib.experiments.checks import difference_unit, is_without_size
from mlops_lib.experiments.decide import Action
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.path import days_until
from mlops_lib.experiments.wording import chosen, difference_words, interval_words, percent
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Metric, Outcome, Verdict

_ADVICE = {
    Action.PROMOTE: "Promote {treatment} through the rollout stages.",
    Action.ITERATE: "Keep control for now; mend what the guardrail shows and test again.",
    Action.DISCARD: "Keep control and discard {this}.",
    Action.INVALID: "Find and mend the cause, choose a new salt and start again with fresh data.",
}
_LONGEST_DAYS = 365
"""Nobody waits longer for an answer."""

_UNGUARDED = (
    "Set a guardrail first, such as the cost or the share of errors, and judge this experiment "
    "again; then promote {treatment} through the rollout stages."
)


def verdict(found: Findings) -> Verdict:
    """The verdict of the experiment, ready to publish."""
    return Verdict(
        subject="experiment",
        checks=found.checks(),
        meaning=meaning(found),
        advice=advice(found),
        metrics=_tiles(found),
        sources=found.sources,
    )


def meaning(found: Findings) -> str:
    """For a stakeholder: what was found and what it means, or why nothing may be read."""
    decision = found.decision
    if not found.is_valid:
        return f"The experiment is invalid. {decision.reason}"
    return " ".join([_effect(found), decision.reason, *_worsened(found)])


def advice(found: Findings) -> str:
    """One sentence: what to do next."""
    decision = found.decision
    if decision.action is not Action.UNDECIDED:
        unguarded = decision.action is Action.PROMOTE and not found.has_guardrail
        text = _UNGUARDED if unguarded else _ADVICE[decision.action]
        several = bool(found.others)
        return text.format(
            treatment=repr(decision.treatment) if several else "the treatment",
            this="these treatments" if several else "this treatment",
        )
    return _advice_to_wait(found)


def _advice_to_wait(found: Findings) -> str:
    needed, sizeless = found.decision.needed, _sizeless(found)
    if sizeless:
        return (
            f"Give the margin of {sizeless} in its own unit: control's level is 0, and no number "
            "of units holds a percentage of it; do not promote on this evidence."
        )
    if needed is None:
        return "Keep the experiment running; do not promote on this evidence."
    until = f"about {needed:,} units (now {found.all_units:,})"
    days = days_until(needed, found.evidence.days)
    if days is not None and days > _LONGEST_DAYS:
        return (
            f"Do not promote on this evidence. It takes {until}, which do not come within a year "
            "at this traffic: send it more traffic, or plan an experiment that it can decide."
        )
    if days is not None:
        # New units come ever more rarely, since those that return are counted already.
        until += f", at least {math.ceil(days):,} more days at this traffic"
    return f"Keep the experiment running until it has {until}; do not promote on this evidence."


def _sizeless(found: Findings) -> str:
    """Guardrails whose margin in percent is one of nothing."""
    return ", ".join(
        each.metric.name
        for each, check in found.pairs
        if check.outcome is Outcome.UNDECIDED
        and each.metric.role == "guardrail"
        and is_without_size(each)
    )


def _effect(found: Findings) -> str:
    """What was found, never as a claim that nothing changed."""
    primary = found.primary
    if not primary.difference:
        return (
            f"{_subject(found)} and control show the same {primary.metric.name} "
            f"(difference {difference_words(primary)}, {_interval(found)})."
        )
    return (
        f"{_subject(found)} changes {primary.metric.name} by {difference_words(primary)} "
        f"({_interval(found)})."
    )


def _subject(found: Findings) -> str:
    return f"Treatment {found.decision.treatment!r}" if found.others else "Treatment"


def _interval(found: Findings) -> str:
    """The interval that decides."""
    interval = chosen(found.design, found.primary)
    return f"{percent(found.design)} interval {interval_words(interval, found.primary)}"


def _worsened(found: Findings) -> list[str]:
    """Secondary metrics that got worse beyond chance: they do not decide, and must be known."""
    changes = [
        f"{each.metric.name} by {difference_words(each)}"
        for each, check in found.pairs
        if each.metric.role == "secondary" and check.outcome is Outcome.WARN
    ]
    if not changes:
        return []
    return [f"Worse beyond chance, though it does not decide: {', '.join(changes)}."]


def _tiles(found: Findings) -> tuple[Metric, ...]:
    arms = zip(found.evidence.design.arms, found.evidence.arms, strict=True)
    control, treatment = found.units
    split = f"{control:,} in control, {treatment:,} in treatment"
    units = Metric(
        name="units",
        value=found.all_units,
        unit="count",
        note=", ".join(f"{n:,} in {label}" for (label, _), n in arms) if found.others else split,
    )
    if not found.is_valid:
        return (units,)
    primary, unit = found.primary, found.primary.metric.unit
    label = found.decision.treatment if found.others else "treatment"
    return (
        Metric(
            name=f"{primary.metric.name} in {label}",
            value=primary.treatment,
            unit=unit,
            note=f"{format_quantity(primary.control, unit)} in control",
        ),
        Metric(
            name="difference",
            value=primary.difference,
            unit=difference_unit(unit),
            note=_interval(found),
        ),
        units,
        Metric(
            name="smallest detectable difference",
            value=primary.minimum_detectable,
            unit=difference_unit(unit),
            note=f"with a power of {100 * found.design.power:g} %",
        ),
    )
