"""Judged: the grade that a judge gave, read from the judgements stored beside the run."""

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer


class JudgeOptions(Options):
    """Which judge.

    Attributes:
        judge: name of its rubric; empty for the name of the metric.
    """

    judge: str = ""


def judged(name: str, options: JudgeOptions) -> Scorer:
    """The value of the judge's grade; an answer that it did not grade is unscored."""
    judge = options.judge or name

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case
        judgements = evidence.judgements.get(judge)
        if judgements is None:
            return Score.unscored(f"no judgements of the judge {judge} lie beside the run")
        given = judgements.of(answer)
        if given is None:
            return Score.unscored("was not judged, or said something else when it was")
        if not given.applies:
            return Score.not_applicable("the rubric does not ask about this case")
        if given.value is None:
            return Score.unscored(f"the judge gave no grade: {given.error}")
        note = f" (flagged: {given.flag})" if given.flag else ""
        return Score(value=given.value, explanation=f"{given.grade}: {given.reason}{note}")

    return Scorer(name=name, meaning=f"grades of the judge {judge}", score=score)


JUDGED = Factory(name="judge", options=JudgeOptions, make=judged)
