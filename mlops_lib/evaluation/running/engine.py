"""Ask what is to be asked: some at once, each answer in the journal before the next is begun.

Workers pull from one iterator, so that a million asks take no more memory than ten.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field

from mlops_lib.errors import InputError
from mlops_lib.evaluation.running.asks import Ask
from mlops_lib.evaluation.running.budget import Budget
from mlops_lib.evaluation.running.progress import Progress, Silent, Standing
from mlops_lib.evaluation.running.target import Reply, Target
from mlops_lib.evaluation.running.threads import Threads
from mlops_lib.evaluation.runs import Answer

CONCURRENCY = 8
"""Asks at once: enough to hide a model's latency, few enough for the smallest rate limits."""

TIMEOUT = 300.0
"""Seconds that one ask may take in all, retries included; then it is an error."""


@dataclass(slots=True, kw_only=True)
class Work:
    """One part of a run: what is left to ask, and where the answers go.

    Attributes:
        target: to ask.
        asks: what is left.
        keep: writes an answer durably.
        budget: to hold.
        progress: is told.
        concurrency: asks at once.
        timeout: seconds that one ask may take.
        total: answers of the whole run.
        done: answers that there were before this part.
    """

    target: Target
    asks: Iterable[Ask]
    total: int
    keep: Callable[[Answer], None] = lambda _: None
    done: int = 0
    concurrency: int = CONCURRENCY
    timeout: float = TIMEOUT
    budget: Budget = field(default_factory=Budget)
    progress: Progress = field(default_factory=Silent)

    def __post_init__(self) -> None:
        """Refuse to ask with nobody."""
        if self.concurrency < 1:
            raise InputError.of("must be at least 1", field="concurrency", value=self.concurrency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a part of a run ended.

    Attributes:
        asked: answers that it gave.
        errors: of these, errors.
        out_of_money: whether the budget ended it before everything was asked.
        seconds: it took.
    """

    asked: int
    errors: int
    out_of_money: bool
    seconds: float


def work(part: Work) -> Finished:
    """Ask everything that is left.

    Raises:
        InputError: if the target is wired wrongly; what was answered stays in the journal.
        RunError: if the journal cannot be written.
    """
    return asyncio.run(_Workers(part).run())


class _Workers:
    def __init__(self, part: Work) -> None:
        self._part = part
        self._asks: Iterator[Ask] = iter(part.asks)
        self._started = time.monotonic()
        self._asked = self._errors = 0
        self._out_of_money = False

    async def run(self) -> Finished:
        part = self._part
        threads = None if part.target.is_async else Threads(part.concurrency)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(part.concurrency):
                    group.create_task(self._pull(threads))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            if threads is not None:
                threads.close()
        return Finished(
            asked=self._asked,
            errors=self._errors,
            out_of_money=self._out_of_money,
            seconds=time.monotonic() - self._started,
        )

    async def _pull(self, threads: Threads | None) -> None:
        budget = self._part.budget
        for ask in self._asks:
            most = self._part.target.estimate(ask).cost_usd
            if self._out_of_money or not budget.reserve(most):
                self._out_of_money = True
                return
            answer = await self._answer(ask, threads)
            # Written here, in the loop: never two lines at once.
            self._part.keep(answer)
            budget.settle(most, answer.cost_usd)
            self._count(answer)

    async def _answer(self, ask: Ask, threads: Threads | None) -> Answer:
        target, limit = self._part.target, self._part.timeout
        began = time.perf_counter()
        try:
            if threads is None:
                async with asyncio.timeout(limit):
                    reply = await _awaited(target.ask(ask))
            else:
                reply = await threads.call(lambda: target.ask(ask), timeout=limit)
        except TimeoutError:
            reply = Reply(error=f"Timeout: no answer within {limit:g} s")
        return _filed(ask, reply, 1000 * (time.perf_counter() - began))

    def _count(self, answer: Answer) -> None:
        part = self._part
        self._asked += 1
        self._errors += answer.error is not None
        part.progress.update(
            Standing(
                done=part.done + self._asked,
                total=part.total,
                errors=self._errors,
                spent_usd=part.budget.spent_usd,
                unknown_cost=part.budget.unknown,
                seconds=time.monotonic() - self._started,
                asked=self._asked,
            )
        )


async def _awaited(reply: Reply | Awaitable[Reply]) -> Reply:
    return reply if isinstance(reply, Reply) else await reply


def _filed(ask: Ask, reply: Reply, elapsed_ms: float) -> Answer:
    """A reply as a line of the run; the measured time where the target does not tell its own."""
    said = dict(reply)
    said["output"] = _encodable(reply.output)
    if reply.output is None and not reply.error:
        said["error"] = "the target gave neither an output nor an error"
    if reply.latency_ms is None and not reply.error:
        said["latency_ms"] = round(elapsed_ms, 1)
    return Answer.model_construct(case_id=ask.case.case_id, repeat=ask.repeat, **said)


def _encodable(text: str | None) -> str | None:
    """Lone surrogates, which no file can hold, become question marks."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
