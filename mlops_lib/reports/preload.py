"""What is imported once, before workers and kernels are forked from it."""

import gc
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mlops_lib.reports import record
from mlops_lib.reports.record import Fault
from mlops_lib.reports.worker import ONE_THREAD, Job

MACHINERY = (
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

STACK = (
    "numpy",
    "pandas",
    "scipy.stats",
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


def packages(jobs: Sequence[Job]) -> list[str]:
    """Packages of this library that the notebooks import by name."""
    sources = "\n".join(Path(job.source).read_text(encoding="utf-8") for job in jobs)
    lines = re.findall(r"from mlops_lib import ([a-z_, ]+)", sources)
    names = {name.strip() for line in lines for name in line.split(",")}
    return sorted(f"mlops_lib.{name}" for name in names if name.strip())


def warm_up() -> None:
    """Draw and render something empty: templates and fonts are then read once for all."""
    import nbformat

    from mlops_lib.plots import new_figure, to_svg
    from mlops_lib.reports.render import render_report

    fault = Fault(kind="not executed", message="an empty notebook")
    empty = record.broken(name="empty", title="Empty", fault=fault, parameters={})
    render_report(nbformat.v4.new_notebook(), empty)
    to_svg(new_figure()[0])


def preload(modules: Iterable[str]) -> None:
    """Import what kernels will need, once, before they are forked; what is missing is theirs."""
    import importlib

    os.environ.update(ONE_THREAD)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a warning about debuggers
    gc.disable()
    for name in modules:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # it stays for good: no collection looks at it, in no fork of this process
    gc.enable()
