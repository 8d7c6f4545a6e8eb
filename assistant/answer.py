"""Answer one question: guardrails, retrieval, an honest "not covered", or the model."""

import time
from dataclasses import dataclass

from assistant.guardrails import REFUSAL, broken_rule
from mlops_lib.index import Hit, Index
from mlops_lib.llm import Completion, Message, Model, ModelError
from mlops_lib.prompts import Prompt
from mlops_lib.request_log import Answer as Outcome

NOT_COVERED = "The guide does not cover this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the assistant says to one question, and how it came to that.

    Attributes:
        text: the answer; None after an error.
        outcome: how it ended.
        hits: the sections that were found, best first; none after a guardrail.
        completion: the model's answer, where it was asked.
        guardrail: the rule that the question broke.
        error: class of the error.
        retrieval_ms: time of guardrails and search.
        model_ms: time of the model.
    """

    text: str | None
    outcome: Outcome
    hits: tuple[Hit, ...] = ()
    completion: Completion | None = None
    guardrail: str | None = None
    error: str | None = None
    retrieval_ms: float = 0.0
    model_ms: float = 0.0

    @property
    def top_score(self) -> float | None:
        """Score of the best section."""
        return self.hits[0].score if self.hits else None

    @property
    def retrieved(self) -> tuple[tuple[str, float], ...]:
        """Id and score of each section, best first."""
        return tuple((hit.section.id, hit.score) for hit in self.hits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """One release of the application: an index, a version of the prompt and a model."""

    index: Index
    prompt: Prompt
    model: Model

    def answer(self, question: str, *, hits: tuple[Hit, ...] | None = None) -> Answer:
        """Answer a question; a model that fails is an answer too, with its error.

        Args:
            question: what the user typed; untrusted.
            hits: sections that this index found before, to search many questions at once.
        """
        start = time.perf_counter()
        rule = broken_rule(question)
        if rule is not None:
            return Answer(
                text=REFUSAL, outcome="refused", guardrail=rule, retrieval_ms=_ms_since(start)
            )
        found = self.index.search(question, self.prompt.retrieval.top_k) if hits is None else hits
        searched = _ms_since(start)
        if not found or found[0].score < self.prompt.retrieval.min_score:
            return Answer(text=NOT_COVERED, outcome="no_answer", hits=found, retrieval_ms=searched)
        return self._ask(question, found, searched)

    def _ask(self, question: str, hits: tuple[Hit, ...], searched: float) -> Answer:
        start = time.perf_counter()
        content = self.prompt.render(question=question, context=_context(hits))
        try:
            completion = self.model.complete(
                [Message(role="user", content=content)],
                max_tokens=self.prompt.max_tokens,
                system=self.prompt.system,
            )
        except ModelError as error:
            return Answer(
                text=None,
                outcome="error",
                hits=hits,
                error=type(error).__name__,
                retrieval_ms=searched,
                model_ms=_ms_since(start),
            )
        refused = completion.stop_reason == "refusal"
        return Answer(
            text=REFUSAL if refused else completion.text,
            outcome=_outcome(completion),
            hits=hits,
            completion=completion,
            guardrail="model_refusal" if refused else None,
            retrieval_ms=searched,
            model_ms=_ms_since(start),
        )


def _outcome(completion: Completion) -> Outcome:
    if completion.stop_reason == "refusal":
        return "refused"
    return "no_answer" if completion.text.startswith(NOT_COVERED) else "answered"


def _context(hits: tuple[Hit, ...]) -> str:
    return "\n".join(
        f'<section id="{hit.section.id}">\n## {hit.section.title}: {hit.section.heading}\n'
        f"{hit.section.text}\n</section>"
        for hit in hits
    )


def _ms_since(start: float) -> float:
    return (time.perf_counter() - start) * 1000
