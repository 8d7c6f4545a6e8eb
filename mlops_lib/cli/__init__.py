"""The command line: parse, call, exit status. Heavy imports wait until a command needs them."""

import atexit
import os
import re
import sys
import traceback
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mlops_lib.cli import drift, evaluation, experiment, index, notebooks, strip
from mlops_lib.cli.screen import complain
from mlops_lib.cli.streams import keep_streams, lost_output
from mlops_lib.errors import InputError, MlopsError, Problem, RunError, is_utf8

BAD_USAGE, BROKEN = 2, 4
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class _Commands(TyperGroup):
    """The commands; what typer would end with status 1, a failed check, is told to `main`."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as its base has it
        """Call the command."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            raise RunError(_in_words(error)) from error
        except EOFError as error:  # to typer, a prompt that nobody answered
            raise RuntimeError("a file ended too early") from error


def _in_words(error: OSError) -> str:
    """One line: which file, and what the system says of it."""
    said = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {said}" if error.filename is not None else said


app = typer.Typer(
    name="mlops",
    cls=_Commands,
    help="Evidence in, verdict out: run notebooks that judge a GenAI application.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit status: 0 pass or warn, 1 fail, 2 bad input, 3 undecided, 4 something broke.",
)
notebooks.add_to(app)
drift.add_to(app)
evaluation.add_to(app)
experiment.add_to(app)
index.add_to(app)
strip.add_to(app)


def main() -> None:
    """Call the command: a mistake is a message and a status; only a bug shows a traceback."""
    try:
        _check_arguments()
        app()
    except InputError as error:
        complain("\n".join(f"error: {problem}" for problem in error.problems))
        sys.exit(BAD_USAGE)
    except MlopsError as error:
        complain(f"error: {error}")
        sys.exit(BROKEN)
    except Exception as error:  # noqa: BLE001 - Python's own status, 1, says that a check failed
        complain(traceback.format_exc())
        complain(f"error: this is a bug of mlops, please report it: {type(error).__name__}")
        sys.exit(BROKEN)


def _check_arguments() -> None:
    """Refuse what no report could hold and no terminal should repeat."""
    message = "must be text in UTF-8, without control characters"
    problems = [
        Problem(field="argument", message=message, value=text)
        for text in sys.argv[1:]
        if _UNFIT.search(text) or not is_utf8(text)
    ]
    if problems:
        raise InputError(problems)


def entry() -> None:
    """The console script: `main`, and then a quick end.

    `mlops run` has imported what its notebooks share. To take that down again, module by module,
    takes half a second in which nothing happens that anybody waits for.
    """
    keep_streams()
    try:
        main()
    except SystemExit as ended:
        status = _last_word(ended.code)
        if "mlops_lib.reports.preload" not in sys.modules or not isinstance(status, int):
            sys.exit(status)
        atexit._run_exitfuncs()  # noqa: SLF001 - what others registered is done all the same
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(status)


def _last_word(status: int | str | None) -> int | str | None:
    """The exit status; output that was asked for and did not arrive is a broken run."""
    lost = lost_output()
    if lost:
        complain(f"error: what was printed did not arrive: {lost}")
    return BROKEN if lost else status


@app.callback(invoke_without_command=True)
def options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Evidence in, verdict out."""
    if version:
        import mlops_lib

        typer.echo(f"mlops-lib {mlops_lib.__version__}")
        raise typer.Exit
