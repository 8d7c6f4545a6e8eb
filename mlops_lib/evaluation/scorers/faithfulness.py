"""Faithfulness: is each sentence of the answer supported by a section that was retrieved?"""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.declining import declines
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer
from mlops_lib.evaluation.scorers.text import content_words, is_number, sentences

FEWEST_WORDS = 3
"""A sentence with fewer content words ("Yes.") claims nothing that could be looked up."""


def faithfulness(case: Case, answer: Answer, evidence: Evidence) -> Score:
    """Share of the answer's sentences that one retrieved section supports.

    A section supports a sentence when it holds the settings' share of its content words and all
    of its numbers. This is lexical: it sees invented facts and numbers, not a twisted relation
    between words that are all there; a judge model sees those.
    """
    del case
    if evidence.sections is None:
        return Score.unscored("no corpus was given to look the sentences up in")
    if answer.retrieved is None:
        return Score.unscored("the run does not record what was retrieved")
    if declines(answer.text, evidence.scoring.declines):
        return Score.not_applicable("the answer declines, so it claims nothing")
    unknown = [section for section, _ in answer.retrieved if section not in evidence.sections]
    if unknown:
        return Score.unscored(f"retrieved sections that the corpus lacks: {', '.join(unknown)}")
    return _share_supported(answer, evidence)


def _share_supported(answer: Answer, evidence: Evidence) -> Score:
    claims = [text for text in sentences(answer.text) if len(content_words(text)) >= FEWEST_WORDS]
    if not claims:
        return Score.not_applicable("the answer claims nothing that could be looked up")
    lacking = [claim for claim in claims if not is_supported(claim, answer, evidence)]
    value = 1 - len(lacking) / len(claims)
    if not lacking:
        return Score(value=value, explanation=f"all {len(claims)} sentences are supported")
    return Score(
        value=value,
        explanation=f"{len(lacking)} of {len(claims)} sentences lack support, first: {lacking[0]}",
    )


def is_supported(claim: str, answer: Answer, evidence: Evidence) -> bool:
    """Whether one retrieved section holds the claim's numbers and enough of its words."""
    words = set(content_words(claim))
    numbers = {word for word in words if is_number(word)}
    for section, _ in answer.retrieved or ():
        held = words & content_words((evidence.sections or {}).get(section, "")).keys()
        if len(held) >= evidence.scoring.supported * len(words) and numbers <= held:
            return True
    return False


FAITHFULNESS = Scorer(
    name="faithfulness",
    meaning="sentences that a retrieved section supports",
    score=faithfulness,
)
