"""`mlops strip`: a notebook as a dependency of a pipeline."""

from pathlib import Path
from typing import Annotated

import typer

from mlops_lib.cli.screen import console, plain


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog="Example: mlops strip notebooks/drift.ipynb --out data/notebooks/drift.ipynb"
    )(strip)


def strip(
    notebook: Annotated[Path, typer.Argument(help="The .ipynb file; it is not changed.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the copy goes.")],
) -> None:
    """Copy a notebook without outputs, so that opening and running it changes no hash."""
    from mlops_lib.reports.strip import strip as write_stripped

    write_stripped(notebook, out)
    console().print(plain(str(out)), highlight=False, soft_wrap=True)
