"""Several notebooks at once, each in a process of its own that may die without harm to the rest."""

import gc
import math
import multiprocessing
import os
import re
import shutil
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from mlops_lib.reports import record
from mlops_lib.reports.kernel import end_with_parent, kill_group
from mlops_lib.reports.record import Fault
from mlops_lib.reports.worker import ONE_THREAD, Job, deliver, executed, work

_POLL_SECONDS = 0.05
_END_SECONDS = 10
"""How long a worker that has delivered may take to go away."""

_MACHINERY = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "sqlite3",
    "papermill",
    "mlops_lib.reports.engine",
    "nbclient",
    "mlops_lib.reports.exporter",
)
"""What running and rendering a notebook takes: imported once, before workers are forked."""

_STACK = (
    "numpy",
    "pandas",
    "scipy.stats",
    "scipy.spatial.distance",
    "sklearn.cluster",
    "sklearn.decomposition",
    "sklearn.feature_extraction.text",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "matplotlib_inline.backend_inline",
    "duckdb",
    "narwhals",
    "pydantic",
    "yaml",
    "mlops_lib.tables",
)
"""What notebooks share: worth its seconds from the second notebook on."""


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
    queue, running, results = _longest_first(jobs), list[_Run](), dict[str, dict[str, Any]]()
    with _interruptible() as interrupted:
        if any(job.fork for job in jobs):
            with _long_lived():
                _preload(_MACHINERY)
                if len(jobs) > 1:
                    _preload((*_STACK, *_packages(jobs)))
                    _warm_up()
        while queue or running:
            while queue and interrupted:
                results[queue[0].name] = _broken(queue.pop(0), _INTERRUPTED, 0.0)
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
    for number in (signal.SIGINT, signal.SIGTERM):
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
    """Collect SIGINT and SIGTERM instead of dying: the reports must still be written."""
    caught: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda n, _: caught.append(n)) for number in numbers]
    try:
        yield caught
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _long_lived() -> Iterator[None]:
    """What is made within stays for good: no collection looks at it, in no fork of this process."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _packages(jobs: Sequence[Job]) -> list[str]:
    """Packages of this library that the notebooks import by name."""
    sources = "\n".join(Path(job.source).read_text(encoding="utf-8") for job in jobs)
    lines = re.findall(r"from mlops_lib import ([a-z_, ]+)", sources)
    names = {name.strip() for line in lines for name in line.split(",")}
    return sorted(f"mlops_lib.{name}" for name in names if name.strip())


def _warm_up() -> None:
    """Draw and render something empty: templates and fonts are then read once for all."""
    import nbformat

    from mlops_lib.plots import new_figure, to_svg
    from mlops_lib.reports.render import render_report

    fault = Fault(kind="not executed", message="an empty notebook")
    empty = record.broken(name="empty", title="Empty", fault=fault, parameters={})
    render_report(nbformat.v4.new_notebook(), empty)
    to_svg(new_figure()[0])


def _preload(modules: Iterable[str]) -> None:
    """Import what kernels will need, once, before they are forked; what is missing is theirs."""
    import importlib

    os.environ.update(ONE_THREAD)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a warning about debuggers
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
