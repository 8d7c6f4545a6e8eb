"""The nbconvert exporter `mlops-report`: an executed notebook as one page without a script."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter
from nbconvert.exporters.html import HTMLExporter

from mlops_lib.reports.page import make_page, record_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from nbformat import NotebookNode
    from traitlets.config import Config

TEMPLATES = Path(__file__).parent / "templates"


class ReportExporter(HTMLExporter):
    """Renders with our template, which escapes whatever was not cleaned before.

    Usable as `jupyter nbconvert --to mlops-report notebook.ipynb`; the runner gives the record
    of its run in `resources["record"]`.
    """

    export_from_notebook = "mlops report"

    def __init__(self, config: "Config | None" = None, **options: Any) -> None:  # noqa: ANN401
        """Look for templates in this package first."""
        options.setdefault("template_name", "mlops_report")
        options.setdefault("extra_template_basedirs", [str(TEMPLATES)])
        super().__init__(config=config, **options)  # type: ignore[no-untyped-call]

    def from_notebook_node(  # type: ignore[override]
        self,
        nb: "NotebookNode",
        resources: dict[str, Any] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> tuple[str, dict[str, Any]]:
        """Render; HTML's own exporter would parse the whole page again to mend what ours keeps."""
        prepared, resources = Exporter.from_notebook_node(self, nb, resources, **options)
        name = resources["metadata"].get("name", "notebook")
        record = resources.get("record") or record_of(prepared, name)
        return self.template.render(page=make_page(prepared, record)), resources

    def _create_environment(self) -> "Environment":
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True
        return environment

    def _validate_preprocessor(self, notebook: "NotebookNode", preprocessor: object) -> None:
        """A notebook that a broken run left odd is shown as far as it goes."""
