"""Answer a request and log it: the one way from a question to a row of the request log."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from assistant.answer import Answer, Assistant
from assistant.latency import Latency
from mlops_lib.request_log import Request, RequestLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and when.

    Attributes:
        request_id: unique.
        time: of arrival, aware.
        user_id: pseudonym.
        session_id: the visit.
        experiment: that the user is in.
        variant: of the experiment.
        release: "stable" or "canary".
    """

    request_id: str
    time: datetime
    user_id: str
    session_id: str
    experiment: str | None = None
    variant: str | None = None
    release: str = "stable"


def serve(question: str, assistant: Assistant, log: RequestLog, *, user_id: str = "cli") -> Answer:
    """Answer one question now, and log it.

    Args:
        question: untrusted.
        assistant: the release that answers.
        log: where the request is written.
        user_id: pseudonym of the asker.
    """
    time = datetime.now(tz=UTC)
    answer = assistant.answer(question)
    measured = Latency(total=answer.retrieval_ms + answer.model_ms, first_token=None)
    caller = Caller(
        request_id=uuid.uuid4().hex, time=time, user_id=user_id, session_id=uuid.uuid4().hex
    )
    log.append([request_of(caller, question, answer, assistant=assistant, times=measured)])
    return answer


def request_of(
    caller: Caller,
    question: str,
    answer: Answer,
    *,
    assistant: Assistant,
    times: Latency,
    feedback: int | None = None,
) -> Request:
    """The row of the log for one answered question.

    Args:
        caller: who asked, and when.
        question: as typed.
        answer: what was said.
        assistant: the release that said it.
        times: measured, or modelled in the simulation.
        feedback: 1, -1 or None.
    """
    completion = answer.completion
    return Request(
        request_id=caller.request_id,
        time=caller.time,
        user_id=caller.user_id,
        session_id=caller.session_id,
        query=question,
        answer=answer.text,
        outcome=answer.outcome,
        prompt_name=assistant.prompt.name,
        prompt_version=assistant.prompt.version,
        model=completion.model if completion else assistant.model.id,
        index_id=assistant.index.id,
        embedder=assistant.index.embedder.id,
        top_score=answer.top_score,
        retrieved=answer.retrieved,
        input_tokens=completion.input_tokens if completion else _no_tokens(answer),
        output_tokens=completion.output_tokens if completion else _no_tokens(answer),
        cost_usd=completion.cost_usd if completion else _no_tokens(answer),
        latency_ms=times.total,
        ttft_ms=times.first_token,
        guardrail=answer.guardrail,
        error=answer.error,
        feedback=feedback,
        experiment=caller.experiment,
        variant=caller.variant,
        release=caller.release,
    )


def _no_tokens(answer: Answer) -> int | None:
    """None after an error, whose tokens nobody reported; zero where the model was not asked."""
    return None if answer.outcome == "error" else 0
