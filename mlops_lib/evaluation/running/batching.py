"""Do tasks in message batches: sent once, and collected by this process or the next.

Before a batch is sent it is noted down, and again with its id: a process that is killed at any time
leaves notes by which the next one finds the batch, waits for it and collects it, and sends only
what is in none.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from mlops_lib.evaluation.running.asks import Key
from mlops_lib.evaluation.running.batches import Note, Notes
from mlops_lib.evaluation.running.engine import Finished, Job, Work
from mlops_lib.evaluation.running.journal import Entry
from mlops_lib.evaluation.running.progress import Standing
from mlops_lib.llm import Completion, ModelError, ModelUnavailableError, Request
from mlops_lib.llm.batches import Batches
from mlops_lib.llm.prices import BATCH_SHARE, shared

MOST_REQUESTS = 5_000
"""Of one batch: the service takes 100,000, and memory holds one of ours at a time."""

MOST_BYTES = 100_000_000
"""Of the texts of one batch; the service takes 256 MB."""

ROUNDS = 2
"""How often a request is sent that expired or met a fault of the service; then it is an error."""

POLL = 30.0
"""Seconds between looks at a batch, most of which end within an hour."""

T = TypeVar("T")
E = TypeVar("E", bound=Entry)
T_contra = TypeVar("T_contra", contravariant=True)
E_co = TypeVar("E_co", bound=Entry, covariant=True)


class BatchJob(Job[T_contra, E_co], Protocol[T_contra, E_co]):
    """A job whose calls can wait."""

    def key(self, task: T_contra, /) -> Key:
        """What the entry of a task belongs to."""
        ...

    def request(self, task: T_contra, /) -> Request:
        """What the model is asked."""
        ...

    def entry(self, task: T_contra, found: Completion | ModelError, /) -> E_co:
        """What came of it, marked as batched."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How batches are made and awaited.

    Attributes:
        poll: seconds between looks.
        sleep: how to wait.
        most_requests: of one batch.
        tell: is told in words what becomes of each batch.
    """

    poll: float = POLL
    sleep: Callable[[float], None] = time.sleep
    most_requests: int = MOST_REQUESTS
    tell: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Sending:
    """Who takes batches, where they are noted down, and how they are awaited."""

    service: Batches
    notes: Notes
    how: Waiting


def work_in_batches(part: Work[T, E], job: BatchJob[T, E], sending: Sending) -> Finished:
    """Do everything that is left, in batches.

    Args:
        part: what is left, and where the entries go.
        job: how a task becomes a request, and a result an entry.
        sending: who takes batches, and how they are awaited.

    Raises:
        InputError: if there is no key.
        ModelError: if the service cannot be reached; the notes stay, and the next run goes on.
    """
    try:
        return _Sender(part, job, sending).run()
    except ModelUnavailableError as error:
        names = ", ".join(note.batch_id or "one without an id" for note in sending.notes.open())
        kept = f"; noted down: {names}" if names else ""
        raise ModelUnavailableError(f"{error}{kept}; run again to go on") from error


@dataclass
class _Sender(Generic[T, E]):
    part: Work[T, E]
    job: BatchJob[T, E]
    sending: Sending
    waiting: dict[str, T] = field(init=False)
    began: float = field(default_factory=time.monotonic)
    asked: int = 0
    errors: int = 0
    out_of_money: bool = False

    def __post_init__(self) -> None:
        self.waiting = {self._name(task): task for task in self.part.tasks}

    def run(self) -> Finished:
        self._collect(self._left_behind(), is_last=False)
        for number in range(1, ROUNDS + 1):
            if self.waiting and not self.out_of_money:
                self._collect(list(self._send_all()), is_last=number == ROUNDS)
        for name in [] if self.out_of_money else list(self.waiting):
            self._keep(name, ModelError("the batch gave no result for this request"))
        return Finished(
            asked=self.asked,
            errors=self.errors,
            out_of_money=self.out_of_money,
            seconds=time.monotonic() - self.began,
        )

    def _left_behind(self) -> list[Note]:
        """Batches of an earlier process that nobody has collected yet."""
        found: list[Note] = []
        for note in self.sending.notes.open():
            found += [note] if note.batch_id else self._adopted(note)
        for note in found:
            self.sending.how.tell(f"batch {note.batch_id} was sent before: waiting for it")
        return found

    def _adopted(self, note: Note) -> list[Note]:
        """Batches that may be the one whose id was not heard; results of others match no task."""
        ids = self.sending.service.sent_since(note.begun, note.requests)
        taken = {each.batch_id for each in self.sending.notes}
        found = [note.model_copy(update={"batch_id": name}) for name in ids if name not in taken]
        if not found:
            self.sending.notes.add(note.model_copy(update={"state": "lost"}))
        return found

    def _send_all(self) -> Iterator[Note]:
        number = 1 + max((note.number for note in self.sending.notes), default=0)
        for names in self._parts():
            requests = {name: self.job.request(self.waiting[name]) for name in names}
            note = Note(number=number, begun=time.time(), requests=len(requests))
            self.sending.notes.add(note)
            batch_id = self.sending.service.send(requests, begun=note.begun)
            sent = note.model_copy(update={"batch_id": batch_id, "state": "sent"})
            self.sending.notes.add(sent)
            self.sending.how.tell(f"batch {batch_id} holds {len(requests):,} requests")
            number += 1
            yield sent

    def _parts(self) -> Iterator[list[str]]:
        """Custom ids of what the budget allows, as many as fit into a batch at a time."""
        names: list[str] = []
        size = 0
        for name, task in list(self.waiting.items()):
            if not self.part.budget.reserve(self._most(task)):
                self.out_of_money = True
                break
            names.append(name)
            size += _size(self.job.request(task))
            if len(names) >= self.sending.how.most_requests or size >= MOST_BYTES:
                yield names
                names, size = [], 0
        if names:
            yield names

    def _collect(self, sent: Iterable[Note], *, is_last: bool) -> None:
        for note in sent:
            self._await(note)
            before, again = (self.asked, self.errors), 0
            for name, found in self.sending.service.results(note.batch_id):
                if name not in self.waiting:
                    continue
                if isinstance(found, ModelUnavailableError) and not is_last:
                    again += 1
                    self.part.budget.settle(self._most(self.waiting[name]), 0.0)
                else:
                    self._keep(name, found)
            self.sending.notes.add(note.model_copy(update={"state": "collected"}))
            failed = self.errors - before[1]
            answered = self.asked - before[0] - failed
            told = [f"{answered:,} answered", f"{failed:,} failed" if failed else ""]
            told += [f"{again:,} expired or failed, to be sent again" if again else ""]
            self.sending.how.tell(f"batch {note.batch_id}: {', '.join(filter(None, told))}")

    def _await(self, note: Note) -> None:
        while not (state := self.sending.service.look(note.batch_id)).ended:
            self._show(note.requests - state.open)
            self.sending.how.sleep(self.sending.how.poll)

    def _keep(self, name: str, found: Completion | ModelError) -> None:
        task = self.waiting.pop(name)
        entry = self.job.entry(task, found)
        self.part.keep(entry)
        failed = isinstance(found, ModelError)
        # The service bills no request that failed.
        self.part.budget.settle(self._most(task), 0.0 if failed else entry.cost_usd)
        self.asked += 1
        self.errors += entry.error is not None
        self._show()

    def _show(self, more: int = 0) -> None:
        part = self.part
        part.progress.update(
            Standing(
                done=min(part.done + self.asked + more, part.total),
                total=part.total,
                errors=self.errors,
                spent_usd=part.budget.spent_usd,
                unknown_cost=part.budget.unknown,
                seconds=time.monotonic() - self.began,
                asked=self.asked + more,
            )
        )

    def _most(self, task: T) -> float | None:
        return shared(self.part.budget.most(self.job.most(task)), BATCH_SHARE)

    def _name(self, task: T) -> str:
        """Custom id of a task: the same in each process, and in no other run."""
        asked = self.job.request(task)
        parts = (self.sending.notes.run_id, *self.job.key(task), asked.system, *asked.messages)
        return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _size(asked: Request) -> int:
    return len(asked.system) + sum(len(each.content) for each in asked.messages)
