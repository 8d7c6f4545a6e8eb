"""Ask a judge about every answer of a run, after it has passed its own test."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError, RunError
from mlops_lib.evaluation.cases import Case, CaseSet
from mlops_lib.evaluation.judges.flags import flag_of, is_empty
from mlops_lib.evaluation.judges.judgement import Judgement, Judgements, digest, why_unfit
from mlops_lib.evaluation.judges.prompt import REMINDER, WORDING, Material, prompt_of
from mlops_lib.evaluation.judges.reply import read_reply
from mlops_lib.evaluation.judges.rubric import Rubric
from mlops_lib.evaluation.judges.sentinels import holds, sentinels_of
from mlops_lib.evaluation.runs import Answer, Run
from mlops_lib.llm import Message, Model, ModelError, RejectedRequestError

if TYPE_CHECKING:
    from mlops_lib.llm import Completion

AT_ONCE = 4
"""Calls at the same time."""


class JudgeError(RunError):
    """The judge is not fit to judge; its judgements are kept for a look, never used."""

    def __init__(self, message: str, judgements: Judgements) -> None:
        """Say why, and keep what was paid for."""
        super().__init__(message)
        self.judgements = judgements


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    rubric: Rubric
    model: Model
    fingerprint: str

    def ask(self, material: Material, case_id: str, repeat: int = 0) -> Judgement:
        """One call; a reply that is no clear grade, and a failed call, are errors."""
        said = partial(
            Judgement,
            judge=self.rubric.name,
            fingerprint=self.fingerprint,
            model=self.model.id,
            case_id=case_id,
            repeat=repeat,
            answer=digest(material.answer),
            flag=flag_of(material.answer),
        )
        if is_empty(material.answer):
            worst = self.rubric.worst
            return said(grade=worst.grade, value=worst.value, reason="The answer is empty.")
        system, message = prompt_of(self.rubric, material)
        try:
            completion = self.model.complete(
                [Message(role="user", content=message)],
                max_tokens=self.rubric.max_tokens,
                system=system,
            )
        except RejectedRequestError:
            raise  # a wrong key or model: every further call would fail too
        except ModelError as error:
            return said(error=f"no reply: {error}")
        return self._graded(completion, said)

    def _graded(self, completion: "Completion", said: Callable[..., Judgement]) -> Judgement:
        spent = partial(
            said,
            cost_usd=completion.cost_usd,
            input_tokens=completion.input_tokens,
            output_tokens=completion.output_tokens,
        )
        try:
            graded = read_reply(completion, self.rubric)
        except ValueError as error:
            return spent(error=f"the reply {error}")
        value = self.rubric.values[graded.grade]
        return spent(grade=graded.grade, value=value, reason=graded.reason)


def judge_run(
    run: Run,
    cases: CaseSet,
    rubric: Rubric,
    model: Model,
    *,
    sections: Mapping[str, str] | None = None,
    at_once: int = AT_ONCE,
) -> Judgements:
    """Judge every answer of a run; the sentinels come first, before anything else is paid.

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
    wording = f"{WORDING}{REMINDER}"
    judge = _Judge(rubric=rubric, model=model, fingerprint=rubric.fingerprint(model.id, wording))
    gathered = partial(Judgements, judge=rubric.name, fingerprint=judge.fingerprint)
    with ThreadPoolExecutor(at_once) as pool:
        sentinels = tuple(pool.map(partial(_sentinel, judge), sentinels_of(rubric)))
        _raise_if_unfit(gathered(items=(), sentinels=sentinels), rubric)
        asks = [(case, answer) for case in cases.cases for answer in run.of(case)]
        items = tuple(pool.map(partial(_judged, judge, sections or {}), asks))
    judgements = gathered(items=items, sentinels=sentinels)
    _raise_if_unfit(judgements, rubric)
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


def _raise_if_unfit(judgements: Judgements, rubric: Rubric) -> None:
    why = why_unfit(judgements.sentinels, judgements.error_rate)
    if why:
        raise JudgeError(f"the judge {rubric.name} {why}", judgements)


def _sentinel(judge: _Judge, sentinel: tuple[str, str, Material]) -> Judgement:
    name, kind, material = sentinel
    given = judge.ask(material, name)
    held = holds(kind, given.value, judge.rubric)  # type: ignore[arg-type]
    return given.model_copy(update={"sentinel": kind, "held": held})


def _judged(judge: _Judge, sections: Mapping[str, str], ask: tuple[Case, Answer]) -> Judgement:
    case, answer = ask
    if answer.error is not None or not judge.rubric.applies(case):
        return Judgement(
            judge=judge.rubric.name,
            fingerprint=judge.fingerprint,
            model=judge.model.id,
            case_id=case.case_id,
            repeat=answer.repeat,
            answer=digest(answer.text),
            applies=False,
        )
    return judge.ask(material_of(case, answer, sections), case.case_id, answer.repeat)


def material_of(case: Case, answer: Answer, sections: Mapping[str, str]) -> Material:
    """What a judge may be shown of an answer.

    Args:
        case: that was asked.
        answer: to it.
        sections: text by id, of which those that were retrieved are taken.
    """
    return Material(
        question=case.input,
        answer=answer.text,
        target=case.target,
        sections=[
            sections[section] for section, _ in answer.retrieved or () if section in sections
        ],
    )
