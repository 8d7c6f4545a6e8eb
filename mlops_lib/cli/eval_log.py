"""`mlops eval log`: run files to MLflow, each once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mlops_lib.cli.screen import complain, say

_SAID = {
    "new": "logged",
    "completed": "logged, in the place of what was there",
    "there": "was logged before",
}


def log(  # noqa: PLR0913 - one argument for each option of the command
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run files to log.")],
    *,
    cases: Annotated[
        Path | None,
        typer.Option(
            help="What was asked; default: the prompt's eval_set.jsonl, else eval/cases.jsonl."
        ),
    ] = None,
    tags: Annotated[str, typer.Option(help="Only cases with one of these, comma-separated.")] = "",
    config: Annotated[str, typer.Option(help="Scorers and gates; default: the shipped.")] = "",
    corpus: Annotated[str, typer.Option(help="Pages that were retrieved from.")] = "corpus",
    prompts: Annotated[Path, typer.Option(help="Folder of the prompts.")] = Path("prompts"),
    experiment: Annotated[
        str, typer.Option(help="Name in MLflow; default: the prompt's or the target's.")
    ] = "",
) -> None:
    """Log runs to MLflow: parameters, scores with intervals, cost, prompt and files.

    The store is mlflow.db at the root of the project, or what MLFLOW_TRACKING_URI names. A run
    that is logged again stays one run. Look at them with: mlflow ui
    """
    require_store(asked=True)
    told = {"cases": cases, "tags": tags, "config": config, "corpus": corpus, "prompts": prompts}
    log_files(runs, {**told, "experiment": experiment})


def require_store(*, asked: bool) -> None:
    """Refuse early what was asked for: without MLflow, or with a store that cannot be meant.

    Raises:
        InputError: says how to install MLflow, or what to name instead.
    """
    if asked:
        from mlops_lib.tracking import choose_store, require_mlflow

        require_mlflow()
        choose_store()


def log_made(run: Path, told: Mapping[str, Any]) -> None:
    """Log a run that was just made; a tracker that fails takes nothing from the run."""
    from mlops_lib.errors import MlopsError

    try:
        log_files([run], told)
    except MlopsError as error:
        complain(f"not logged: {error}\nlog it later: mlops eval log {run}")


def log_files(runs: Sequence[Path], told: Mapping[str, Any]) -> None:
    """Log run files, and say what became of each.

    Args:
        runs: their paths.
        told: what they are read and scored with, as in `Sources`.
    """
    from mlops_lib.evaluation.running.tracked import Sources, tracked_run
    from mlops_lib.tracking import choose_store, log_run

    store, sources = choose_store(), Sources(**told)
    # All are read first: of a list with a broken file nothing is logged.
    for path, run in [(path, tracked_run(path, sources)) for path in runs]:
        logged = log_run(run, store)
        place = f"{logged.experiment} / {logged.name}"
        say(f"{path}: {_SAID[logged.how]} as {place} in {store.shown}")
