"""The gate: estimates against margins and limits, in three values."""

from collections.abc import Mapping, Sequence

from mlops_lib.evaluation.counting import counted
from mlops_lib.evaluation.differences import PairedMetric
from mlops_lib.evaluation.settings import Decision, Gate, Rule
from mlops_lib.evaluation.unchanged import unchanged_needed
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval, holm
from mlops_lib.stats.power import minimum_detectable_effect, units_needed
from mlops_lib.verdict import Check, Outcome

CHANGE = "change in "
"""How the name of a check of a difference begins; the metric follows."""

MOST_CASES = 100_000
"""More cases than this are no advice: the difference lies on the margin."""


def check_differences(
    metrics: Sequence[PairedMetric], rules: Mapping[str, Rule], decision: Decision
) -> tuple[Check, ...]:
    """Is the candidate worse than the baseline, metric by metric?

    FAIL needs all three: a loss of at least the margin, an interval wholly on the side of the
    loss, and a p-value that stays below alpha after Holm's adjustment over the metrics of the
    same gate. PASS needs an interval that excludes a loss of the margin, enough cases and enough
    coverage; no adjustment is needed for that, as all metrics must pass. Anything else is
    UNDECIDED, with the smallest drop that could have been seen and the cases that would decide.

    Args:
        metrics: the paired estimates.
        rules: margin and gate of each.
        decision: alpha, power, coverage, minimum n.
    """
    adjusted: dict[str, float] = {}
    for gate in (Gate.BLOCK, Gate.WARN):
        family = [metric for metric in metrics if rules[metric.name].gate is gate]
        pvalues = holm([metric.pvalue for metric in family])
        adjusted |= {metric.name: p for metric, p in zip(family, pvalues, strict=True)}
    return tuple(
        _difference_check(metric, rules[metric.name], decision, adjusted[metric.name])
        for metric in metrics
        if metric.name in adjusted
    )


def decide(
    gain: float, interval: Interval, *, pvalue: float, margin: float, alpha: float
) -> Outcome:
    """The three-valued rule for one gain (positive: the candidate is better).

    Args:
        gain: its estimate.
        interval: of the gain.
        pvalue: adjusted, two-sided.
        margin: the largest loss that is accepted, positive.
        alpha: to compare the p-value with.

    Example:
        >>> decide(-0.06, Interval(-0.09, -0.03), pvalue=0.001, margin=0.03, alpha=0.05)
        <Outcome.FAIL: 'fail'>
        >>> decide(-0.01, Interval(-0.02, 0.0), pvalue=0.04, margin=0.03, alpha=0.05)
        <Outcome.PASS: 'pass'>
        >>> decide(-0.04, Interval(-0.09, 0.01), pvalue=0.1, margin=0.03, alpha=0.05)
        <Outcome.UNDECIDED: 'undecided'>
    """
    if gain <= -margin and interval.high < 0 and pvalue <= alpha:
        return Outcome.FAIL
    if interval.low > -margin:
        return Outcome.PASS
    return Outcome.UNDECIDED


def softened(outcome: Outcome, gate: Gate) -> Outcome:
    """What a metric may say: one that may only warn turns FAIL and UNDECIDED into WARN.

    Example:
        >>> softened(Outcome.FAIL, Gate.WARN)
        <Outcome.WARN: 'warn'>
    """
    return Outcome.WARN if gate is Gate.WARN and outcome is not Outcome.PASS else outcome


def _difference_check(metric: PairedMetric, rule: Rule, decision: Decision, pvalue: float) -> Check:
    sign = 1.0 if metric.good == "high" else -1.0
    margin = rule.margin * abs(metric.baseline) if rule.relative else rule.margin
    gain, interval = sign * metric.estimate, _towards_good(metric)
    doubt = _doubt(metric, decision)
    outcome = decide(gain, interval, pvalue=pvalue, margin=margin, alpha=decision.alpha)
    if metric.identical:
        outcome = _unchanged(metric, outcome, decision)
    if metric.n < decision.minimum_cases or (doubt and outcome in {Outcome.PASS, Outcome.WARN}):
        outcome = Outcome.UNDECIDED
    is_open = outcome in {Outcome.UNDECIDED, Outcome.WARN}
    is_lost = gain <= -margin and interval.high < 0
    needed = _needed(metric, gain, margin, decision) if is_open and not is_lost else None
    return Check(
        name=f"{CHANGE}{metric.name}",
        estimate=metric.estimate,
        interval=metric.interval,
        limit=-sign * margin,
        n=metric.n,
        method=metric.method,
        outcome=softened(outcome, rule.gate),
        explanation=doubt
        if doubt and outcome is Outcome.UNDECIDED
        else _too_few_clusters(metric, margin, pvalue)
        if is_lost and is_open
        else _why(metric, margin, decision, outcome, needed),
        good=metric.good,
        unit=unit_of_change(metric),
        pvalue=pvalue,
        needed=None if doubt else needed,
    )


