"""What the candidate must hold whatever the baseline did: limits, coverage, critical cases."""

import math
from collections.abc import Iterator, Mapping, Sequence

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.checks import MOST_CASES, softened
from mlops_lib.evaluation.counting import counted
from mlops_lib.evaluation.critical import CriticalCase
from mlops_lib.evaluation.scoring import MetricScores, ScoredRun
from mlops_lib.evaluation.settings import Decision, Gate, Rule
from mlops_lib.evaluation.unchanged import level_with_unseen
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Level, clean_cases_needed, level
from mlops_lib.stats.interval import UNKNOWN, z_of
from mlops_lib.stats.power import units_needed
from mlops_lib.verdict import Check, Outcome, at_least

CRITICAL = "critical cases broken"

LEVEL = "level of "
"""How the name of a check of a limit begins; the metric follows."""

_NAMED = 5
"""Case ids that an explanation lists before it only counts."""


def check_limits(
    candidate: ScoredRun, cases: CaseSet, rules: Mapping[str, Rule], decision: Decision
) -> Iterator[Check]:
    """Is the candidate's own level of each metric with a limit high enough?

    A suite in which nothing fails, but which is too small to show the limit, is judged by the
    settings' `clean_but_few`: 12 clean cases cannot show 99 %, and 299 can.

    Args:
        candidate: its scores.
        cases: for their clusters.
        rules: limit and gate of each metric.
        decision: alpha, coverage, minimum n and the policy for small clean suites.
    """
    groups = {case.case_id: case.group for case in cases.cases}
    for name, rule in rules.items():
        scores = candidate.metrics[name]
        means = scores.means()
        if rule.limit is None or rule.gate is Gate.SHOW or not means:
            continue
        sure = 1 - decision.alpha
        measured = level(
            list(means.values()), [groups[case_id] for case_id in means], confidence=sure
        )
        measured = level_with_unseen(measured, confidence=sure)
        yield _limit_check(scores, measured, rule, decision)


def _limit_check(scores: MetricScores, measured: Level, rule: Rule, decision: Decision) -> Check:
    limit = rule.limit or 0.0
    needed = _needed(measured, limit, decision)
    outcome, explanation = _judge(measured, limit, needed, decision)
    if scores.coverage < decision.coverage and outcome is not Outcome.FAIL:
        outcome = Outcome.UNDECIDED
        explanation = (
            f"Only {format_quantity(scores.coverage, 'share')} of the answers could be scored; "
            f"below {format_quantity(decision.coverage, 'share')} nothing passes."
        )
    return Check(
        name=f"{LEVEL}{scores.scorer.name}",
        estimate=measured.estimate,
        interval=measured.interval,
        limit=limit,
        n=measured.n,
        method=measured.method,
        outcome=softened(outcome, rule.gate),
        explanation=explanation,
        unit=scores.scorer.unit,
        needed=None if outcome in {Outcome.PASS, Outcome.FAIL} else needed,
    )


def _judge(
    measured: Level, limit: float, needed: int | None, decision: Decision
) -> tuple[Outcome, str]:
    outcome = at_least(limit, measured.interval)
    asked = format_quantity(limit, "share")
    low = format_quantity(measured.interval.low, "share")
    if outcome is Outcome.PASS:
        return outcome, f"The level is at least {low}, and {asked} is asked."
    if measured.is_clean:
        return Outcome(decision.clean_but_few), (
            f"Too few cases to show {asked}: none fails, but {counted(measured.n, 'clean case')} "
            f"{'shows' if measured.n == 1 else 'show'} at least {low}"
            + (f"; {needed} would show {asked}." if needed else ".")
        )
    if measured.n < decision.minimum_cases:
        few = (
            f"Only {counted(measured.n, 'case')}; fewer than {decision.minimum_cases} cannot tell."
        )
        return Outcome.UNDECIDED, few
    if outcome is Outcome.FAIL:
        return outcome, f"The level lies below {asked}, and more than chance explains."
    more = f"about {needed:,} cases would decide" if needed else "it lies on the limit"
    return outcome, f"The interval holds {asked}, so the data cannot tell; {more}."


