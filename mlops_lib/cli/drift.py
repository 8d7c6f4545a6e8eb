"""`mlops drift profile` and `mlops drift compare`: drift without a notebook."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mlops_lib.cli.screen import console, plain

if TYPE_CHECKING:
    from mlops_lib.verdict import Verdict

Columns = Annotated[str, typer.Option(help="Columns to compare, separated by commas.")]
Exclude = Annotated[str, typer.Option(help="Columns to leave out, separated by commas.")]
Roles = Annotated[
    str, typer.Option(help="Whose doing a change would be: a YAML file, or plan=users,ctr=output.")
]
Where = Annotated[str, typer.Option(help="Condition on the rows, as in SQL.")]

FAIL, UNDECIDED = 1, 3


def add_to(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(
        help="Freeze a reference; compare without a notebook.", no_args_is_help=True
    )
    group.command(
        epilog="Example: mlops drift profile before.parquet --out eval/drift/profile.json"
    )(profile)
    group.command(epilog="Example: mlops drift compare eval/drift/profile.json after.parquet")(
        compare
    )
    group.command(
        epilog="Example: mlops drift check after.parquet --schema eval/drift/schema.yaml"
    )(check)
    app.add_typer(group, name="drift")


def profile(
    reference: Annotated[str, typer.Argument(help="Parquet, CSV, JSON lines, SQLite; globs.")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("eval/drift/profile.json"),
    columns: Columns = "",
    exclude: Exclude = "",
    roles: Roles = "",
    where: Where = "",
) -> None:
    """Freeze a reference: the cells of each column and their counts, as a small JSON file."""
    from mlops_lib import drift
    from mlops_lib.drift.read import read_table

    table, known = read_table(reference, where=where, roles=roles)
    frozen = drift.profile(table, columns=columns, exclude=exclude, roles=known)
    drift.write_profile(frozen, out)
    size = out.stat().st_size / 1000
    made = f"{out}: {len(frozen.columns)} columns of {frozen.rows:,} rows, {size:.0f} kB"
    console().print(plain(made), highlight=False, soft_wrap=True)
    for each in frozen.skipped:
        console().print(plain(f"left out: {each.name}: {each.reason}"), highlight=False)


def compare(  # noqa: PLR0913 - one argument for each option of the command
    reference: Annotated[str, typer.Argument(help="A frozen profile, or a table.")],
    current: Annotated[str, typer.Argument(help="The table that is asked about.")],
    *,
    roles: Roles = "",
    where: Where = "",
    prediction: Annotated[str, typer.Option(help="Column of what was said.")] = "",
    label: Annotated[str, typer.Option(help="Column of what turned out to be true.")] = "",
    score: Annotated[str, typer.Option(help="Column of scores where higher is better.")] = "",
    drop: Annotated[float, typer.Option(help="Largest accepted drop of performance.")] = 0.05,
    drop_kind: Annotated[
        Literal["absolute", "relative"], typer.Option(help="What the drop means.")
    ] = "absolute",
    out: Annotated[
        Path | None, typer.Option(help="Write the verdict as JSON.", show_default=False)
    ] = None,
    state: Annotated[
        str, typer.Option(help="JSON file that remembers the alarms of the last run.")
    ] = "",
    undecided: Annotated[
        Literal["fail", "pass"], typer.Option(help="Whether UNDECIDED blocks (status 3).")
    ] = "fail",
) -> None:
    """Compare a table with a frozen reference; the exit status is the verdict."""
    from mlops_lib import drift
    from mlops_lib.drift.read import write_text

    policy = drift.Policy()
    windows = drift.read(reference=reference, current=current, where=where, roles=roles, time="")
    result = windows.compare(label=label)
    performance = windows.concept(prediction=prediction, label=label, score=score)
    checks = performance.checks(drop=drop, kind=drop_kind)
    who = windows.attribution(policy).sentence
    verdict = result.verdict(policy, further=checks, who=who)
    _print(verdict)
    for each in result.drifts(policy, performance=checks).drifts:
        outcome = "not judged" if each.outcome is None else each.outcome.upper()
        console().print(plain(f"{each.name:11}{outcome:11}{each.finding}"), highlight=False)
    if state:
        alarms = drift.follow_alarms(state, verdict.checks, profile=result.profile)
        console().print(plain(alarms.table().caption), highlight=False)
    if out is not None:
        write_text(out, json.dumps(verdict.to_dict(), indent=2) + "\n")
    raise typer.Exit(_status(verdict, undecided_passes=undecided == "pass"))


def check(
    data: Annotated[str, typer.Argument(help="Parquet, CSV, JSON lines, SQLite; globs.")],
    *,
    schema: Annotated[Path, typer.Option(help="YAML file of types, ranges, categories, missing.")],
    where: Where = "",
) -> None:
    """Check a table against what its source promised; every violation is listed."""
    from mlops_lib import drift, tables

    contract = drift.read_contract(schema)
    verdict = drift.check_upstream(tables.read(data, where=where), contract)
    _print(verdict)
    raise typer.Exit(_status(verdict, undecided_passes=False))


def _print(verdict: "Verdict") -> None:
    from rich.table import Table

    from mlops_lib.verdict import Outcome, describe

    screen = console()
    screen.print(plain(f"{verdict.outcome.upper()}: {verdict.meaning} {verdict.advice}"))
    table = Table("outcome", "check", "why", box=None, header_style="bold")
    for check in verdict.checks:
        if check.outcome is not Outcome.PASS:
            row = (check.outcome.upper(), describe(check), check.explanation)
            table.add_row(*(plain(cell) for cell in row))
    if table.row_count:
        screen.print(table)


def _status(verdict: "Verdict", *, undecided_passes: bool) -> int:
    from mlops_lib.verdict import Outcome

    if verdict.outcome is Outcome.FAIL:
        return FAIL
    return UNDECIDED if verdict.outcome is Outcome.UNDECIDED and not undecided_passes else 0
