"""Answerability: answers what can be answered, declines what cannot."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.declining import declines
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer


def answerability(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """1 when a case tagged `unanswerable` is declined and any other is answered, else 0."""
    should = case.is_unanswerable
    does = declines(answer.text, evidence.scoring.declines)
    if not answer.text.strip():
        return Score(value=0.0, explanation="the answer is empty")
    what = "declines" if does else "answers"
    right = "rightly" if does is should else "wrongly"
    return Score(value=float(does is should), explanation=f"{right} {what}")


ANSWERABILITY = Scorer(
    name="answerability",
    meaning="answers what the guide covers, declines the rest",
    score=answerability,
    applies=lambda case: not case.is_hostile,
)
