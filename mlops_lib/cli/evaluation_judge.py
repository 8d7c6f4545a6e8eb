"""`mlops eval judge`: grade the answers of a run file by a rubric."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lib.cli.screen import complain, console

if TYPE_CHECKING:
    from mlops_lib.evaluation.judges import Judgements
    from mlops_lib.evaluation.running.forecast import Forecast

JUDGE = "claude-haiku-5-5"
"""Grades unless the user names another: the cheapest with a known price."""

INTERRUPTED = 130
"""What shells give a program that Ctrl-C ended."""


def judge(  # noqa: PLR0913 - one argument for each option of the command
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="The run to judge.")],
    *,
    rubric: Annotated[Path, typer.Option(help="The question to the judge, as YAML.")],
    cases: Annotated[Path, typer.Option(help="What was asked: one JSON object a line.")] = Path(
        "eval/cases.jsonl"
    ),
    model: Annotated[str, typer.Option(help="The judge, by its exact id.")] = JUDGE,
    corpus: Annotated[
        str, typer.Option(help="Pages that were retrieved from, if the rubric shows them.")
    ] = "corpus",
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 4,
    prices: Annotated[
        Path | None, typer.Option(envvar="MLOPS_PRICES", help="YAML file of your own prices.")
    ] = None,
    base_url: Annotated[str, typer.Option(help="Address of the model's service.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell calls, tokens and money.")
    ] = False,
) -> None:
    """Let a model grade a run by a rubric; known answers test the judge first.

    The grades go to RUN's name with .judgements.jsonl, where eval compare finds them. Exit
    status 4: the judge fell for a known answer, so its grades are refused.
    """
    from mlops_lib.cli.eval_screen import screen_for
    from mlops_lib.evaluation import read_cases, read_run, read_sections
    from mlops_lib.evaluation.judges import JudgeError, read_rubric
    from mlops_lib.evaluation.running.judging import Judging, forecast_judging, judge_file
    from mlops_lib.llm import DEFAULT_PRICES, AnthropicModel, read_prices
    from mlops_lib.llm.clients import BASE_URL

    asked, question = read_cases(cases), read_rubric(rubric)
    table = DEFAULT_PRICES if prices is None else read_prices(prices)
    sections = read_sections(corpus) if "sections" in question.shows else None
    judging = Judging(
        run=read_run(run_file, asked), cases=asked, rubric=question, sections=sections
    )
    grader = AnthropicModel(id=model, base_url=base_url or BASE_URL, prices=table)
    if dry_run:
        _tell(forecast_judging(judging, grader, prices=table), table.as_of)
        return
    try:
        with screen_for(console(stderr=True)) as screen:
            found = judge_file(judging, grader, progress=screen, at_once=concurrency)
    except KeyboardInterrupt:
        complain("interrupted: nothing was written")
        raise typer.Exit(INTERRUPTED) from None
    except JudgeError:
        complain(f"what it said is kept in {judging.refused_path}, which nothing reads")
        raise
    typer.echo(_summary(judging.path, found))


def _tell(told: "Forecast", as_of: str) -> None:
    money = "unknown" if told.cost_usd is None else f"at most ${told.cost_usd:,.4f}"
    typer.echo(
        f"calls           {told.calls:,}, the known answers included\n"
        f"tokens read     at most {told.input_tokens:,}\n"
        f"tokens written  at most {told.output_tokens:,}\n"
        f"money           {money} (prices of {as_of})"
    )


def _summary(path: Path, found: "Judgements") -> str:
    errors = sum(item.error is not None for item in found.asked)
    failed = f", {errors:,} without a grade" if errors else ""
    flagged = f"; read those that speak to their judge: {len(found.flagged)}"
    held = f"all {len(found.sentinels)} known answers held"
    return (
        f"{path}: {len(found.asked):,} answers judged by {found.judge}{failed}; {held}"
        f"{flagged if found.flagged else ''}"
    )
