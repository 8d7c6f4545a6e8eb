"""The command line: parse, call, exit status. Heavy imports wait until a command needs them."""

import atexit
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from mlops_lib.cli import drift, evaluation, experiment, index, notebooks, strip
from mlops_lib.cli.screen import complain
from mlops_lib.errors import InputError, MlopsError

BAD_USAGE, BROKEN = 2, 4

app = typer.Typer(
    name="mlops",
    help="Evidence in, verdict out: run notebooks that judge a GenAI application.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit status: 0 pass or warn, 1 fail, 2 bad input, 3 undecided, 4 a notebook broke.",
)
notebooks.add_to(app)
drift.add_to(app)
evaluation.add_to(app)
experiment.add_to(app)
index.add_to(app)
strip.add_to(app)


def main() -> None:
    """Entry point: a user's mistake is a message and a status, never a traceback."""
    try:
        app()
    except InputError as error:
        complain("\n".join(f"error: {problem}" for problem in error.problems))
        sys.exit(BAD_USAGE)
    except MlopsError as error:
        complain(f"error: {error}")
        sys.exit(BROKEN)


def entry() -> None:
    """The console script: `main`, and then a quick end.

    `mlops run` has imported what its notebooks share. To take that down again, module by module,
    takes half a second in which nothing happens that anybody waits for.
    """
    try:
        main()
    except SystemExit as ended:
        if "mlops_lib.reports.preload" not in sys.modules or not isinstance(ended.code, int):
            raise
        atexit._run_exitfuncs()  # noqa: SLF001 - what others registered is done all the same
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(ended.code)


@app.callback(invoke_without_command=True)
def options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Evidence in, verdict out."""
    if version:
        import mlops_lib

        typer.echo(f"mlops-lib {mlops_lib.__version__}")
        raise typer.Exit
