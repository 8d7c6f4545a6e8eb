"""What a gate could see with so many cases and repeats, from the baseline's own noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, mean, variance

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.scoring import MetricScores, ScoredRun
from mlops_lib.evaluation.settings import Decision, Gate, Rule, Settings
from mlops_lib.stats import clustered_mean, minimum_detectable_effect, units_needed

_ROUNDING = 1e-9
"""Steps by which a margin may miss a possible difference and still be it."""

CHANGED = 0.1
"""Share of cases that a change of the prompt turns round, unless the user knows better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Where the variance of one metric comes from.

    Attributes:
        within: mean variance of the repeats of a case.
        between: variance of the cases' true values.
        mean: over the cases.
        n: cases with at least two scored repeats.
        is_binary: whether every score is 0 or 1.
    """

    within: float
    between: float
    mean: float
    n: int
    is_binary: bool

    def standard_error(self, n: int, repeats: float) -> float:
        """Of the mean of one run (Miller 2024, appendix).

        Example:
            >>> noise = Noise(within=1 / 6, between=0.0853174603, mean=0.6, n=8, is_binary=True)
            >>> round(noise.standard_error(8, 10), 6)
            0.112907
        """
        return math.sqrt((self.between + self.within / repeats) / n)


def noise_of(by_case: Sequence[Sequence[float]]) -> Noise | None:
    """Split the variance of repeated scores; None where fewer than two cases have two repeats.

    Args:
        by_case: the scores of each case.

    Example:
        >>> noise_of([[1, 1, 0], [0, 0, 1]]).within
        0.3333333333333333
    """
    repeated = [scores for scores in by_case if len(scores) > 1]
    if len(repeated) < 2:  # noqa: PLR2004 - no variance of one
        return None
    within = mean(variance(scores) for scores in repeated)
    means = [mean(scores) for scores in repeated]
    often = mean(1 / len(scores) for scores in repeated)
    return Noise(
        within=within,
        between=max(variance(means) - within * often, 0.0),
        mean=mean(means),
        n=len(repeated),
        is_binary=all(score in {0, 1} for scores in repeated for score in scores),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the gate could see of one metric.

    Attributes:
        name: of the metric.
        unit: of a difference.
        noise: of the baseline.
        margin: the drop that blocks.
        n: cases planned.
        repeats: of each.
        visible: the smallest drop that is reliably found.
        design: variance of a change relative to cases that stand alone; above 1 where the cases
            of a cluster score alike, and so stand or fall together.
        needed: cases that would find a drop of the margin; None where none would.
        bare_false_alarm: how often "drop of the margin or more" fails an unchanged candidate.
        gate_false_alarm: how often this gate does, at most.
    """

    name: str
    unit: str
    noise: Noise
    margin: float
    n: int
    repeats: int
    visible: float
    design: float
    needed: int | None
    bare_false_alarm: float
    gate_false_alarm: float


def plan_gate(
    baseline: ScoredRun,
    cases: CaseSet,
    settings: Settings,
    *,
    n: int | None = None,
    repeats: int | None = None,
    changed: float = CHANGED,
) -> list[Plan]:
    """Plan every metric that may block or warn.

    Args:
        baseline: with at least two repeats.
        cases: that it answers.
        settings: margins and gates.
        n: cases planned; None for as many as each metric has.
        repeats: of each case; None for as many as the baseline has.
        changed: share of cases that a candidate turns round.

    Raises:
        InputError: if no metric has repeats to learn from.
    """
    usual = max(1, min((len(baseline.run.of(case)) for case in cases.cases), default=1))
    plans = []
    for name, rule in settings.metrics.items():
        noise = noise_of(_values(baseline.metrics[name]))
        if rule.gate is Gate.SHOW or noise is None:
            continue
        unit = baseline.metrics[name].scorer.unit
        plans.append(
            plan_metric(
                name,
                noise,
                rule,
                settings.gate,
                n=n or noise.n,
                repeats=repeats or usual,
                changed=changed,
                unit="points" if unit == "share" else unit,
                design=design_of(baseline.metrics[name], cases),
            )
        )
    if not plans:
        message = "has no case with two repeats: run it with --repeats 2 or more"
        raise InputError.of(message, source=baseline.run.name)
    return plans