def _unchanged(metric: PairedMetric, outcome: Outcome, decision: Decision) -> Outcome:
    """Nothing moved: that must be enough cases, unless there is nothing that could move."""
    if not metric.widest or outcome is Outcome.PASS:
        return Outcome.PASS
    return Outcome(decision.clean_but_few)


def clear_gain(metric: PairedMetric, check: Check | None, alpha: float) -> float:
    """The gain if interval and adjusted p-value both exclude chance, else 0.

    Args:
        metric: the paired estimate.
        check: of its change; None for a metric that is only shown, of which nothing is claimed.
        alpha: to compare the adjusted p-value with.
    """
    if check is None or check.pvalue is None or not metric.interval.excludes(0):
        return 0.0
    gain = metric.estimate if metric.good == "high" else -metric.estimate
    return gain if check.pvalue <= alpha else 0.0


def unit_of_change(metric: PairedMetric) -> str:
    """The unit of a difference: points for shares, else the metric's own."""
    return "points" if metric.unit == "share" else metric.unit


def _towards_good(metric: PairedMetric) -> Interval:
    """The interval of the gain: turned round where less is better."""
    low, high = metric.interval
    return metric.interval if metric.good == "high" else Interval(-high, -low)


def _doubt(metric: PairedMetric, decision: Decision) -> str:
    """Why the metric cannot pass whatever its numbers; empty when it can."""
    if metric.n < decision.minimum_cases:
        return (
            f"Only {counted(metric.n, 'scored case')}; fewer than {decision.minimum_cases} cannot "
            "tell."
        )
    if metric.coverage < decision.coverage:
        return (
            f"Only {format_quantity(metric.coverage, 'share')} of the answers could be scored on "
            f"the worse side; below {format_quantity(decision.coverage, 'share')} nothing passes."
        )
    return ""


def _needed(metric: PairedMetric, gain: float, margin: float, decision: Decision) -> int | None:
    """Cases that would decide with the asked power, if the difference stays as measured."""
    if metric.identical:
        return unchanged_needed(margin / metric.widest, confidence=1 - decision.alpha)
    distance = gain + margin if gain > -margin else gain
    needed = units_needed(
        metric.n, metric.standard_error, distance, alpha=decision.alpha, power=decision.power
    )
    return None if needed is None or needed > MOST_CASES else max(needed, metric.n + 1)


def _why(
    metric: PairedMetric, margin: float, decision: Decision, outcome: Outcome, needed: int | None
) -> str:
    unit = unit_of_change(metric)
    accepted = format_quantity(margin, unit).removeprefix("+")
    loss = "drop" if metric.good == "high" else "rise"
    if metric.identical:
        return _nothing_moved(metric, f"{loss} of {accepted}", outcome, needed)
    if outcome is Outcome.FAIL:
        return f"The {loss} reaches the margin of {accepted} and is more than chance explains."
    if outcome is Outcome.PASS:
        return f"A {loss} of {accepted} or more is ruled out."
    visible = minimum_detectable_effect(
        metric.standard_error, alpha=decision.alpha, power=decision.power
    )
    more = (
        f"about {needed:,} cases would decide"
        if needed
        else "it lies on the margin, so more cases of this kind would not decide"
    )
    seen = format_quantity(visible, unit).removeprefix("+")
    return (
        f"A {loss} of {accepted} is neither shown nor ruled out: {metric.n} cases reliably show a "
        f"change of {seen} or more; {more}."
    )


def _too_few_clusters(metric: PairedMetric, margin: float, pvalue: float) -> str:
    """Of a loss that its interval shows, and the test of all metrics together does not.

    Swapping the sides within 6 clusters gives no p-value below 2 / 2 ** 6, however large the loss.
    """
    accepted = format_quantity(margin, unit_of_change(metric)).removeprefix("+")
    loss = "drop" if metric.good == "high" else "rise"
    of = "that stand alone" if metric.clusters == metric.n else f"of {metric.clusters} clusters"
    return (
        f"The {loss} reaches the margin of {accepted} and its interval excludes chance, but the "
        f"test does not (adjusted p = {pvalue:.2g}): {counted(metric.n, 'case')} {of} are too few. "
        "Read the cases that got worse; cases about other documents would decide."
    )


def _nothing_moved(metric: PairedMetric, loss: str, outcome: Outcome, needed: int | None) -> str:
    same = "No case scores differently"
    if not metric.widest:
        return f"{same}: every case is at 0 on both sides."
    hidden = format_quantity(metric.interval.high, unit_of_change(metric)).removeprefix("+")
    if outcome is Outcome.PASS:
        return f"{same}, and a {loss} or more is ruled out: at most {hidden} could stay unseen."
    return (
        f"Too few cases to show that nothing changed: {same[0].lower()}{same[1:]}, but in "
        f"{counted(metric.n, 'case')} a change of {hidden} could stay unseen; {needed} unchanged "
        f"cases would rule out a {loss}."
    )
