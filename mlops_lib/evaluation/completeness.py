"""A run or a judging that had to stop early decides nothing, however good it looks."""

from collections.abc import Iterator, Mapping

from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome

COMPLETE = "completeness"


def check_complete(sides: Mapping[str, ScoredRun]) -> Check | None:
    """Was everything asked and judged? None when it was: a whole run needs no mention.

    Args:
        sides: baseline and candidate, by name.
    """
    counted = [part for name, side in sides.items() for part in _parts(name, side)]
    what, left, total = max(counted, key=lambda part: part[1])
    if not left:
        return None
    share = (total - left) / total
    return Check(
        name=COMPLETE,
        estimate=share,
        interval=Interval(share, share),
        limit=1.0,
        n=total,
        method="calls that were made, of those planned",
        outcome=Outcome.UNDECIDED,
        explanation=(
            f"The budget ended {what}: {left:,} of {total:,} calls were not made. "
            "Which cases are missing is no accident, so the rest decides nothing."
        ),
        unit="share",
    )


def _parts(name: str, side: ScoredRun) -> Iterator[tuple[str, int, int]]:
    """What was to be done on one side: in words, how much is left, and how much it is in all."""
    answers = side.run.answers
    yield f"the run of the {name}", sum(each.is_unasked for each in answers), len(answers)
    for judged in side.judgements:
        yield f"the judging of the {name} by {judged.judge}", judged.unasked, len(judged.asked)
