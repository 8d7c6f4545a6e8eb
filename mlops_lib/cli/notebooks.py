"""`mlops list`, `mlops show` and `mlops run`: notebooks by name, and their reports."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mlops_lib.cli.screen import complain, console, plain
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    from mlops_lib.reports.catalog import Notebook
    from mlops_lib.reports.run import Finished, Options, Plan

Notebooks = Annotated[
    Path | None, typer.Option("--notebooks", help="Folder of the notebooks.", show_default=False)
]


DEFAULT_OUT = Path("reports")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("list", epilog="Example: mlops list")(list_notebooks)
    app.command(epilog="Example: mlops show drift")(show)
    app.command(epilog="Example: mlops run drift -p reference=a.parquet -p current=b.parquet")(run)


def list_notebooks(notebooks: Notebooks = None) -> None:
    """List the notebooks with the question each answers."""
    from rich.table import Table

    from mlops_lib.reports.catalog import find_notebooks, read_notebooks

    table = Table("notebook", "question", "parameters", box=None, header_style="bold")
    for notebook in read_notebooks(find_notebooks(notebooks).values()):
        names = ", ".join(parameter.name for parameter in notebook.parameters)
        table.add_row(plain(notebook.name), plain(notebook.title), names)
    console().print(table)


def show(name: str, notebooks: Notebooks = None) -> None:
    """Show a notebook's question and its parameters: name, type, default, meaning."""
    from rich.table import Table

    notebook = _one(name, notebooks)
    screen = console()
    screen.print(f"[bold]{plain(notebook.name)}[/]: {plain(notebook.title)}")
    screen.print(plain(notebook.summary), "\n")
    table = Table("parameter", "type", "default", "meaning", box=None, header_style="bold")
    for each in notebook.parameters:
        table.add_row(each.name, each.type_text, plain(repr(each.default)), plain(each.meaning))
    screen.print(table)


def run(  # noqa: PLR0913 - one argument for each option of the command
    names: Annotated[list[str] | None, typer.Argument(help="Notebooks, by name or path.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every notebook.")] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", help="NAME=VALUE or NOTEBOOK.NAME=VALUE; repeatable."),
    ] = None,
    params: Annotated[
        Path | None, typer.Option(help="YAML or JSON file of parameters.", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the reports.")] = DEFAULT_OUT,
    jobs: Annotated[int, typer.Option(min=0, help="Notebooks at once; 0: by processors.")] = 0,
    undecided: Annotated[
        Literal["fail", "pass"], typer.Option(help="Whether UNDECIDED blocks (status 3).")
    ] = "fail",
    engine: Annotated[
        Literal["auto", "fork", "papermill"],
        typer.Option(help="fork: kernels from a preloaded process (Linux)."),
    ] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Run also what has not changed.")] = False,
    cell_timeout: Annotated[int, typer.Option(min=1, help="Seconds that one cell may take.")] = 600,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds that a notebook may take.")] = 3600,
    notebooks: Notebooks = None,
) -> None:
    """Execute notebooks and write their reports; the exit status is the worst verdict."""
    from mlops_lib.reports.catalog import all_notebooks, choose, find_notebooks
    from mlops_lib.reports.lock import alone
    from mlops_lib.reports.record import exit_status
    from mlops_lib.reports.run import DEFAULT_ENGINE, Options, look_back, make_plans

    if bool(names) == everything:
        raise InputError.of("name the notebooks to run, or give --all (not both)")
    paths = (
        all_notebooks(notebooks) if everything else choose(names or [], find_notebooks(notebooks))
    )
    chosen = Options(
        given=_given(parameter or [], params),
        out=out,
        jobs=jobs,
        engine=_engine(engine, DEFAULT_ENGINE),
        force=force,
        cell_timeout=cell_timeout,
        timeout=timeout,
        command=_command(notebooks, out),
    )
    plans = make_plans(paths, chosen)
    with alone(out):
        finished = _run(look_back(plans, chosen), chosen)
    _report(finished, out)
    raise typer.Exit(exit_status(finished.records, undecided_passes=undecided == "pass"))


def _command(notebooks: Path | None, out: Path) -> str:
    """The beginning of the command that makes these reports again."""
    given = {"--notebooks": notebooks, "--out": None if out == DEFAULT_OUT else out}
    options = [f" {name} {shlex.quote(str(path))}" for name, path in given.items() if path]
    return "mlops run" + "".join(options)


def _run(plans: "list[Plan]", chosen: "Options") -> "Finished":
    from mlops_lib.reports import run as runner
    from mlops_lib.reports.catalog import load
    from mlops_lib.reports.screens import LineScreen, LiveScreen

    screen = console(stderr=True)
    pending = [plan.notebook for plan in plans if plan.unchanged is None]
    if screen.is_terminal:
        cells = {notebook.name: len(load(notebook.path).cells) for notebook in pending}
        with LiveScreen(screen, cells) as live:
            return runner.run(plans, chosen, live)
    with LineScreen(screen) as lines:
        return runner.run(plans, chosen, lines)


def _report(finished: "Finished", out: Path) -> None:
    """Print the table of verdicts and where to look."""
    from rich.table import Table
    from rich.text import Text

    from mlops_lib.reports.screens import COLOURS

    table = Table("report", "verdict", "seconds", "what", box=None, header_style="bold")
    for record in finished.records:
        again = record["name"] in finished.unchanged
        seconds = "unchanged" if again else f"{record['provenance']['seconds']:.1f}"
        outcome = Text(record["outcome"].upper(), style=COLOURS[record["outcome"]])
        table.add_row(plain(record["name"]), outcome, seconds, plain(record["sentence"]))
    screen = console()
    screen.print(table)
    screen.print(plain(f"open {out / 'index.html'}"), highlight=False, soft_wrap=True)
    if finished.warning:
        complain(f"warning: {finished.warning}")


def _one(name: str, notebooks: Path | None) -> "Notebook":
    from mlops_lib.reports.catalog import choose, find_notebooks, read_notebook

    return read_notebook(choose([name], find_notebooks(notebooks))[0])


def _engine(
    wanted: Literal["auto", "fork", "papermill"], default: Literal["fork", "papermill"]
) -> Literal["fork", "papermill"]:
    if wanted == "auto":
        return default
    if wanted == "fork" and default != "fork":
        raise InputError.of("this platform cannot fork kernels; use papermill", field="--engine")
    return wanted


def _given(texts: list[str], file: Path | None) -> dict[str, Any]:
    given = {} if file is None else _from_file(file)
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError.of("write NAME=VALUE", field="-p", value=text)
        given[name] = value
    return given


def _from_file(file: Path) -> dict[str, Any]:
    """Parameters of a YAML or JSON file; a mapping below a notebook's name is meant for it only."""
    import yaml

    from mlops_lib.yaml_file import load_unique, reason

    try:
        content = load_unique(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"cannot read parameters: {reason(error)}"
        raise InputError.of(message, source=str(file)) from error
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise InputError.of("must hold a mapping of parameters", source=str(file))
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": each for inner, each in value.items()})
        else:
            flat[name] = value
    return flat
