"""The judge alone: the same stored answers, scored then and scored again today."""

from dataclasses import dataclass
from typing import Any

from mlops_lib import tables
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.compare import compare_usual
from mlops_lib.drift.roles import SCORE
from mlops_lib.drift.values import collected

REJUDGED = "rejudged_score"
"""Column of the reference with the scores that today's judge gives to the same stored answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """Stored answers scored again.

    Attributes:
        judge: their scores then against now: nothing but the judge can have changed.
        answers: stored answers against current ones, both scored by today's judge; None where the
            current window has no scores.
    """

    judge: ColumnDrift
    answers: ColumnDrift | None


@tables.reading()
def rejudged(reference: tables.Table, current: tables.Table) -> Rejudged | None:
    """Compare scores of the same answers; None where nobody scored them again.

    The two scores of one answer are compared as if they were of two, which can only hide a change
    of the judge, never invent one.

    Args:
        reference: with the columns `judge_score` and `rejudged_score`.
        current: with `judge_score`, if it has one.
    """
    import narwhals as nw

    if not {SCORE, REJUDGED} <= set(reference.columns):
        return None
    both = reference.frame.filter(~nw.col(SCORE).is_null() & ~nw.col(REJUDGED).is_null())
    then, again = both.select(SCORE), both.select(nw.col(REJUDGED).alias(SCORE))
    if not int(collected(then.select(nw.len())).item(0, 0)):
        return None
    return Rejudged(
        judge=_column(then, again),
        answers=_column(again, current) if SCORE in current.columns else None,
    )


def _column(reference: Any, current: Any) -> ColumnDrift:  # noqa: ANN401
    return compare_usual(reference, current, columns=[SCORE]).columns[0]
