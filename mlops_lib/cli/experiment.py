"""`mlops experiment plan`: size and duration of an experiment before it starts."""

from pathlib import Path
from typing import Annotated

import typer

from mlops_lib.cli.screen import console, plain


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Experiments: plan before, replay after.", no_args_is_help=True)
    group.callback()(_group)
    group.command(epilog="Example: mlops experiment plan experiment.yaml --log data/requests.db")(
        plan
    )
    app.add_typer(group, name="experiment")


def _group() -> None:
    """Experiments: plan before, replay after."""


def plan(
    file: Annotated[Path, typer.Argument(help="Design of the experiment, as YAML.")],
    log: Annotated[
        str, typer.Option(help="Log of today's traffic; the design's `expected` without it.")
    ] = "",
) -> None:
    """Say how many units and days an experiment needs, and what can be found by then."""
    from rich.table import Table

    from mlops_lib import experiments

    found = experiments.plan(experiments.read_design(file), log or None)
    screen = console()
    view = found.table()
    screen.print(plain(found.sentence), soft_wrap=True)
    if found.reach:
        table = Table(*view.columns, box=None, header_style="bold")
        for row in view.rows:
            table.add_row(*(plain(str(cell)) for cell in row))
        screen.print(table)
