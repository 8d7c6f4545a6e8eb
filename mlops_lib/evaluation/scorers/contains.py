"""Contains: the answer holds the texts that it must hold."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.exact import ExactOptions, has_target, plain
from mlops_lib.evaluation.scorers.options import Factory
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer, always


class ContainsOptions(ExactOptions):
    """What must be held.

    Attributes:
        texts: each of them; empty for the case's target.
    """

    texts: tuple[str, ...] = ()


def contains(name: str, options: ContainsOptions) -> Scorer:
    """Share of the texts that the answer holds, blanks (and capitals) aside."""

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del evidence
        wanted = options.texts or (case.target,)
        said = plain(answer.text, case_sensitive=options.case_sensitive)
        lacking = [
            text
            for text in wanted
            if plain(text, case_sensitive=options.case_sensitive) not in said
        ]
        value = 1 - len(lacking) / len(wanted)
        told = f"lacks {lacking[0]!r}" if lacking else "holds what it must"
        return Score(value=value, explanation=f"the answer {told}")

    return Scorer(
        name=name,
        meaning="texts that the answer holds",
        score=score,
        applies=always if options.texts else has_target,
    )


CONTAINS = Factory(name="contains", options=ContainsOptions, make=contains)
