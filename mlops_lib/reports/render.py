"""A finished run as one HTML page."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from mlops_lib.reports.exporter import ReportExporter


def render_report(notebook: "NotebookNode", record: Mapping[str, Any]) -> str:
    """The report: the verdict, its evidence, the narrative, and where all of it comes from.

    Args:
        notebook: executed, wholly or in part; not changed.
        record: what verdict.json holds; its text is untrusted.

    Returns:
        One HTML file without script or external request; equal arguments give equal text.
    """
    text, _ = _exporter().from_notebook_node(notebook, resources={"record": dict(record)})
    return text


@cache
def _exporter() -> "ReportExporter":
    from mlops_lib.reports.exporter import ReportExporter

    return ReportExporter()
