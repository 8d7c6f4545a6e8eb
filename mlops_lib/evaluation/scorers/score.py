"""A score, the evidence that scorers may use, and what a scorer is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.judges.judgement import Judgements
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.settings import Scoring

Good = Literal["high", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The value of one answer with its explanation.

    Attributes:
        value: None when the answer is unscored, or when the question does not arise.
        explanation: one sentence: why this value, or why there is none.
        applies: False when the question does not arise for this answer; such a score is left
            out of averages and of coverage, while an unscored one lowers the coverage.
    """

    value: float | None
    explanation: str
    applies: bool = True

    @classmethod
    def unscored(cls, why: str) -> Self:
        """No value could be given: counted, listed, never averaged."""
        return cls(value=None, explanation=why)

    @classmethod
    def not_applicable(cls, why: str) -> Self:
        """The question does not arise."""
        return cls(value=None, explanation=why, applies=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What scorers may look at beside case and answer.

    Attributes:
        sections: text of each section of the corpus by id; None when no corpus was given.
        scoring: the scorers' constants.
        judgements: of the run that is scored, by judge.
    """

    sections: Mapping[str, str] | None
    scoring: Scoring
    judgements: Mapping[str, Judgements] = field(default_factory=dict)


def always(case: Case) -> bool:
    """A scorer that every case is asked."""
    del case
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A question asked of every answer.

    Attributes:
        name: of the metric.
        meaning: what a reader should understand by it.
        score: case, answer and evidence to a score; pure and deterministic.
        applies: whether the question arises for a case, whatever the answer.
        unit: of the value, as in `verdict.Check`.
        good: which direction is better.
    """

    name: str
    meaning: str
    score: Callable[[Case, Answer, Evidence], Score]
    applies: Callable[[Case], bool] = always
    unit: str = "share"
    good: Good = "high"
