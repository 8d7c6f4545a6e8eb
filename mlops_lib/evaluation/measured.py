"""What the settings ask for and nobody measured: it must not pass because it is not there."""

from collections.abc import Iterator, Mapping

from mlops_lib.evaluation.checks import softened
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Decision, Gate, Rule
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.verdict import Check, Outcome

MEASURED = "scores of "
"""How the name of such a check begins; the metric follows."""


def check_measured(
    unmeasured: Mapping[str, str],
    sides: Mapping[str, ScoredRun],
    rules: Mapping[str, Rule],
    decision: Decision,
) -> Iterator[Check]:
    """A metric without a comparison decides nothing, and so does the verdict.

    One that may be left out (`needed: false`) is, as long as the candidate does not lack what
    the baseline has.

    Args:
        unmeasured: metrics that could not be compared, with the reason.
        sides: baseline and candidate, by name.
        rules: of the metrics.
        decision: the least coverage.
    """
    for name, reason in unmeasured.items():
        rule = rules[name]
        scores = {side: scored.metrics[name] for side, scored in sides.items()}
        is_lost = bool(scores["baseline"].scored) and not scores["candidate"].scored
        if rule.gate is Gate.SHOW or not (rule.needed or is_lost):
            continue
        worse = min(scores.values(), key=lambda each: each.coverage)
        yield Check(
            name=f"{MEASURED}{name}",
            estimate=worse.coverage,
            interval=UNKNOWN,
            limit=decision.coverage,
            n=worse.expected,
            method="scores given, of those expected, of the worse side",
            outcome=softened(Outcome.UNDECIDED, rule.gate),
            explanation=f"Not measured, so it cannot pass: {reason}.",
            unit="share",
        )
