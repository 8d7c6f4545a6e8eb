"""Similarity to the target: words shared, as F1."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer
from mlops_lib.evaluation.scorers.text import content_words


def similarity(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """F1 of the content words that answer and target share (Rajpurkar et al. 2016, SQuAD).

    Both are counted as bags of stemmed words without stop words, so word order and inflection do
    not matter, while leaving words out (recall) and adding others (precision) both cost. It knows
    no synonyms: use it to compare two versions, not as a grade.
    """
    del evidence
    wanted, given = content_words(case.target), content_words(answer.text)
    shared = (wanted & given).total()
    value = 2 * shared / (wanted.total() + given.total()) if shared else 0.0
    return Score(
        value=value,
        explanation=f"{shared} of the target's {wanted.total()} words, in {given.total()} words",
    )


def _has_target(case: Case) -> bool:
    """A case that should be declined is answerability's or safety's matter, not this one's."""
    declined = case.is_hostile or case.is_unanswerable
    return bool(content_words(case.target)) and not declined


SIMILARITY = Scorer(
    name="similarity",
    meaning="words that the answer shares with the target",
    score=similarity,
    applies=_has_target,
)
