"""One notebook in one process: execute it with papermill, believe only its verdict, render it.

papermill reports killed kernels, timeouts and `sys.exit(0)` as completed, so its word is not
taken: a run counts when every code cell was executed and the last one handed over one verdict.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lib.reports import publishing, record, render
from mlops_lib.reports.files import write_json, write_text
from mlops_lib.reports.kernel import WaitingKernel, manager_class
from mlops_lib.reports.publishing import CODE
from mlops_lib.reports.record import Fault
from mlops_lib.reports.sanitise import cut

if TYPE_CHECKING:
    from nbformat import NotebookNode

Emit = Callable[[str, Any], None]
"""Tells the runner: "kernel" its pid, "cell" which one starts, "done" the record."""


ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Notebooks run side by side: more threads each would only spin, and could not be forked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker needs to know; plain values, so that it can cross to another process.

    Attributes:
        name: of the notebook.
        title: its question.
        source: the .ipynb file.
        folder: where its report goes.
        given: parameters to inject.
        parameters: every parameter with its value, for the record.
        provenance: what is known before the run.
        cell_timeout: seconds that one cell may take.
        start_timeout: seconds that the kernel may take to start.
        fork: whether the kernel is forked from this process.
        scratch: an empty folder for the run's own files; the runner removes it.
        took: seconds of the last run, if there was one.
    """

    name: str
    title: str
    source: str
    folder: str
    given: dict[str, Any]
    parameters: dict[str, Any]
    provenance: dict[str, Any]
    cell_timeout: int
    start_timeout: int
    fork: bool
    scratch: str
    took: float | None = None


def work(job: Job, emit: Emit) -> None:
    """Execute, judge whether it finished, render, write; ends with the event "done"."""
    started = time.perf_counter()
    os.environ.update(_environment(job))
    waiting = WaitingKernel() if job.fork else None
    try:
        fault = _execute(job, waiting, emit)
        notebook = executed(job)
        result = _record(job, notebook, fault)
        deliver(job, notebook, result, seconds=time.perf_counter() - started)
        emit("done", {**result, CODE: _handed_over(job).get(CODE, [])})
    finally:
        if waiting is not None:
            waiting.kill()


def deliver(job: Job, notebook: "NotebookNode", result: dict[str, Any], *, seconds: float) -> None:
    """Complete the provenance, then write notebook, page and, last, the verdict.

    Raises:
        OSError: if the folder cannot be written.
    """
    import nbformat

    result["provenance"] = {**job.provenance, "seconds": round(seconds, 2)}
    scrub(notebook)
    folder = Path(job.folder)
    write_text(folder / "report.ipynb", nbformat.writes(notebook) + "\n")
    write_text(folder / "report.html", render.render_report(notebook, result))
    write_json(folder / "verdict.json", result)


def executed(job: Job) -> "NotebookNode":
    """The notebook as far as it was executed; the source where nothing was saved."""
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(_saved(job), as_version=4)
    except Exception:  # noqa: BLE001 - absent or cut off: what was asked for is still known
        notebook = nbformat.read(job.source, as_version=4)
    return notebook


LONGEST_STREAM = 1_000_000
"""Characters that an executed notebook keeps of what a cell printed."""


