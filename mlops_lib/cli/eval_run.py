"""`mlops eval run`: ask a target the evaluation cases."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops_lib.cli.eval_batch import BATCH, POLL, waiting
from mlops_lib.cli.eval_log import log_made, require_store
from mlops_lib.cli.screen import complain, console, say

if TYPE_CHECKING:
    from mlops_lib.evaluation.cases import CaseSet
    from mlops_lib.evaluation.running.forecast import Forecast
    from mlops_lib.evaluation.running.run import Options, RunResult
    from mlops_lib.evaluation.running.target import Target

CASES = Annotated[
    Path | None,
    typer.Option(
        "--cases",
        help="What is asked, one JSON object a line; default: the prompt's eval_set.jsonl, "
        "else eval/cases.jsonl.",
    ),
]

UNDECIDED, BROKEN = 3, 4
"""Exit status of a run that had to stop before everything was asked, and of one without answers."""

INTERRUPTED = 130
"""What shells give a program that Ctrl-C ended; 1 would say that a gate failed."""


def run(  # noqa: PLR0913 - one argument for each option of the command
    target: Annotated[
        str, typer.Argument(help="PROMPT@VERSION, MODULE:FUNCTION, or an http(s) address.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="The run file to write.")],
    cases: CASES = None,
    tags: Annotated[str, typer.Option(help="Only cases with one of these, comma-separated.")] = "",
    repeats: Annotated[int, typer.Option(help="How often each case is asked.")] = 2,
    critical_repeats: Annotated[int, typer.Option(help="How often a critical case is.")] = 3,
    model: Annotated[
        str,
        typer.Option(
            help="local, recorded[:ID], ID, bedrock:ID or vertex:ID; default: the prompt's own."
        ),
    ] = "",
    record: Annotated[bool, typer.Option("--record", help="Record what is not recorded.")] = False,
    recordings: Annotated[Path, typer.Option(help="File of the recordings.")] = Path(
        "eval/recordings/answers.jsonl"
    ),
    concurrency: Annotated[int, typer.Option(min=1, help="Asks at once.")] = 8,
    rate: Annotated[float | None, typer.Option(help="Calls a second; default: found out.")] = None,
    batch: BATCH = False,
    poll: POLL = 30.0,
    timeout: Annotated[float, typer.Option(help="Seconds that one ask may take.")] = 300.0,
    budget: Annotated[float | None, typer.Option(help="US dollars that it may cost.")] = None,
    call_cost: Annotated[
        float | None, typer.Option(help="The most one call costs, where that is not known.")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(envvar="MLOPS_PRICES", help="YAML file of your own prices.")
    ] = None,
    base_url: Annotated[str, typer.Option(help="Address of the model's service.")] = "",
    prompts: Annotated[Path, typer.Option(help="Folder of the prompts.")] = Path("prompts"),
    corpus: Annotated[str, typer.Option(help="Pages that a prompt is given.")] = "corpus",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell calls, tokens and money.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Start anew, replacing the run.")] = False,
    mlflow: Annotated[
        bool, typer.Option("--mlflow", envvar="MLOPS_MLFLOW", help="Log the run to MLflow.")
    ] = False,
) -> None:
    """Ask a target every case its repeats; goes on where a killed run was.

    Exit status 3: the budget ended before everything was asked. 4: each answer is an error.
    """
    from mlops_lib.evaluation import read_cases
    from mlops_lib.evaluation.running.asks import Repeats
    from mlops_lib.evaluation.running.choose import Choice, choose_target
    from mlops_lib.evaluation.running.default_cases import cases_for
    from mlops_lib.evaluation.running.forecast import forecast
    from mlops_lib.evaluation.running.run import Options
    from mlops_lib.llm import DEFAULT_PRICES, read_prices
    from mlops_lib.llm.clients import BASE_URL
    from mlops_lib.llm.prices import BATCH_SHARE

    require_store(asked=mlflow)  # before any money is spent
    asked = read_cases(cases_for(target, cases, prompts), tags=tags)
    often = Repeats(usual=repeats, critical=critical_repeats)
    table = DEFAULT_PRICES if prices is None else read_prices(prices)
    choice = Choice(
        model=model,
        record=record,
        recordings=recordings,
        rate=rate,
        prices=table,
        prompts=prompts,
        corpus=corpus,
        base_url=base_url or BASE_URL,
    )
    chosen = choose_target(target, choice)
    if dry_run:
        share = BATCH_SHARE if batch else 1.0
        _tell(forecast(chosen, asked, often, call_usd=call_cost, share=share), table.as_of)
        return
    options = Options(
        repeats=often,
        concurrency=concurrency,
        timeout=timeout,
        budget_usd=budget,
        call_usd=call_cost,
        force=force,
        in_batches=waiting(poll) if batch else None,
    )
    kept = {"cases": asked.name, "tags": tags, "corpus": corpus, "prompts": prompts}
    _finish(chosen, _result(chosen, asked, out, options), kept if mlflow else {})


def _result(target: "Target", cases: "CaseSet", out: Path, options: "Options") -> "RunResult":
    from mlops_lib.cli.eval_screen import screen_for
    from mlops_lib.evaluation.running.run import run_evaluation

    try:
        with screen_for(console(stderr=True)) as screen:
            return run_evaluation(target, cases, out, options, progress=screen)
    except KeyboardInterrupt:
        complain(f"interrupted: what was answered is kept in {out}.journal; run again to go on")
        raise typer.Exit(INTERRUPTED) from None


def _tell(told: "Forecast", as_of: str) -> None:
    read, written = (
        "unknown" if number is None else f"at most {number:,}"
        for number in (told.input_tokens, told.output_tokens)
    )
    money = "unknown" if told.cost_usd is None else f"at most ${told.cost_usd:,.4f}"
    lines = (
        f"calls           {told.calls:,} for {told.cases:,} cases",
        f"tokens read     {read}",
        f"tokens written  {written}",
        f"money           {money} (prices of {as_of})",
    )
    say("\n".join(lines))


def _finish(target: "Target", result: "RunResult", tracked: Mapping[str, Any]) -> None:
    """Say what there is now; the exit status is that of a run, not of its quality.

    Args:
        target: that was asked.
        result: what became of it.
        tracked: what it is logged with; empty for no logging.
    """
    from mlops_lib.evaluation.running.choose import recordings_of

    recordings = recordings_of(target)
    if recordings is not None:
        recordings.sort()
        say(f"{recordings.path}: {len(recordings.by_key):,} recordings")
    record = result.record
    if result.damaged:
        say(f"{result.damaged} damaged lines of the journal were asked again")
    if not result.finished.asked and not record.incomplete:
        say("was whole already: nothing was asked (--force asks everything again)")
    money = "cost unknown" if record.cost_usd is None else f"${record.cost_usd:,.4f}"
    money += ", in batches at half price" if record.batched else ""
    errors = f", {record.errors:,} of them errors" if record.errors else ""
    again = f", {result.resumed:,} of them from before" if result.resumed else ""
    say(f"{result.path}: {record.answers:,} answers{errors}{again}; {money}")
    if tracked:
        log_made(result.path, tracked)
    if record.incomplete:
        say(f"UNDECIDED: {record.incomplete} asks are missing; run again with more money")
        raise typer.Exit(UNDECIDED)
    if record.errors and record.errors == record.answers:
        complain(f"error: nothing was answered; the first error: {_first_error(result.path)}")
        raise typer.Exit(BROKEN)


def _first_error(run_file: Path) -> str:
    import json

    with run_file.open(encoding="utf-8") as lines:
        return str(json.loads(next(lines))["error"])
