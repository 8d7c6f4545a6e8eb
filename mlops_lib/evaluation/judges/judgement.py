"""Judgements: what a judge said of each answer, and of the sentinels, as it is stored."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlops_lib.evaluation.cases import Text
from mlops_lib.evaluation.judges.rubric import USUAL_THRESHOLD
from mlops_lib.evaluation.runs import NOT_ASKED, Amount, Answer, Count
from mlops_lib.evaluation.spending import Spending, spending_of
from mlops_lib.verdict import Source

SentinelKind = Literal["good", "bad", "forged"]

MOST_ERRORS = 0.05
"""Share of answers that a judge may fail to grade; above, what is left is no fair sample."""


def digest(text: str) -> str:
    """Which text was judged: its SHA-256, in short."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def key_of(case_id: str, repeat: int, sentinel: SentinelKind | None) -> tuple[str, int]:
    """What a judgement is about; known answers apart from those of the run."""
    return (f"known {case_id}" if sentinel else case_id), repeat


class Judgement(BaseModel):
    """What one judge said of one answer; exactly one of grade and error, where the judge applies.

    Attributes:
        judge: name of the rubric.
        fingerprint: of rubric, model and wording; scores of two are not compared.
        model: that judged.
        case_id: of the answer, or a name of the sentinel.
        repeat: of the answer.
        answer: digest of the answer's text.
        grade: one of the rubric's.
        value: of the grade, from 0 to 1.
        threshold: the rubric's: value from which an answer counts as good.
        reason: the judge's.
        error: why there is no grade.
        flag: sign that the answer speaks to its judge; empty without one.
        applies: False where the rubric does not ask about this case.
        sentinel: which kind of known answer this is; None for an answer of the run.
        held: whether the sentinel got a grade on its side of the threshold.
        cost_usd: of this judgement; None where the price is unknown.
        input_tokens: read.
        output_tokens: written.
        shown: digest of the whole request, so that an unchanged one is not paid twice.
        batched: whether it was asked in a batch, at a lower price.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    judge: Text
    fingerprint: Text
    model: str = ""
    case_id: Text
    repeat: Count = 0
    answer: Text
    grade: Text | None = None
    value: Annotated[float, Field(ge=0, le=1)] | None = None
    threshold: Annotated[float, Field(gt=0, le=1)] = USUAL_THRESHOLD
    reason: str = ""
    error: str | None = None
    flag: str = ""
    applies: bool = True
    sentinel: SentinelKind | None = None
    held: bool | None = None
    cost_usd: Amount | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    shown: str = ""
    batched: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What it is about; known answers apart from those of the run."""
        return key_of(self.case_id, self.repeat, self.sentinel)

    @property
    def is_unasked(self) -> bool:
        """Whether the judging stopped before this question."""
        return (self.error or "").startswith(NOT_ASKED)

    @property
    def is_paid(self) -> bool:
        """Whether a model was asked."""
        return self.input_tokens is not None

    @model_validator(mode="after")
    def _graded_or_not(self) -> Self:
        if (self.grade is None) is not (self.value is None):
            message = "needs grade and value, or neither"
            raise ValueError(message)
        if self.applies and (self.grade is None) is (self.error is None):
            message = "needs a grade, or an error that says why there is none"
            raise ValueError(message)
        return self


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """All judgements of one judge on one run.

    Attributes:
        judge: its name.
        fingerprint: of rubric, model and wording.
        items: of the run's answers.
        sentinels: of the known answers.
        source: fingerprint of the file; None for judgements made in memory.
    """

    judge: str
    fingerprint: str
    items: tuple[Judgement, ...]
    sentinels: tuple[Judgement, ...]
    source: Source | None = None

    @property
    def threshold(self) -> float:
        """Value from which an answer counts as good, by the rubric."""
        first = next(iter((*self.sentinels, *self.items)), None)
        return USUAL_THRESHOLD if first is None else first.threshold

    @cached_property
    def by_answer(self) -> Mapping[tuple[str, int], Judgement]:
        """By case and repeat."""
        return {(item.case_id, item.repeat): item for item in self.items}

    def of(self, answer: Answer) -> Judgement | None:
        """What was said of an answer; None when it was not judged, or said something else then."""
        found = self.by_answer.get((answer.case_id, answer.repeat))
        return found if found and found.answer == digest(answer.text) else None

    @property
    def asked(self) -> tuple[Judgement, ...]:
        """Of answers about which the rubric asks."""
        return tuple(item for item in self.items if item.applies)

    @property
    def flagged(self) -> tuple[Judgement, ...]:
        """Of answers that speak to their judge."""
        return tuple(item for item in self.items if item.flag)

    @property
    def unasked(self) -> int:
        """How many answers nobody judged, because the budget ended."""
        return sum(item.is_unasked for item in self.items)

    @property
    def spending(self) -> Spending:
        """What all of it took, the known answers included."""
        return spending_of(item for item in (*self.sentinels, *self.asked) if item.is_paid)

    @property
    def error_rate(self) -> float:
        """Share of the asked that got no grade; 0 when nothing was asked."""
        asked = [item for item in self.asked if not item.is_unasked]
        return sum(item.error is not None for item in asked) / len(asked) if asked else 0.0


def why_unfit(sentinels: Sequence[Judgement], error_rate: float) -> str:
    """Why judgements must not be used; empty when they may.

    Args:
        sentinels: judgements of the known answers.
        error_rate: share of answers without a grade.
    """
    lacking = {"good", "bad", "forged"} - {item.sentinel for item in sentinels}
    if lacking:
        return f"was not tested with known answers: {', '.join(sorted(lacking))}"
    fallen = [item for item in sentinels if not item.held]
    if fallen:
        first, of = fallen[0], f"{len(fallen)} of {len(sentinels)}"
        return f"fell for {of} known answers: {first.case_id} got {first.grade or first.error}"
    if error_rate > MOST_ERRORS:
        share, most = f"{100 * error_rate:.1f} %", f"{100 * MOST_ERRORS:.0f} %"
        return f"could not grade {share} of the answers, more than {most}"
    return ""
