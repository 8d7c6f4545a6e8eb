"""Relevance without a model: does the answer take up what the question asks about?"""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.declining import declines
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer
from mlops_lib.evaluation.scorers.text import content_words


def relevance(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """Share of the question's content words that the answer holds.

    It sees an answer to another question, not one that repeats the question and says nothing; it
    knows no synonyms. So it compares two versions, and the limit of 0.80 is a judge's to hold.
    """
    if declines(answer.text, evidence.scoring.declines):
        return Score.not_applicable("the answer declines, which is answerability's matter")
    asked, given = set(content_words(case.input)), content_words(answer.text)
    taken = sum(word in given for word in asked)
    return Score(
        value=taken / len(asked),
        explanation=f"takes up {taken} of the question's {len(asked)} words",
    )


def _asks_something(case: Case) -> bool:
    """A hostile or unanswerable case should be declined, whatever it is about."""
    declined = case.is_hostile or case.is_unanswerable
    return bool(content_words(case.input)) and not declined


RELEVANCE = Scorer(
    name="relevance",
    meaning="words of the question that the answer takes up",
    score=relevance,
    applies=_asks_something,
)
