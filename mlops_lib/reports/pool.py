"""Several notebooks at once, each in a process of its own that may die without harm to the rest."""

import gc
import math
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from mlops_lib.reports import record
from mlops_lib.reports.kernel import end_with_parent, kill_group
from mlops_lib.reports.preload import MACHINERY, STACK, packages, preload, warm_up
from mlops_lib.reports.record import Fault
from mlops_lib.reports.worker import Job, deliver, executed, work

_POLL_SECONDS = 0.05
_END_SECONDS = 10
"""How long a worker that has delivered may take to go away."""
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in dir(signal)
)
"""What asks a run to end: Ctrl-C, a CI system, a terminal that goes away."""


class Screen(Protocol):
    """Shows how the runs go; `screens` has one for people and one for CI."""

    def started(self, name: str) -> None:
        """A notebook starts."""

    def cell(self, name: str, number: int) -> None:
        """A cell starts."""

    def ended(self, result: dict[str, Any]) -> None:
        """A notebook ended, well or not."""

    def tick(self) -> None:
        """Time passed."""


@dataclass(slots=True)
class _Run:
    job: Job
    process: BaseProcess
    events: Connection
    started: float
    kernel: int | None = None
    result: dict[str, Any] | None = None
    fault: Fault | None = None


def execute(
    jobs: Sequence[Job], *, at_once: int, timeout: float, screen: Screen
) -> list[dict[str, Any]]:
    """Run the jobs, so many at once, and return their records in the order of the jobs.

    A worker that dies, hangs beyond `timeout` seconds, or is interrupted gives a broken record;
    its kernel is killed with it. The caller's process stays single-threaded, so it may fork.
    """
    queue, results = _longest_first(jobs), dict[str, dict[str, Any]]()
    with _interruptible() as interrupted:
        running = _prepare(queue, screen, at_once=at_once)
        while queue or running:
            while queue and interrupted:
                job = queue.pop(0)
                results[job.name] = _broken(job, _INTERRUPTED, 0.0)
            while queue and len(running) < at_once:
                running.append(_start(queue.pop(0), screen))
            _listen(running, screen)
            for run in list(running):
                fault = _fault_of(run, timeout=timeout, interrupted=bool(interrupted))
                if fault is not None or run.result is not None:
                    running.remove(run)
                    results[run.job.name] = _end(run, fault)
                    screen.ended(results[run.job.name])
    gc.unfreeze()
    return [results[job.name] for job in jobs]


def _prepare(queue: list[Job], screen: Screen, *, at_once: int) -> list[_Run]:
    """Import what forked kernels share; where a processor would be idle, the first goes ahead."""
    running = list[_Run]()
    if any(job.fork for job in queue):
        preload(MACHINERY)
        if len(queue) > 1:
            if at_once > 1:
                running.append(_start(queue.pop(0), screen))
            preload((*STACK, *packages(queue)))
            warm_up()
    return running


def _longest_first(jobs: Sequence[Job]) -> list[Job]:
    """In the order that keeps processors busy to the end; never timed ones go before the rest."""
    return sorted(jobs, key=lambda job: math.inf if job.took is None else job.took, reverse=True)


_INTERRUPTED = Fault(kind="interrupted", message="the run was interrupted before it finished")


def _start(job: Job, screen: Screen) -> _Run:
    screen.started(job.name)
    context: Any = multiprocessing.get_context("fork" if job.fork else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    process: BaseProcess = context.Process(target=_main, args=(job, theirs))
    process.start()
    theirs.close()
    return _Run(job=job, process=process, events=ours, started=time.monotonic())


def _main(job: Job, events: Connection) -> None:
    """The worker process: quiet, dies with its parent, tells what happens through the pipe."""
    end_with_parent()
    for number in _heeded():
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(null, handle)
    try:
        work(job, lambda kind, value: events.send((kind, value)))
    except Exception as error:
        kind = "not written" if isinstance(error, OSError) else "worker died"
        events.send(("fault", Fault(kind=kind, message=f"{type(error).__name__}: {error}")))
        raise


def _listen(running: Sequence[_Run], screen: Screen) -> None:
    by_pipe = {run.events: run for run in running if not run.events.closed}
    if not by_pipe:
        time.sleep(_POLL_SECONDS)
    for pipe in wait(list(by_pipe), timeout=_POLL_SECONDS):
        run = by_pipe[pipe]  # type: ignore[index]
        for kind, value in _received(run.events):
            if kind == "cell":
                screen.cell(run.job.name, value)
            elif kind == "kernel":
                run.kernel = value
            elif kind == "done":
                run.result = value
            else:
                run.fault = value
    screen.tick()


def _received(events: Connection) -> Iterator[tuple[str, Any]]:
    try:
        while events.poll():
            yield events.recv()
    except (EOFError, OSError):
        events.close()


def _fault_of(run: _Run, *, timeout: float, interrupted: bool) -> Fault | None:
    if run.result is not None or run.fault is not None:
        return run.fault
    if interrupted:
        return _INTERRUPTED
    if time.monotonic() - run.started > timeout:
        message = f"the notebook took longer than {timeout:.0f} seconds"
        return Fault(kind="timeout", message=message)
    code = run.process.exitcode
    if code is not None and not _has_news(run.events):
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return Fault(kind="worker died", message=f"the process that ran the notebook {how}")
    return None


def _has_news(events: Connection) -> bool:
    try:
        return not events.closed and events.poll()
    except OSError:
        return False


def _end(run: _Run, fault: Fault | None) -> dict[str, Any]:
    """Kill what is left of the run, and return its record."""
    if fault is not None:
        run.process.kill()
    run.process.join(_END_SECONDS)
    if run.process.exitcode is None:
        run.process.kill()
        run.process.join()
    if run.kernel is not None:
        kill_group(run.kernel)
    if not run.events.closed:
        run.events.close()
    if fault is None and run.result is not None:
        shutil.rmtree(run.job.scratch, ignore_errors=True)
        return run.result
    return _broken(run.job, fault or _INTERRUPTED, time.monotonic() - run.started)


def _broken(job: Job, fault: Fault, seconds: float) -> dict[str, Any]:
    """The record of a run that could not speak for itself, delivered as far as that is possible."""
    result = record.broken(name=job.name, title=job.title, fault=fault, parameters=job.parameters)
    try:
        deliver(job, executed(job), result, seconds=seconds)
    except OSError as error:
        result["sentence"] += f"; and its report could not be written: {error}"
    finally:
        shutil.rmtree(job.scratch, ignore_errors=True)
    return result


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Collect what asks the run to end instead of dying: the reports must still be written."""
    caught: list[int] = []
    numbers = _heeded()
    before = [signal.signal(number, lambda n, _: caught.append(n)) for number in numbers]
    try:
        yield caught
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _heeded() -> list[signal.Signals]:
    """Without what the caller has this process ignore, as `nohup` does with SIGHUP."""
    return [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
