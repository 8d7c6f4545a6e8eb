"""Exact: the answer is the target."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer


class ExactOptions(Options):
    """How strict "the same" is.

    Attributes:
        case_sensitive: whether capitals count.
    """

    case_sensitive: bool = False


def has_target(case: Case) -> bool:
    """Whether there is a text that a right answer says; declining is another scorer's matter."""
    return bool(case.target.strip()) and not (case.is_hostile or case.is_unanswerable)


def plain(text: str, *, case_sensitive: bool) -> str:
    r"""A text with single blanks, and without capitals unless they count.

    Example:
        >>> plain("Five  percent\n", case_sensitive=False)
        'five percent'
    """
    line = " ".join(text.split())
    return line if case_sensitive else line.casefold()


def exact(name: str, options: ExactOptions) -> Scorer:
    """1 when answer and target are the same but for blanks (and capitals), else 0."""

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del evidence
        said, wanted = (
            plain(text, case_sensitive=options.case_sensitive)
            for text in (answer.text, case.target)
        )
        same = said == wanted
        told = "is the target" if same else "is another text than the target"
        return Score(value=float(same), explanation=f"the answer {told}")

    return Scorer(name=name, meaning="answers that are the target", score=score, applies=has_target)


EXACT = Factory(name="exact", options=ExactOptions, make=exact)
