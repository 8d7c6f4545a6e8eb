"""From the decision on each treatment to one decision: which of them, if any."""

import math
from collections.abc import Sequence
from dataclasses import replace

from mlops_lib.experiments.arms import Arm, turned
from mlops_lib.experiments.decide import Action, Decision, refusal
from mlops_lib.experiments.estimates import Estimate, estimate
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.verdict import Check, Outcome

_FIRST = (Action.PROMOTE, Action.UNDECIDED, Action.ITERATE, Action.DISCARD)
"""What one arm allows comes before what another lacks; an open question before a closed one."""


def choose(evidence: Evidence, trust: Sequence[Check], arms: Sequence[Arm]) -> tuple[Arm, Decision]:
    """The arm that the decision is about, and the decision on all of them.

    An arm that may be promoted is; of several, the one that gained most. With none, an arm that
    cannot be told yet leaves the whole decision open, because more data might still promote it.

    Args:
        evidence: of every arm, control first.
        trust: checks of the experiment itself; any FAIL makes it invalid.
        arms: the treatments, each with its own decision; at least one.
    """
    ranked = sorted(arms, key=_rank)
    lead, *others = ranked
    invalid = refusal(lead.decision.experiment, trust)
    if invalid is not None:
        return arms[0], invalid
    if not others:
        return lead, lead.decision
    reasons = [lead.decision.reason, _others_words(others)]
    second = others[0]
    if second.decision.action is Action.PROMOTE:
        reasons.insert(0, _contest_words(lead, second, contest(evidence, lead, second)))
    return lead, replace(
        lead.decision,
        reason=" ".join(reasons),
        others=tuple(replace(arm.decision, treatment=arm.label) for arm in others),
    )


def contest(evidence: Evidence, lead: Arm, second: Arm) -> Estimate:
    """The primary metric of one treatment against that of another."""
    labels = [label for label, _ in evidence.design.arms]
    both = turned(evidence, labels.index(second.label), labels.index(lead.label))
    return estimate(both.primary, both.design)


def check_other(arm: Arm, *, is_open: bool) -> Check:
    """An arm that the decision is not about, watched like a secondary metric: it warns of harm.

    Args:
        arm: the treatment.
        is_open: whether the decision is; else an arm that cannot be told only warns.
    """
    check, action = arm.primary_check, arm.decision.action
    worse = check.outcome is Outcome.FAIL and not _gain(arm) > 0
    outcome = Outcome.WARN if worse or action is Action.ITERATE else Outcome.PASS
    if action is Action.UNDECIDED:
        outcome = Outcome.UNDECIDED if is_open else Outcome.WARN
    return replace(
        check,
        name=f"{check.name}, {arm.label}",
        outcome=outcome,
        limit=None,
        needed=None,
        explanation=f"{check.explanation} Alone, {arm.label!r} would be: {action}. "
        "The decision is about another treatment.",
    )


def _rank(arm: Arm) -> tuple[int, float]:
    gain = _gain(arm)
    return _FIRST.index(arm.decision.action), math.inf if math.isnan(gain) else -gain


def _gain(arm: Arm) -> float:
    return arm.primary.metric.sign * arm.primary.difference


def _others_words(others: Sequence[Arm]) -> str:
    found = ", ".join(f"{arm.label!r} {_ALONE[arm.decision.action]}" for arm in others)
    return f"Alone, {found}."


_ALONE = {
    Action.PROMOTE: "could be promoted as well",
    Action.UNDECIDED: "cannot be told yet",
    Action.ITERATE: "would break a guardrail",
    Action.DISCARD: "would be discarded",
}


def _contest_words(lead: Arm, second: Arm, found: Estimate) -> str:
    interval = found.always_valid if lead.design.peeking else found.interval
    told = "beyond chance" if interval.excludes(0.0) else "though not beyond chance"
    return f"{lead.label!r} gained more than {second.label!r}, {told}."
