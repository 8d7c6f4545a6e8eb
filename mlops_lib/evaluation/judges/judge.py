"""Ask a judge about every answer of a run, after it has passed its own test."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

from mlops_lib.errors import InputError, RunError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.judges.flags import flag_of
from mlops_lib.evaluation.judges.judgement import Judgement, Judgements, digest, why_unfit
from mlops_lib.evaluation.judges.prompt import REMINDER, WORDING, prompt_of
from mlops_lib.evaluation.judges.question import Question, known_questions, questions_of
from mlops_lib.evaluation.judges.reply import read_reply
from mlops_lib.evaluation.judges.rubric import Rubric
from mlops_lib.evaluation.judges.sentinels import holds
from mlops_lib.evaluation.runs import Run
from mlops_lib.llm import (
    Completion,
    Message,
    Model,
    ModelError,
    RejectedRequestError,
    Request,
)

AT_ONCE = 4
"""Calls at the same time."""


class JudgeError(RunError):
    """The judge is not fit to judge; its judgements are kept for a look, never used."""

    def __init__(self, message: str, judgements: Judgements) -> None:
        """Say why, and keep what was paid for."""
        super().__init__(message)
        self.judgements = judgements


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A rubric and the model that grades by it.

    Attributes:
        rubric: the question to the judge.
        model: that judges, by its exact id.
    """

    rubric: Rubric
    model: Model

    @cached_property
    def fingerprint(self) -> str:
        """Of everything that shapes a grade: scores of two fingerprints are not compared."""
        return self.rubric.fingerprint(self.model.id, f"{WORDING}{REMINDER}")

    def request(self, question: Question) -> Request:
        """What the model is asked."""
        system, message = prompt_of(self.rubric, question.material)
        return Request(
            messages=[Message(role="user", content=message)],
            max_tokens=self.rubric.max_tokens,
            system=system,
        )

    def ask(self, question: Question) -> Judgement:
        """One call, if one is needed; a reply that is no clear grade is an error.

        Raises:
            RejectedRequestError: for a wrong key or model: every further call would fail too.
        """
        if not question.needs_call:
            return self.without_call(question)
        try:
            return self.judgement(question, self.request(question).send(self.model))
        except RejectedRequestError:
            raise
        except ModelError as error:
            return self.judgement(question, error)

    def without_call(self, question: Question) -> Judgement:
        """Of an answer that is empty, or about which the rubric does not ask."""
        said = self._said(question)
        if not question.applies:
            return said(applies=False, flag="")
        worst = self.rubric.worst
        return said(grade=worst.grade, value=worst.value, reason="The answer is empty.")

    def judgement(self, question: Question, found: Completion | ModelError) -> Judgement:
        """What the model said, or why it said nothing."""
        said = self._said(question)
        if isinstance(found, ModelError):
            return said(error=f"no reply: {found}", **self._held(question, None))
        spent = partial(
            said,
            cost_usd=found.cost_usd,
            input_tokens=found.input_tokens,
            output_tokens=found.output_tokens,
        )
        try:
            graded = read_reply(found, self.rubric)
        except ValueError as error:
            return spent(error=f"the reply {error}", **self._held(question, None))
        value = self.rubric.values[graded.grade]
        held = self._held(question, value)
        return spent(grade=graded.grade, value=value, reason=graded.reason, **held)

    def unasked(self, question: Question, why: str) -> Judgement:
        """Of an answer that nobody was asked about."""
        return self._said(question)(error=why)

    def shown(self, question: Question) -> str:
        """Digest of what the model is asked; equal for an unchanged question."""
        asked = self.request(question)
        return digest(f"{asked.system}\0{asked.messages[-1].content}")

    def _said(self, question: Question) -> Callable[..., Judgement]:
        facts = {
            "judge": self.rubric.name,
            "fingerprint": self.fingerprint,
            "model": self.model.id,
            "case_id": question.case_id,
            "repeat": question.repeat,
            "threshold": self.rubric.threshold,
            "answer": digest(question.material.answer),
            "flag": flag_of(question.material.answer),
            "shown": self.shown(question) if question.needs_call else "",
            "sentinel": question.sentinel,
        }
        return lambda **more: Judgement(**{**facts, **more})

    def _held(self, question: Question, value: float | None) -> Mapping[str, bool]:
        """Whether a known answer got a grade on its side of the threshold."""
        if question.sentinel is None:
            return {}
        return {"held": holds(question.sentinel, value, self.rubric)}


def judge_run(
    run: Run,
    cases: CaseSet,
    rubric: Rubric,
    model: Model,
    *,
    sections: Mapping[str, str] | None = None,
    at_once: int = AT_ONCE,
) -> Judgements:
    """Judge every answer of a run in memory; the known answers come first.

    `mlops eval judge` does the same with a journal, so that a killed one goes on, and a budget.

    Args:
        run: the answers.
        cases: what was asked.
        rubric: the question to the judge.
        model: that judges, by its exact id.
        sections: text of what was retrieved by id; needed when the rubric shows sections.
        at_once: calls at the same time.

    Raises:
        InputError: for a model that changes behind its name, a rubric that shows sections
            without any, and a run of which the rubric asks nothing.
        JudgeError: if the judge falls for a sentinel, or fails to grade more than 5 % of answers.
        RejectedRequestError: if the service refuses the requests themselves.
    """
    check_judging(run, cases, rubric, model, sections)
    judge = Judge(rubric=rubric, model=model)
    gathered = partial(Judgements, judge=rubric.name, fingerprint=judge.fingerprint)
    with ThreadPoolExecutor(at_once) as pool:
        sentinels = tuple(pool.map(judge.ask, known_questions(rubric)))
        raise_if_unfit(gathered(items=(), sentinels=sentinels))
        items = tuple(pool.map(judge.ask, questions_of(run, cases, rubric, sections or {})))
    judgements = gathered(items=items, sentinels=sentinels)
    raise_if_unfit(judgements)
    return judgements


def check_judging(
    run: Run, cases: CaseSet, rubric: Rubric, model: Model, sections: Mapping[str, str] | None
) -> None:
    """Refuse what cannot be judged, before anything is paid.

    Args:
        run: the answers.
        cases: what was asked.
        rubric: the question to the judge.
        model: that would judge.
        sections: text of what was retrieved by id; None without a corpus.

    Raises:
        InputError: as `judge_run` says.
    """
    if model.id.endswith("latest"):
        message = "changes behind its name: judge with an exact model id"
        raise InputError.of(message, field="model", value=model.id)
    if "sections" in rubric.shows and sections is None:
        message = "shows sections to the judge, and no corpus was given"
        raise InputError.of(message, source=f"rubric {rubric.name}", field="shows")
    if not any(rubric.applies(case) and run.of(case) for case in cases.cases):
        message = f"holds no answer of which the rubric asks ({rubric.asks})"
        raise InputError.of(message, source=run.name)


def raise_if_unfit(judgements: Judgements) -> None:
    """Refuse judgements that must not be used.

    Raises:
        JudgeError: if the judge fell for a known answer, or failed to grade too many.
    """
    why = why_unfit(judgements.sentinels, judgements.error_rate)
    if why:
        raise JudgeError(f"the judge {judgements.judge} {why}", judgements)
