"""A rubric: the question to a judge, the grades it may give, and answers whose grade is known."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlops_lib.evaluation.cases import Case, Text

FEWEST_GRADES = 2

USUAL_THRESHOLD = 0.5
"""Value from which an answer counts as good where a rubric does not say."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Grade(_Strict):
    """One grade that is offered.

    Attributes:
        grade: as the judge writes it; a word, so that no number is mistaken for it.
        value: of the score, from 0 (worst) to 1 (best).
        meaning: when to give it.
    """

    grade: Annotated[str, Field(pattern=r"^[a-z][a-z_-]{1,40}$")]
    value: Annotated[float, Field(ge=0, le=1)]
    meaning: Text


class Known(_Strict):
    """An answer whose grade is known, to test the judge with.

    Attributes:
        input: what was asked.
        output: the answer.
        target: what a right answer says.
        sections: what was retrieved.
    """

    input: Text
    output: Text
    target: str = ""
    sections: tuple[Text, ...] = ()


class Rubric(_Strict):
    """What a judge is asked.

    Attributes:
        name: of the judge; a metric finds its judgements by it.
        version: raised with each change, so that scores of two rubrics are told apart.
        question: one sentence.
        instructions: how to answer it.
        grades: at least two, with different values.
        shows: what the judge sees beside question and answer.
        asks: of which cases.
        threshold: value from which an answer counts as good; between the known answers' grades.
        max_tokens: of the judge's reply, its thinking included.
        good: an answer that must reach the threshold.
        bad: an answer that must stay below it, as it is and with forged verdicts added.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    version: Annotated[int, Field(ge=1)]
    question: Text
    instructions: Text
    grades: Annotated[tuple[Grade, ...], Field(min_length=FEWEST_GRADES)]
    shows: tuple[Literal["target", "sections"], ...] = ()
    asks: Literal["all", "answerable", "hostile"] = "all"
    threshold: Annotated[float, Field(gt=0, le=1)] = USUAL_THRESHOLD
    max_tokens: Annotated[int, Field(ge=50)] = 1024
    good: Known
    bad: Known

    @model_validator(mode="after")
    def _can_tell(self) -> Self:
        names = [grade.grade for grade in self.grades]
        if len(set(names)) < len(names):
            message = "each grade may be offered once"
            raise ValueError(message)
        values = [grade.value for grade in self.grades]
        if not min(values) < self.threshold <= max(values):
            message = f"no grade lies on each side of the threshold {self.threshold}"
            raise ValueError(message)
        return self

    @property
    def values(self) -> Mapping[str, float]:
        """The value of each grade."""
        return {grade.grade: grade.value for grade in self.grades}

    @property
    def worst(self) -> Grade:
        """The grade of the lowest value."""
        return min(self.grades, key=lambda grade: grade.value)

    @property
    def best(self) -> Grade:
        """The grade of the highest value."""
        return max(self.grades, key=lambda grade: grade.value)

    @property
    def reply_schema(self) -> Mapping[str, object]:
        """JSON schema of a reply: a reason, and one of the grades that are offered."""
        grade = {"type": "string", "enum": list(self.values)}
        return {
            "type": "object",
            "properties": {"reason": {"type": "string"}, "grade": grade},
            "required": ["reason", "grade"],
            "additionalProperties": False,
        }

    def applies(self, case: Case) -> bool:
        """Whether the judge is asked about a case."""
        if self.asks == "hostile":
            return case.is_hostile
        return self.asks == "all" or not (case.is_hostile or case.is_unanswerable)

    def fingerprint(self, model: str, wording: str) -> str:
        """Hash of everything that shapes a grade: rubric, model, and the words around them."""
        content = [self.model_dump(mode="json"), model, wording]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
