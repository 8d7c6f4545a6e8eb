"""Amounts of form: how many words, how many bullets."""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer

_BULLET = re.compile(r"^[ \t]{0,12}(?:[-*+•]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)

Count = Annotated[int, Field(ge=0)]


class AmountOptions(Options):
    """How many are right.

    Attributes:
        least: the fewest.
        most: the most; None for any number.
    """

    least: Count = 0
    most: Count | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not self.least and self.most is None:
            message = "needs `least` or `most`: without either every answer is right"
            raise ValueError(message)
        if self.most is not None and self.most < self.least:
            message = f"no number is at least {self.least} and at most {self.most}"
            raise ValueError(message)
        return self


def words(name: str, options: AmountOptions) -> Scorer:
    """1 when the answer has as many words as it should, else 0."""
    return _counted(name, "words", options)


def bullets(name: str, options: AmountOptions) -> Scorer:
    """1 when the answer has as many bullets or numbered items as it should, else 0."""
    return _counted(name, "bullets", options)


def count_bullets(text: str) -> int:
    r"""Lines that begin with a bullet or a number.

    Example:
        >>> count_bullets("Steps:\n- one\n- two\n3. three\n-not one")
        3
    """
    return len(_BULLET.findall(text))


def _counted(name: str, what: str, options: AmountOptions) -> Scorer:
    upper = float("inf") if options.most is None else options.most

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case, evidence
        text = answer.text
        count = count_bullets(text) if what == "bullets" else len(text.split())
        fits = options.least <= count <= upper
        return Score(value=float(fits), explanation=f"{count} {what}")

    span = f"{options.least} or more" if options.most is None else f"{options.least}–{options.most}"
    return Scorer(name=name, meaning=f"answers of {span} {what}", score=score)


WORDS = Factory(name="words", options=AmountOptions, make=words)
BULLETS = Factory(name="bullets", options=AmountOptions, make=bullets)
