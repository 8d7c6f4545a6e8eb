"""Regex: the answer matches a pattern, or must not."""

import re
from typing import Annotated

from pydantic import AfterValidator

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer
from mlops_lib.evaluation.settings import compiles

LONGEST_SEARCHED = 20_000
"""Characters: a pattern of the user's may take quadratic time, and answers are hostile text."""


class RegexOptions(Options):
    """What to look for.

    Attributes:
        pattern: a regular expression; `(?i)` in front ignores capitals.
        absent: whether it must not be found.
    """

    pattern: Annotated[str, AfterValidator(compiles)]
    absent: bool = False


def regex(name: str, options: RegexOptions) -> Scorer:
    """1 when the pattern is found (with `absent`: is not found) in the answer, else 0."""
    pattern = re.compile(options.pattern)

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case, evidence
        if len(answer.text) > LONGEST_SEARCHED:
            return Score.unscored(f"longer than the {LONGEST_SEARCHED:,} characters searched")
        found = pattern.search(answer.text) is not None
        told = "is found" if found else "is not found"
        return Score(value=float(found is not options.absent), explanation=f"the pattern {told}")

    word = "without" if options.absent else "with"
    return Scorer(name=name, meaning=f"answers {word} {options.pattern}", score=score)


REGEX = Factory(name="regex", options=RegexOptions, make=regex)
