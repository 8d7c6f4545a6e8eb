"""Asking a target, as a job: an ask becomes an answer, with the time that it took."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass

from mlops_lib.evaluation.running.asks import Ask, Key
from mlops_lib.evaluation.running.prompt_target import PromptTarget
from mlops_lib.evaluation.running.target import Reply, Target
from mlops_lib.evaluation.runs import Answer
from mlops_lib.llm import Completion, ModelError, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The job of a run.

    Attributes:
        target: to ask.
    """

    target: Target

    @property
    def is_async(self) -> bool:
        """Whether the target is."""
        return self.target.is_async

    def most(self, ask: Ask) -> float | None:
        """What the target says that one ask costs at most."""
        return self.target.estimate(ask).cost_usd

    def do(self, ask: Ask) -> Answer | Awaitable[Answer]:
        """Ask once."""
        began = time.perf_counter()
        reply = self.target.ask(ask)
        if isinstance(reply, Reply):
            return filed(ask, reply, 1000 * (time.perf_counter() - began))
        return _filed_later(ask, reply, began)

    def late(self, ask: Ask, message: str) -> Answer:
        """An answer that is an error."""
        return filed(ask, Reply(error=message))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAsking(Asking):
    """The job of a run whose calls can wait."""

    target: PromptTarget

    def key(self, ask: Ask) -> Key:
        """Case and repeat."""
        return ask.key

    def request(self, ask: Ask) -> Request:
        """What the model is asked."""
        return self.target.request(ask)

    def entry(self, ask: Ask, found: Completion | ModelError) -> Answer:
        """An answer without a latency: nobody waited for it."""
        answer = filed(ask, self.target.reply(ask, found))
        return answer.model_copy(update={"batched": True})


async def _filed_later(ask: Ask, reply: Awaitable[Reply], began: float) -> Answer:
    return filed(ask, await reply, 1000 * (time.perf_counter() - began))


def filed(ask: Ask, reply: Reply, elapsed_ms: float | None = None) -> Answer:
    """A reply as a line of the run.

    Args:
        ask: that it replies to.
        reply: of the target.
        elapsed_ms: measured, for a target that does not tell its own; None: not recorded.
    """
    said = dict(reply)
    said["output"] = _encodable(reply.output)
    if reply.output is None and not reply.error:
        said["error"] = "the target gave neither an output nor an error"
    if reply.latency_ms is None and not reply.error and elapsed_ms is not None:
        said["latency_ms"] = round(elapsed_ms, 1)
    return Answer.model_construct(case_id=ask.case.case_id, repeat=ask.repeat, **said)


def _encodable(text: str | None) -> str | None:
    """Lone surrogates, which no file can hold, become question marks."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