def plan_metric(  # noqa: PLR0913 - the design of one gate
    name: str,
    noise: Noise,
    rule: Rule,
    decision: Decision,
    *,
    n: int,
    repeats: int,
    changed: float = CHANGED,
    unit: str = "points",
    design: float = 1.0,
) -> Plan:
    """What the gate could see of one metric.

    The variance of a paired difference is that of the true changes plus the noise of both sides'
    repeats (Miller 2024). A case that the candidate turns round moves a yes-or-no score by 1, any
    other score as far as two cases lie apart.

    Args:
        name: of the metric.
        noise: of the baseline.
        rule: its margin.
        decision: alpha and power.
        n: cases planned.
        repeats: of each.
        changed: share of cases that a candidate turns round.
        unit: of a difference.
        design: effect of clusters on the variance of true changes; noise of repeats knows none.
    """
    margin = rule.margin * abs(noise.mean) if rule.relative else rule.margin
    turned = 1.0 if noise.is_binary else 2 * noise.between
    chance = 2 * noise.within / repeats
    error = math.sqrt((changed * turned * design + chance) / n)
    still = math.sqrt(chance / n)
    step = 1 / (n * repeats) if noise.is_binary else 0.0
    bare, gate = false_alarms(margin, still, alpha=decision.alpha, step=step)
    return Plan(
        name=name,
        unit=unit,
        noise=noise,
        margin=margin,
        n=n,
        repeats=repeats,
        design=design,
        visible=minimum_detectable_effect(error, alpha=decision.alpha, power=decision.power),
        needed=units_needed(n, error, margin, alpha=decision.alpha, power=decision.power),
        bare_false_alarm=bare,
        gate_false_alarm=gate,
    )


def design_of(metric: MetricScores, cases: CaseSet) -> float:
    """How much clusters widen the interval of a change: as much as they do that of the level.

    How a future change will spread is not known; that cases of one cluster score alike today is
    the best sign of it. Never below 1.

    Args:
        metric: of the baseline.
        cases: with their clusters.
    """
    means = metric.means()
    asked = [case for case in cases.cases if case.case_id in means]
    clusters = len({case.group for case in asked})
    if clusters in {0, len(asked)}:
        return 1.0
    if clusters == 1:
        return float(len(asked))  # nothing is known but that they belong together
    values, groups = [means[case.case_id] for case in asked], [case.group for case in asked]
    effect = clustered_mean(values, groups).design_effect
    return 1.0 if math.isnan(effect) else max(effect, 1.0)


def false_alarms(
    margin: float, standard_error: float, *, alpha: float, step: float = 0.0
) -> tuple[float, float]:
    """How often an unchanged candidate fails: by the bare rule, and by this gate at most.

    Args:
        margin: the drop that blocks.
        standard_error: of the difference between two runs of the same version.
        alpha: of the gate, two-sided.
        step: between possible differences, for the continuity correction of yes-or-no scores.

    Example:
        >>> [round(each, 3) for each in false_alarms(0.03, 0.1**0.5 / 10, alpha=0.05, step=0.01)]
        [0.215, 0.025]
    """
    if standard_error == 0:
        return 0.0, 0.0
    normal = NormalDist()
    reached = step * math.ceil(margin / step - _ROUNDING) if step else margin
    bare = normal.cdf(-(reached - step / 2) / standard_error)
    return bare, min(bare, alpha / 2)


def _values(metric: MetricScores) -> list[list[float]]:
    found = []
    for scores in metric.by_case.values():
        values = [score.value for score in scores if score.value is not None]
        if values:
            found.append(values)
    return found
