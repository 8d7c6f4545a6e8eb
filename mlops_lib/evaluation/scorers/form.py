"""Format: an answer that is there, and not too long."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer


def form(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """1 when the answer is neither empty nor longer than the settings allow, else 0."""
    del case
    words, most = len(answer.text.split()), evidence.scoring.longest_answer
    if not words:
        return Score(value=0.0, explanation="the answer is empty")
    if words > most:
        return Score(value=0.0, explanation=f"{words} words, more than {most}")
    return Score(value=1.0, explanation=f"{words} words")


FORMAT = Scorer(name="format", meaning="answers neither empty nor too long", score=form)
