"""`mlops eval judge`: grade the answers of a run file by a rubric."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lib.cli.eval_batch import BATCH, POLL, waiting
from mlops_lib.cli.eval_run import INTERRUPTED, UNDECIDED
from mlops_lib.cli.screen import complain, console, say

if TYPE_CHECKING:
    from mlops_lib.evaluation.running.forecast import Forecast
    from mlops_lib.evaluation.running.judging import Judging, JudgingOptions, JudgingResult
    from mlops_lib.llm import Model

JUDGE = "claude-haiku-5-5"
"""Grades unless the user names another: the cheapest with a known price."""


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
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Answer from the recordings only: no key, no cost.")
    ] = False,
    record: Annotated[bool, typer.Option("--record", help="Record what is not recorded.")] = False,
    recordings: Annotated[Path, typer.Option(help="File of the recordings.")] = Path(
        "eval/recordings/judgements.jsonl"
    ),
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 4,
    batch: BATCH = False,
    poll: POLL = 30.0,
    rate: Annotated[float | None, typer.Option(help="Calls a second; default: found out.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that one call may take.")] = 300.0,
    budget: Annotated[float | None, typer.Option(help="US dollars that it may cost.")] = None,
    call_cost: Annotated[
        float | None, typer.Option(help="The most one call costs, where that is not known.")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(envvar="MLOPS_PRICES", help="YAML file of your own prices.")
    ] = None,
    base_url: Annotated[str, typer.Option(help="Address of the model's service.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell calls, tokens and money.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Judge everything anew.")] = False,
) -> None:
    """Let a model grade a run by a rubric; known answers test the judge first.

    The grades go to RUN's name with .judgements.jsonl, where eval compare finds them. A killed
    judging goes on where it was, and nothing unchanged is paid twice. Exit status 3: the budget
    ended before everything was judged; 4: the judge fell for a known answer, so its grades are
    refused.
    """
    from mlops_lib.evaluation import read_cases, read_run, read_sections
    from mlops_lib.evaluation.judges import read_rubric
    from mlops_lib.evaluation.running.forecast import forecast_judging
    from mlops_lib.evaluation.running.judging import Judging, JudgingOptions
    from mlops_lib.llm import (
        DEFAULT_PRICES,
        AnthropicModel,
        RecordingModel,
        Throttle,
        read_prices,
    )
    from mlops_lib.llm.clients import BASE_URL
    from mlops_lib.llm.prices import BATCH_SHARE

    asked, question = read_cases(cases), read_rubric(rubric)
    table = DEFAULT_PRICES if prices is None else read_prices(prices)
    grader = AnthropicModel(
        id=model,
        base_url=base_url or BASE_URL,
        prices=table,
        throttle=Throttle(per_second=rate),
        schema=question.reply_schema,
    )
    chosen = _chosen(grader, recordings, record=record, recorded=recorded)
    judging = Judging(
        run=read_run(run_file, asked),
        cases=asked,
        rubric=question,
        model=chosen,
        sections=read_sections(corpus) if "sections" in question.shows else None,
        prices=table,
    )
    if dry_run:
        share = BATCH_SHARE if batch else 1.0
        _tell(forecast_judging(judging, call_usd=call_cost, share=share), table.as_of)
        return
    options = JudgingOptions(
        concurrency=concurrency,
        timeout=timeout,
        budget_usd=budget,
        call_usd=call_cost,
        force=force,
        waiting=waiting(poll) if batch else None,
    )
    result = _judged(judging, options)
    if isinstance(chosen, RecordingModel):
        chosen.recordings.sort()
    _finish(judging.path, result)


def _chosen(grader: "Model", place: Path, *, record: bool, recorded: bool) -> "Model":
    """The judge itself, with its recordings, or only these."""
    from mlops_lib.llm import RecordedModel, RecordingModel, read_recordings

    if recorded:
        return RecordedModel(id=grader.id, recordings=read_recordings(place))
    if record:
        return RecordingModel(model=grader, recordings=read_recordings(place, may_be_new=True))
    return grader


def _judged(judging: "Judging", options: "JudgingOptions") -> "JudgingResult":
    from mlops_lib.cli.eval_screen import screen_for
    from mlops_lib.evaluation.judges import JudgeError
    from mlops_lib.evaluation.running.judging import judge_file

    try:
        with screen_for(console(stderr=True)) as screen:
            return judge_file(judging, options, progress=screen)
    except KeyboardInterrupt:
        complain("interrupted: what was judged is kept beside the run; run again to go on")
        raise typer.Exit(INTERRUPTED) from None
    except JudgeError:
        complain(f"what it said is kept in {judging.refused_path}, which nothing reads")
        raise


def _tell(told: "Forecast", as_of: str) -> None:
    money = "unknown" if told.cost_usd is None else f"at most ${told.cost_usd:,.4f}"
    say(
        f"calls           {told.calls:,}, the known answers included\n"
        f"tokens read     at most {told.input_tokens:,}\n"
        f"tokens written  at most {told.output_tokens:,}\n"
        f"money           {money} (prices of {as_of})"
    )


def _finish(path: Path, result: "JudgingResult") -> None:
    """Say what there is now, and what it took."""
    found = result.judgements
    errors = sum(item.error is not None and not item.is_unasked for item in found.asked)
    judged = len(found.asked) - found.unasked
    parts = [
        f"{path}: {judged:,} answers judged by {found.judge}",
        f", {errors:,} without a grade" if errors else "",
        f", {result.resumed:,} of them from before" if result.resumed else "",
        f"; all {len(found.sentinels)} known answers held" if found.items else "",
        f"; {len(found.flagged):,} hold words as if to their judge, see the report"
        if found.flagged
        else "",
    ]
    say("".join(parts))
    spent = found.spending
    money = "cost unknown" if spent.cost_usd is None else f"${spent.cost_usd:,.4f}"
    batched = f", {spent.batched:,} of them in batches at half price" if spent.batched else ""
    say(f"the judge took {spent.calls:,} calls{batched}; {money}")
    if result.change is not None:
        say(result.change.sentence)
    if not result.asked:
        say("nothing had changed, so nothing was asked (--force judges everything again)")
    if result.incomplete:
        say(f"UNDECIDED: {result.incomplete}; run again with more money")
        raise typer.Exit(UNDECIDED)
