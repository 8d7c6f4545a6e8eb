"""A run that had to stop early decides nothing, however good it looks."""

from collections.abc import Mapping

from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome

COMPLETE = "completeness"


def check_complete(sides: Mapping[str, ScoredRun]) -> Check | None:
    """Was everything asked? None when it was: a whole run needs no mention.

    Args:
        sides: baseline and candidate, by name.
    """
    unasked = {
        name: sum(answer.is_unasked for answer in side.run.answers) for name, side in sides.items()
    }
    worst = max(unasked, key=lambda name: unasked[name])
    if not unasked[worst]:
        return None
    total = len(sides[worst].run.answers)
    asked = total - unasked[worst]
    return Check(
        name=COMPLETE,
        estimate=asked / total,
        interval=Interval(asked / total, asked / total),
        limit=1.0,
        n=total,
        method="asks that were made, of those planned",
        outcome=Outcome.UNDECIDED,
        explanation=(
            f"The budget ended the run of the {worst}: {unasked[worst]:,} of {total:,} asks were "
            "not made. Which cases are missing is no accident, so the rest decides nothing."
        ),
        unit="share",
    )
