"""`mlops experiment`: plan before; decide and replay after."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lib.cli.screen import console, plain, say
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    from mlops_lib.experiments import Analysis, Evidence


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(help="Experiments: plan before, replay after.", no_args_is_help=True)
    group.callback()(_group)
    group.command(epilog="Example: mlops experiment plan experiment.yaml --log data/requests.db")(
        plan
    )
    group.command(
        epilog="Example: mlops experiment decide experiment.yaml data/requests.db -o decision.json"
    )(decide)
    group.command(epilog="Example: mlops experiment replay decision.json")(replay)
    app.add_typer(group, name="experiment")


def _group() -> None:
    """Experiments: plan before, replay after."""


def plan(
    file: Annotated[Path, typer.Argument(help="Design of the experiment, as YAML.")],
    log: Annotated[
        str,
        typer.Option(
            help="Log of today's traffic, or a pilot of pairs; without it the design's `expected`."
        ),
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


def decide(
    file: Annotated[Path, typer.Argument(help="Design of the experiment, as YAML.")],
    data: Annotated[str, typer.Argument(help="Request log, events or users.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the record goes.")] = Path(
        "decision.json"
    ),
) -> None:
    """Analyse an experiment and write its decision record; the status is the verdict's."""
    from mlops_lib import experiments

    found = experiments.analyse(data, experiments.read_design(file))
    try:
        out.write_bytes(found.record().encode())
    except OSError as error:
        raise InputError.of("cannot write the record", source=str(out)) from error
    _say(found)


def replay(
    file: Annotated[Path, typer.Argument(help="Decision record that `decide` wrote.")],
    data: Annotated[
        str, typer.Option(help="The table that was analysed: whether its rows say the same.")
    ] = "",
) -> None:
    """Decide again from a record alone, and say whether every byte is the same."""
    from mlops_lib import experiments

    evidence = experiments.read_record(file)
    again = _record_of(evidence, str(file))
    if again != file.read_bytes():
        raise InputError.of(
            "does not follow from its own evidence: it was edited, or another version wrote it",
            source=str(file),
        )
    if data and _record_of(_read_again(data, evidence), data) != again:
        raise InputError.of(f"its rows do not give the evidence of {file}", source=data)
    say("The record follows from its evidence, byte for byte.")
    say(f"{data} is what it was made from." if data else _NOT_COMPARED)
    _say(experiments.analyse(evidence))


def _read_again(data: str, evidence: "Evidence") -> "Evidence":
    """The evidence of a table that may have moved since: names stay, the bytes count."""
    from mlops_lib import experiments

    found = experiments.read(data, evidence.design)
    named = zip(found.sources, evidence.sources, strict=False)
    renamed = [replace(mine, path=theirs.path) for mine, theirs in named]
    sources = (*renamed, *evidence.sources[len(renamed) :])  # the design's file comes last
    return replace(found, name=evidence.name, sources=sources)


def _record_of(evidence: "Evidence", source: str) -> bytes:
    """The record of evidence; numbers that contradict each other are the file's fault."""
    from mlops_lib import experiments

    try:
        return experiments.analyse(evidence).record().encode()
    except (ValueError, ArithmeticError) as error:
        message = f"holds numbers that contradict each other ({error})"
        raise InputError.of(message, source=source) from error


_NOT_COMPARED = "Whether the evidence follows from the data was not looked at; --data does so."


def _say(found: "Analysis") -> None:
    verdict = found.verdict()
    console().print(plain(f"{found.decision.action.upper()}: {verdict.meaning}"), soft_wrap=True)
    raise typer.Exit(_STATUS[verdict.outcome])


_STATUS = {"pass": 0, "warn": 0, "fail": 1, "undecided": 3}
