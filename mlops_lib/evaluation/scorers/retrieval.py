"""Retrieval: are the gold sections found, and how early?"""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer

_NOT_RECORDED = "the run does not record what was retrieved"


def recall(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """Share of the gold sections among the first k retrieved (recall@k)."""
    if answer.retrieved is None:
        return Score.unscored(_NOT_RECORDED)
    gold, first = set(case.context), evidence.scoring.retrieved
    found = gold & {section for section, _ in answer.retrieved[:first]}
    return Score(
        value=len(found) / len(gold),
        explanation=f"{len(found)} of {len(gold)} gold sections among the first {first}",
    )


def reciprocal_rank(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """One over the rank of the first gold section, 0 if none was retrieved; its mean is the MRR."""
    del evidence
    if answer.retrieved is None:
        return Score.unscored(_NOT_RECORDED)
    gold = set(case.context)
    ranks = (rank for rank, (section, _) in enumerate(answer.retrieved, 1) if section in gold)
    rank = next(ranks, None)
    if rank is None:
        return Score(value=0.0, explanation="no gold section was retrieved")
    return Score(value=1 / rank, explanation=f"the first gold section is number {rank}")


def _has_gold(case: Case) -> bool:
    return bool(case.context)


RECALL = Scorer(
    name="recall",
    meaning="gold sections among the first retrieved",
    score=recall,
    applies=_has_gold,
)
MRR = Scorer(
    name="mrr",
    meaning="how early the first gold section comes (1 = first)",
    score=reciprocal_rank,
    applies=_has_gold,
)