def scrub(notebook: "NotebookNode") -> None:
    """Remove what would differ between two equal runs, what tells of this machine, and floods."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                output["text"] = cut(output["text"], LONGEST_STREAM)
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-parameters-{number}"


def _saved(job: Job) -> Path:
    return Path(job.scratch) / "report.ipynb"


def _execute(job: Job, waiting: WaitingKernel | None, emit: Emit) -> Fault | None:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from mlops_lib.reports import engine

    cell_now = 0

    def on_cell_start(cell: Any, cell_index: int) -> None:  # noqa: ANN401, ARG001
        nonlocal cell_now
        cell_now = cell_index + 1
        emit("cell", cell_now)

    try:
        papermill.execute_notebook(
            job.source,
            str(_saved(job)),
            parameters=job.given,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            engine_name=engine.register(_saved(job)),
            request_save_on_cell_execute=False,
            start_timeout=job.start_timeout,
            execution_timeout=job.cell_timeout,
            kernel_manager_class=manager_class(
                job.scratch, waiting, lambda pid: emit("kernel", pid)
            ),
            on_cell_start=on_cell_start,
        )
    except PapermillExecutionError as error:
        return _cell_fault(error)
    except CellTimeoutError:
        message = f"cell {cell_now} took longer than {job.cell_timeout} seconds"
        return Fault(kind="timeout", message=message, cell=cell_now)
    except DeadKernelError:
        return Fault(
            kind="kernel died", message=f"the kernel died in cell {cell_now}", cell=cell_now
        )
    except KeyboardInterrupt:
        return Fault(kind="interrupted", message="the run was interrupted", cell=cell_now or None)
    except Exception as error:  # noqa: BLE001 - whatever broke, the report must say so
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        return Fault(kind="not executed", message=message, cell=cell_now or None)
    return None


def _environment(job: Job) -> dict[str, str]:
    """What the kernel must know; set before it is forked."""
    return {
        publishing.RUN_FOLDER: job.scratch,
        publishing.RUN_ID: str(job.provenance["run_id"]),
        "JUPYTER_RUNTIME_DIR": job.scratch,
        "IPYTHONDIR": str(_ipython_folder(job)),
        "PYTHONHASHSEED": "0",
        **ONE_THREAD,
    }


def _ipython_folder(job: Job) -> Path:
    """Where IPython keeps its profile: at home or, where nothing can be created there, for now."""
    try:
        folder = Path(os.environ.get("IPYTHONDIR") or "~/.ipython").expanduser()
        folder.mkdir(exist_ok=True)
        usable = os.access(folder, os.W_OK | os.X_OK)
    except (OSError, RuntimeError):  # the second: a user without a home
        usable = False
    return folder if usable else Path(job.scratch) / "ipython"


def _cell_fault(error: Any) -> Fault:  # noqa: ANN401 - papermill is untyped
    kinds = {"InputError": record.BAD_INPUT, "SystemExit": "early exit"}
    kind = kinds.get(error.ename, "cell error")
    message = str(error.evalue) if kind == record.BAD_INPUT else f"{error.ename}: {error.evalue}"
    return Fault(
        kind=kind,
        message=message,
        cell=error.cell_index + 1,
        source=str(error.source),
        traceback="\n".join(error.traceback),
    )


def _record(job: Job, notebook: "NotebookNode", fault: Fault | None) -> dict[str, Any]:
    published = _published(job)
    fault = fault or _unfinished(notebook) or _unpublished(notebook, published)
    if fault is not None or published is None:
        fault = fault or Fault(kind="no verdict", message="the notebook published no verdict")
        return record.broken(name=job.name, title=job.title, fault=fault, parameters=job.parameters)
    return record.finished(
        name=job.name, title=job.title, verdict=published, parameters=job.parameters
    )


def _published(job: Job) -> dict[str, Any] | None:
    content = _handed_over(job)
    ours = content.get("run_id") == job.provenance["run_id"]
    return content["verdict"] if ours else None


def _handed_over(job: Job) -> dict[str, Any]:
    """What the notebook published, or nothing."""
    try:
        text = (Path(job.scratch) / publishing.PUBLISHED).read_text(encoding="utf-8")
        content: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        return {}
    return content


def _unfinished(notebook: "NotebookNode") -> Fault | None:
    """The first code cell that was not executed, or that left an error behind."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        failed = any(output.output_type == "error" for output in cell.outputs)
        if cell.execution_count is None or failed:
            message = f"cell {number} was not executed to its end: the notebook stopped early"
            return Fault(kind="early exit", message=message, cell=number, source=cell.source)
    return None


def _unpublished(notebook: "NotebookNode", published: dict[str, Any] | None) -> Fault | None:
    """A verdict counts only if the last code cell shows the very one that was handed over."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    shown = [
        output.data[publishing.VERDICT_MIME]
        for output in (cells[-1].outputs if cells else [])
        if publishing.VERDICT_MIME in output.get("data", {})
    ]
    if published is None:
        message = "the notebook ended without calling reports.publish(verdict)"
        return Fault(kind="no verdict", message=message)
    if shown != [published]:
        message = "reports.publish(verdict) must be the last thing that the last cell does"
        return Fault(kind="no verdict", message=message)
    return None
