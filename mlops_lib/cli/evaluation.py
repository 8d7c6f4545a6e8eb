"""`mlops eval compare`, `judge`, `log`, `bless` and `plan`: the gate and its baseline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mlops_lib.cli.eval_log import log
from mlops_lib.cli.eval_run import CASES, UNDECIDED, run
from mlops_lib.cli.evaluation_judge import judge
from mlops_lib.cli.screen import console, plain, say

if TYPE_CHECKING:
    from mlops_lib.display import TableView

Tags = Annotated[str, typer.Option("--tags", help="Only cases with one of these, comma-separated.")]

commands = typer.Typer(no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    commands.command(
        epilog="Example: mlops eval run answer@2 --model local --out data/runs/mine.jsonl"
    )(run)
    for command, example in (
        (compare, "compare data/runs/candidate.jsonl --baseline data/runs/baseline.jsonl"),
        (judge, "judge data/runs/candidate.jsonl --rubric eval/judges/relevance.yaml --dry-run"),
        (log, "log data/runs/baseline.jsonl data/runs/candidate.jsonl"),
        (bless, "bless data/runs/candidate.jsonl --name answer"),
        (plan, "plan --baseline data/runs/baseline.jsonl --n 100 --repeats 3"),
    ):
        commands.command(epilog=f"Example: mlops eval {example}")(command)
    text = "Ask a target the evaluation cases, and judge its answers against a baseline."
    app.add_typer(commands, name="eval", help=text)


def compare(  # noqa: PLR0913 - one argument for each option of the command
    candidate: Annotated[Path, typer.Argument(help="The run to judge.")],
    *,
    baseline: Annotated[Path, typer.Option(help="The run to judge it against.")] = Path(
        "eval/baselines/default.jsonl"
    ),
    cases: CASES = None,
    tags: Tags = "",
    config: Annotated[str, typer.Option(help="Scorers and gates; default: the shipped.")] = "",
    corpus: Annotated[str, typer.Option(help="Pages that were retrieved from.")] = "corpus",
    undecided: Annotated[
        Literal["fail", "pass"], typer.Option(help="Whether UNDECIDED blocks (status 3).")
    ] = "fail",
) -> None:
    """Print the gate's table, without a notebook; the exit status is the verdict."""
    from mlops_lib import evaluation
    from mlops_lib.evaluation.running.baselines import check_fingerprints, require_baseline
    from mlops_lib.evaluation.running.default_cases import cases_of
    from mlops_lib.verdict import Outcome

    require_baseline(baseline)
    asked = evaluation.read_cases(cases_of(candidate, cases), tags=tags)
    changed = check_fingerprints(baseline, candidate, asked, config, corpus=corpus)
    found = evaluation.compare(baseline, candidate, asked, config=config, corpus=corpus)
    verdict = found.verdict()
    screen = console()
    if changed:
        screen.print(plain(f"what differs: {', '.join(changed)}"))
    _print_table(found.table())
    screen.print(plain(found.costs().caption))
    blocking = [c for c in verdict.checks if c.outcome in {Outcome.FAIL, Outcome.UNDECIDED}]
    for check in blocking:
        screen.print(plain(f"{check.outcome.upper()} {check.name}: {check.explanation}"))
    screen.print(plain(f"{verdict.outcome.upper()}: {verdict.sentence} {verdict.advice}"))
    status = {Outcome.FAIL: 1, Outcome.UNDECIDED: 0 if undecided == "pass" else UNDECIDED}
    raise typer.Exit(status.get(verdict.outcome, 0))


def _print_table(view: "TableView") -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", title=plain(view.caption), title_justify="left")
    for name in view.columns:
        table.add_column(plain(name), justify="right" if name in view.numeric else "left")
    for first, *cells in view.rows:
        # A terminal has no room for what a metric means; the report has.
        short = str(first).partition(":")[0]
        table.add_row(*(plain(str(c)).replace(" points", " pt") for c in (short, *cells)))
    console().print(table)


def bless(  # noqa: PLR0913 - one argument for each option of the command
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="The run to make the baseline.")],
    *,
    cases: CASES = None,
    tags: Tags = "",
    name: Annotated[str, typer.Option(help="Of the baseline.")] = "default",
    config: Annotated[str, typer.Option(help="Scorers and gates; default: the shipped.")] = "",
    corpus: Annotated[str, typer.Option(help="Pages that were retrieved from.")] = "corpus",
    folder: Annotated[Path, typer.Option(help="Of the committed baselines.")] = Path(
        "eval/baselines"
    ),
) -> None:
    """Make a run the committed baseline, and say what it replaces."""
    from mlops_lib.evaluation import read_cases
    from mlops_lib.evaluation.running.baselines import bless as bless_run
    from mlops_lib.evaluation.running.default_cases import cases_of

    out = folder / f"{name}.jsonl"
    asked = read_cases(cases_of(run_file, cases), tags=tags)
    blessed = bless_run(run_file, asked, out, config=config, corpus=corpus)
    say(blessed.message)
    say(f"commit {', '.join(map(str, blessed.paths))}")


def plan(  # noqa: PLR0913 - one argument for each option of the command
    *,
    baseline: Annotated[Path, typer.Option(help="A run with at least two repeats.")] = Path(
        "eval/baselines/default.jsonl"
    ),
    cases: CASES = None,
    tags: Tags = "",
    config: Annotated[str, typer.Option(help="Scorers and gates; default: the shipped.")] = "",
    corpus: Annotated[str, typer.Option(help="Pages that were retrieved from.")] = "corpus",
    n: Annotated[int | None, typer.Option("--n", min=2, help="Cases; default: as many.")] = None,
    repeats: Annotated[int | None, typer.Option(min=1, help="Of each; default: as many.")] = None,
    changed: Annotated[
        float, typer.Option(min=0, max=1, help="Share of cases that a change turns round.")
    ] = 0.1,
) -> None:
    """Tell what drop the gate can see, and how often it would cry wolf, before money is spent."""
    from mlops_lib import evaluation
    from mlops_lib.evaluation.running.baselines import require_baseline
    from mlops_lib.evaluation.running.default_cases import cases_of
    from mlops_lib.evaluation.running.power import plan_gate
    from mlops_lib.evaluation.running.power_view import plan_view
    from mlops_lib.evaluation.scorers import Evidence, choose_scorers
    from mlops_lib.evaluation.scoring import score_run

    require_baseline(baseline)
    asked = evaluation.read_cases(cases_of(baseline, cases), tags=tags)
    settings = evaluation.read_settings(config)
    scored = score_run(
        evaluation.read_run(baseline, asked),
        asked,
        Evidence(sections=evaluation.read_sections(corpus), scoring=settings.scoring),
        scorers=choose_scorers(settings.metrics, source=str(config)),
    )
    plans = plan_gate(scored, asked, settings, n=n, repeats=repeats, changed=changed)
    _print_table(plan_view(plans))
