"""What the figures say: titles that state the finding, and effects in words."""

from collections.abc import Sequence

from mlops_lib.experiments.checks import difference_unit
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.split import ArmShare
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Outcome, worst

_LONGEST_NAME = 40

_PRIMARY_WORDS = {
    Outcome.PASS: "improved",
    Outcome.FAIL: "shows no gain worth having",
    Outcome.UNDECIDED: "cannot be decided yet",
}
_GUARDRAIL_WORDS = {
    Outcome.PASS: "every guardrail held",
    Outcome.FAIL: "a guardrail is broken",
    Outcome.UNDECIDED: "a guardrail cannot be decided yet",
}


def effect_title(found: Findings) -> str:
    """What happened to the primary metric and to the guardrails."""
    primary = found.pairs[0][1].outcome
    title = f"{_started(found)} {_PRIMARY_WORDS[primary]}"
    guarded = [check.outcome for each, check in found.pairs if each.metric.role == "guardrail"]
    if not guarded:
        return title
    good = (primary is Outcome.PASS) == (worst(guarded) is Outcome.PASS)
    return f"{title}{', and' if good else ', but'} {_GUARDRAIL_WORDS[worst(guarded)]}"


def panel_title(estimate: Estimate, check: Check, *, several: bool) -> str:
    """One metric; its number and outcome stand at the bars where there are several."""
    name = short(check.name)
    if several:
        return f"{name} ({estimate.metric.role})"
    return f"{name}: {signed(check)} ({estimate.metric.role}, {check.outcome})"


def path_title(found: Findings) -> str:
    """When the band that may be read every day told; whether it still does where it decides."""
    told = [look.primary.always_valid.excludes(0.0) for look in found.path]
    name = _started(found)
    first = found.path[told.index(True)].day.isoformat() if any(told) else ""
    if not found.design.peeking:
        if not first:
            return f"{name}: read daily, on no day told from chance"
        return f"{name}: read daily, told from chance on {first}"
    if not first:
        return f"{name}: on no day could a change be told from chance"
    if not told[-1]:
        return f"{name}: told from chance on {first}, but not at the end"
    start = len(told) - told[::-1].index(False) if False in told else 0
    since = found.path[start].day.isoformat()
    return f"{name}: the change can be told from chance since {since}"


def ratio_title(found: Findings, split: Sequence[ArmShare]) -> str:
    """Found against planned, and whether that is chance."""
    passed = found.trust[0].outcome is Outcome.PASS
    verdict = "as planned" if passed else "not the planned split"
    if len(split) == 1:
        found_words = f"{split[0].share:.1f} % of units are in treatment"
        return f"{found_words}, planned {split[0].planned:.1f} %: {verdict}"
    return f"Units in {len(split)} treatments and control: {verdict}"


def ratio_caption(found: Findings) -> str:
    """How many units every arm has."""
    evidence = found.evidence
    if not found.others:
        control, treatment = found.units
        return f"Units seen up to each day; {control:,} in control and {treatment:,} in treatment."
    arms = zip(evidence.design.arms, evidence.arms, strict=True)
    words = ", ".join(f"{units:,} in {label}" for (label, _), units in arms)
    return f"Units seen up to each day, dashed: planned; {words}."


def effect_words(check: Check) -> str:
    """A check as text."""
    low, high = (format_quantity(bound, check.unit) for bound in check.interval)
    return f"{check.name} {signed(check)}, interval {low} to {high}, {check.outcome}"


def signed(check: Check) -> str:
    """The estimate with its sign."""
    text = format_quantity(check.estimate, check.unit)
    return f"+{text}" if check.estimate > 0 and not text.startswith("+") else text


def scale_of(estimate: Estimate) -> float:
    """Shares are drawn in percent."""
    return 100.0 if estimate.metric.unit == "share" else 1.0


def unit_label(estimate: Estimate) -> str:
    """Of an axis."""
    unit = difference_unit(estimate.metric.unit)
    return f" ({unit})" if unit else ""


def _started(found: Findings) -> str:
    """The primary metric, with the treatment in question where there are several."""
    name = found.primary.metric.name
    name = short(name[:1].upper() + name[1:])
    return f"{short(found.decision.treatment)}: {name}" if found.others else name


def short(name: str) -> str:
    """A name that fits a title."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
