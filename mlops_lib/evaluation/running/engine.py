"""Do what is to be done: some tasks at once, each entry in the journal before the next is begun.

Workers pull from one iterator, so that a million tasks take no more memory than ten. What a task
is, an ask of the application or a question to a judge, only its job knows.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from mlops_lib.errors import InputError
from mlops_lib.evaluation.running.budget import Budget
from mlops_lib.evaluation.running.journal import Entry
from mlops_lib.evaluation.running.progress import Progress, Silent, Standing
from mlops_lib.evaluation.running.threads import Threads

CONCURRENCY = 8
"""Tasks at once: enough to hide a model's latency, few enough for the smallest rate limits."""

TIMEOUT = 300.0
"""Seconds that one task may take in all, retries included; then it is an error."""

T = TypeVar("T")
E = TypeVar("E", bound=Entry)
Given_contra = TypeVar("Given_contra", contravariant=True)
Made_co = TypeVar("Made_co", bound=Entry, covariant=True)


class Job(Protocol[Given_contra, Made_co]):
    """How a task becomes an entry."""

    @property
    def is_async(self) -> bool:
        """Whether `do` returns an awaitable; what only blocks is called in a thread."""
        ...

    def most(self, task: Given_contra, /) -> float | None:
        """What it costs at most; None where unknown."""
        ...

    def do(self, task: Given_contra, /) -> Made_co | Awaitable[Made_co]:
        """Do it once; what goes wrong is an entry with an error, an `InputError` ends the run."""
        ...

    def late(self, task: Given_contra, message: str, /) -> Made_co:
        """The entry of a task that took too long."""
        ...


@dataclass(slots=True, kw_only=True)
class Work(Generic[T, E]):
    """One part of a run: what is left to do, and where the entries go.

    Attributes:
        job: how a task becomes an entry.
        tasks: what is left.
        keep: writes an entry durably.
        budget: to hold.
        progress: is told.
        concurrency: tasks at once.
        timeout: seconds that one task may take.
        total: entries of the whole run.
        done: entries that there were before this part.
    """

    job: Job[T, E]
    tasks: Iterable[T]
    total: int
    keep: Callable[[E], None] = lambda _: None
    done: int = 0
    concurrency: int = CONCURRENCY
    timeout: float = TIMEOUT
    budget: Budget = field(default_factory=Budget)
    progress: Progress = field(default_factory=Silent)

    def __post_init__(self) -> None:
        """Refuse to work with nobody."""
        if self.concurrency < 1:
            raise InputError.of("must be at least 1", field="concurrency", value=self.concurrency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a part of a run ended.

    Attributes:
        asked: entries that it made.
        errors: of these, errors.
        out_of_money: whether the budget ended it before everything was done.
        seconds: it took.
    """

    asked: int
    errors: int
    out_of_money: bool
    seconds: float


def work(part: Work[T, E]) -> Finished:
    """Do everything that is left.

    Raises:
        InputError: if the job is wired wrongly; what was done stays in the journal.
        RunError: if the journal cannot be written.
    """
    return asyncio.run(_Workers(part).run())


class _Workers(Generic[T, E]):
    def __init__(self, part: Work[T, E]) -> None:
        self._part = part
        self._tasks: Iterator[T] = iter(part.tasks)
        self._started = time.monotonic()
        self._asked = self._errors = 0
        self._out_of_money = False
        self._in_flight = 0
        self._settled = asyncio.Event()

    async def run(self) -> Finished:
        part = self._part
        threads = None if part.job.is_async else Threads(part.concurrency)
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
        for task in self._tasks:
            most = self._part.job.most(task)
            if not await self._reserve(most):
                return
            entry = await self._entry(task, threads)
            # Written here, in the loop: never two lines at once.
            self._part.keep(entry)
            self._settle(most, entry)
            self._count(entry)

    async def _reserve(self, most: float | None) -> bool:
        """Set money aside; calls in flight may give some of theirs back, so wait for them."""
        while not self._out_of_money and not self._part.budget.reserve(most):
            if not self._in_flight:
                self._out_of_money = True
            else:
                self._settled.clear()
                await self._settled.wait()
        self._in_flight += not self._out_of_money
        return not self._out_of_money

    def _settle(self, most: float | None, entry: E) -> None:
        self._part.budget.settle(most, entry.cost_usd)
        self._in_flight -= 1
        self._settled.set()

    async def _entry(self, task: T, threads: Threads | None) -> E:
        job, limit = self._part.job, self._part.timeout
        try:
            if threads is None:
                async with asyncio.timeout(limit):
                    return await _awaited(job.do(task))
            made: E = await threads.call(lambda: job.do(task), timeout=limit)
        except TimeoutError:
            return job.late(task, f"Timeout: no answer within {limit:g} s")
        return made

    def _count(self, entry: E) -> None:
        part = self._part
        self._asked += 1
        self._errors += entry.error is not None
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


async def _awaited(made: E | Awaitable[E]) -> E:
    return await made if isinstance(made, Awaitable) else made
