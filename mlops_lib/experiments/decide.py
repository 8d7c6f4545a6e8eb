"""From checks to what to do: promote, iterate, discard; undecided; or invalid."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from mlops_lib.experiments.checks import rounded_up
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Outcome


class Action(StrEnum):
    """What to do with the treatment."""

    PROMOTE = "promote"
    ITERATE = "iterate"
    DISCARD = "discard"
    UNDECIDED = "undecided"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, why, and what is missing where the answer is open.

    Attributes:
        experiment: its name.
        action: what to do.
        reason: one sentence.
        blocking: names of the checks that stand in the way of promoting.
        needed: units, in both variants together, that would decide; None where unknown.
        treatment: label of the treatment that it is about.
        others: what each further treatment would be alone.
    """

    experiment: str
    action: Action
    reason: str
    blocking: tuple[str, ...] = ()
    needed: int | None = None
    treatment: str = ""
    others: tuple["Decision", ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, keys in a stable order."""
        return {
            "experiment": self.experiment,
            "action": str(self.action),
            "treatment": self.treatment,
            "reason": self.reason,
            "blocking": list(self.blocking),
            "needed": self.needed,
            "others": [each.to_dict() for each in self.others],
        }


def decide(
    *,
    experiment: str,
    trust: Sequence[Check],
    primary: Check,
    guardrails: Sequence[Check],
    units: int | None = None,
    too_few: Collection[str] = (),
) -> Decision:
    """Decide by the rule that was written before the data.

    Trust comes first: if it fails, nothing else is read. A broken guardrail blocks; a metric that
    cannot tell leaves the decision open; only an improvement within all margins is promoted.

    Args:
        experiment: its name.
        trust: checks of the experiment itself.
        primary: check of the primary metric.
        guardrails: checks of the guardrail metrics.
        units: of all variants, in which `needed` is told; those of each check where absent.
        too_few: names of the checks that too few units leave open.
    """
    refused = refusal(experiment, trust)
    if refused:
        return refused
    counted = [_in_units(check, units) for check in (primary, *guardrails)]
    return _decide_effect(experiment, counted[0], counted[1:], too_few)


def _in_units(check: Check, units: int | None) -> Check:
    """What is needed, in units of all variants with and without a value."""
    if check.needed is None or units is None or units == check.n:
        return check
    return replace(check, needed=rounded_up(math.ceil(check.needed * units / check.n)))


def refusal(experiment: str, trust: Sequence[Check]) -> Decision | None:
    """The decision where the experiment itself cannot be trusted; None where it can."""
    broken = _with(Outcome.FAIL, trust)
    if not broken:
        return None
    why = " ".join(check.explanation or f"{check.name} failed." for check in broken)
    reason = f"The numbers must not be read: {why[:1].lower()}{why[1:]}"
    return _decision(experiment, Action.INVALID, reason, broken)


def _decide_effect(
    experiment: str, primary: Check, guardrails: Sequence[Check], too_few: Collection[str]
) -> Decision:
    broken = _with(Outcome.FAIL, guardrails)
    if primary.outcome is Outcome.FAIL:
        reason = "The primary metric shows no gain worth having."
        return _decision(experiment, Action.DISCARD, reason, [primary, *broken])
    if broken:
        reason = f"A guardrail is broken: {_names(broken)}."
        return _decision(experiment, Action.ITERATE, reason, broken)
    undecided = _with(Outcome.UNDECIDED, [primary, *guardrails])
    if undecided:
        open_questions = [
            _question(check, is_primary=check is primary) + _why_open(check, too_few)
            for check in undecided
        ]
        found = _decision(experiment, Action.UNDECIDED, "", undecided)
        size = f"; about {found.needed:,} units would tell" if found.needed else ""
        reason = f"The data cannot tell yet {' and '.join(open_questions)}{size}."
        return replace(found, reason=reason)
    reason = "The primary metric improved and every guardrail held."
    if not guardrails:
        reason = "The primary metric improved; no guardrail was set to say what that cost."
    return _decision(experiment, Action.PROMOTE, reason, [])


def _decision(experiment: str, action: Action, reason: str, blocking: Sequence[Check]) -> Decision:
    sizes = [check.needed for check in blocking]
    known = [size for size in sizes if size is not None]
    return Decision(
        experiment=experiment,
        action=action,
        reason=reason,
        blocking=tuple(check.name for check in blocking),
        needed=max(known) if action is Action.UNDECIDED and len(known) == len(sizes) else None,
    )


def _question(check: Check, *, is_primary: bool) -> str:
    """What is open, in plain words."""
    if is_primary:
        return f"whether the {check.name} is an improvement or chance"
    side = "at least" if check.good == "high" else "at most"
    return f"whether the {check.name} is {side} {format_quantity(check.limit, check.unit)}"


def _why_open(check: Check, too_few: Collection[str]) -> str:
    """In brackets where it is for want of units; else the interval says it."""
    words = check.explanation.removesuffix(".")
    return f" ({words[:1].lower()}{words[1:]})" if check.name in too_few else ""


def _with(outcome: Outcome, checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.outcome is outcome]


def _names(checks: Sequence[Check]) -> str:
    return ", ".join(check.name for check in checks)
