"""What the last cell of a notebook calls: show the verdict, and hand it to the runner."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import RunError
from mlops_lib.reports.files import write_json

if TYPE_CHECKING:
    from mlops_lib.verdict import Verdict

VERDICT_MIME = "application/vnd.mlops.verdict+json"
"""MIME type under which an executed notebook keeps its verdict."""

RUN_FOLDER = "MLOPS_RUN_FOLDER"
RUN_ID = "MLOPS_RUN_ID"
"""Set by the runner for the kernel; absent in Jupyter, where publishing only shows."""

PUBLISHED = "published.json"
CODE = "code"
"""Its key, and that of a worker's result, for the user's own modules; verdict.json has it not."""


def publish(verdict: "Verdict") -> None:
    """Show the verdict below the cell and, under `mlops run`, hand it over; call it once, last.

    Raises:
        RunError: if this run has published a verdict already.
    """
    content = verdict.to_dict()
    folder = os.environ.get(RUN_FOLDER)
    if folder:
        _hand_over(content, Path(folder) / PUBLISHED)
    _show(verdict, content)


def _hand_over(content: dict[str, Any], path: Path) -> None:
    if path.exists():
        message = "publish was called twice: a notebook has one verdict, in its last cell"
        raise RunError(message)
    from mlops_lib.reports.provenance import own_code

    run_id = os.environ.get(RUN_ID, "")
    write_json(path, {"run_id": run_id, "verdict": content, CODE: own_code()})


def _show(verdict: "Verdict", content: dict[str, Any]) -> None:
    from IPython.display import display

    bundle = {
        VERDICT_MIME: content,
        "text/html": verdict._repr_html_(),
        "text/plain": f"{verdict.outcome.upper()}: {verdict.sentence}",
    }
    display(bundle, raw=True)