def _needed(measured: Level, limit: float, decision: Decision) -> int | None:
    """Cases that would decide, if the level stays: half the interval must fit the distance."""
    if measured.is_clean:
        return clean_cases_needed(limit, confidence=1 - decision.alpha) if 0 < limit < 1 else None
    distance = abs(measured.estimate - limit)
    width = measured.interval.high - measured.interval.low
    if not distance or math.isnan(width):
        return None
    error = width / 2 / z_of(1 - decision.alpha)
    needed = units_needed(measured.n, error, distance, alpha=decision.alpha, power=decision.power)
    return None if needed is None or needed > MOST_CASES else max(needed, measured.n + 1)


def check_coverage(sides: Mapping[str, ScoredRun], decision: Decision) -> Check:
    """Did both sides answer what they were asked?

    Args:
        sides: the scored runs by the name that messages use.
        decision: the least coverage.
    """
    shares = {name: side.given_answers / side.expected_answers for name, side in sides.items()}
    worse = min(shares, key=lambda name: shares[name])
    side = sides[worse]
    enough = shares[worse] >= decision.coverage
    lacking = side.expected_answers - side.given_answers
    return Check(
        name="coverage",
        estimate=shares[worse],
        interval=UNKNOWN,
        limit=decision.coverage,
        n=side.expected_answers,
        method="answers without error over answers asked for, of the worse side",
        outcome=Outcome.PASS if enough else Outcome.UNDECIDED,
        explanation=(
            "Both sides answered every case, as often as they were asked."
            if not lacking
            else f"The {worse} lacks {lacking} of {side.expected_answers} answers"
            + (", few enough to judge the rest." if enough else ": too many to judge.")
        ),
        unit="share",
    )


def check_critical(cases: Sequence[CriticalCase]) -> Check | None:
    """Does a critical case break that the baseline passed?

    A case that passed in every baseline repeat and fails in the majority of the candidate's
    repeats fails the gate, whatever the averages say; the number of repeats is fixed before, so
    nothing is asked again only because it failed. A case that fails in a minority, or that
    fails on both sides, warns. Cases that could not be scored leave it undecided.

    Args:
        cases: the critical ones; none gives no check.
    """
    if not cases:
        return None
    broken = [case for case in cases if case.is_broken]
    unmeasured = [case for case in cases if not case.is_measured]
    known = [case for case in cases if case.is_measured and case.fails and not case.is_broken]
    flaky = [case for case in cases if case.is_flaky]
    outcome, why = _critical_outcome(broken, unmeasured, known, flaky)
    return Check(
        name=CRITICAL,
        estimate=float(len(broken)),
        interval=UNKNOWN,
        limit=0.0,
        n=len(cases),
        method="each critical case by the majority of its repeats",
        outcome=outcome,
        explanation=why or _all_pass(len(cases)),
        good="low",
        unit="count",
    )


def _all_pass(cases: int) -> str:
    return (
        "The critical case passes each time."
        if cases == 1
        else (f"All {cases} critical cases pass each time.")
    )


def _critical_outcome(
    broken: list[CriticalCase],
    unmeasured: list[CriticalCase],
    known: list[CriticalCase],
    flaky: list[CriticalCase],
) -> tuple[Outcome, str]:
    if broken:
        return Outcome.FAIL, f"The baseline passed and the candidate fails: {_ids(broken)}."
    if unmeasured:
        return Outcome.UNDECIDED, f"Could not be scored on both sides: {_ids(unmeasured)}."
    old = f"already failed with the baseline and still do: {_ids(known)}" if known else ""
    new = f"fail in a minority of repeats: {_ids(flaky)}" if flaky else ""
    if old or new:
        return Outcome.WARN, f"None breaks for good; {'; '.join(filter(None, (old, new)))}."
    return Outcome.PASS, ""


def _ids(cases: list[CriticalCase]) -> str:
    named = [case.case.case_id for case in cases[:_NAMED]]
    rest = len(cases) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")
