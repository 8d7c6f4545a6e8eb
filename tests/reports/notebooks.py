"""Small notebooks, one for each situation a runner meets."""

from pathlib import Path

import nbformat

PARAMETERS = "days: int = 7  # length of the window\nlabel: str = 'demo'  # shown in the report"

VERDICT = """\
from mlops_lib import reports
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome, Verdict
check = Check(name="share", estimate=0.9, interval=Interval(0.88, 0.92), limit=0.8, n=days,
              method="Wilson", outcome=Outcome(OUTCOME), explanation="Enough.", unit="share")
verdict = Verdict(subject="demo", checks=[check], meaning="It is good.", advice="Ship it.")"""

PUBLISH = "reports.publish(verdict)"

FAULTS = {
    "raises": "1 / 0",
    "exit_0": "import sys; sys.exit(0)",
    "exit_3": "import sys; sys.exit(3)",
    "kernel_sigkill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "os_exit": "import os; os._exit(0)",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "memory_error": "raise MemoryError('not enough')",
    "timeout": "import time; time.sleep(60)",
    "worker_sigkill": "import os, time; os.kill(os.getppid(), 9); time.sleep(60)",
    "worker_sigterm": "import os, time; os.kill(os.getppid(), 15); time.sleep(60)",
    "worker_sigint": "import os, time; os.kill(os.getppid(), 2); time.sleep(60)",
}
"""The faults that papermill partly reports as success, by name, with the cell that causes each."""


def write(
    folder: Path,
    name: str,
    *cells: str,
    outcome: str = "pass",
    last: str | None = PUBLISH,
    parameters: str = PARAMETERS,
    markdown: str = "# Is it good?\n\nIt asks whether the demo is good.",
) -> Path:
    """Write a notebook whose cells are: question, parameters, `cells`, the verdict, `last`."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    verdict = VERDICT.replace("OUTCOME", repr(outcome))
    sources = [*cells, verdict, *([last] if last else [])]
    tagged = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook.cells = [
        nbformat.v4.new_markdown_cell(markdown),
        tagged,
        *(nbformat.v4.new_code_cell(source) for source in sources),
    ]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path
