"""The evaluation runs of the demo in MLflow, where it is installed: one run a prompt version."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from mlops_lib.errors import MlopsError
from mlops_lib.tracking import Store, choose_store, is_installed, log_run

RUNS = ("runs/baseline.jsonl", "runs/candidate.jsonl", "runs/v3.jsonl")


def track(
    root: Path, cases: Path, known: Mapping[str, str], progress: Callable[[str], None]
) -> dict[str, str]:
    """Log the runs, unless these very ones were logged before; what goes wrong is only told.

    Args:
        root: directory of the evidence.
        cases: the evaluation cases.
        known: what this returned last time.
        progress: is told what happens.

    Returns:
        What was logged, and where; empty where nothing was.
    """
    if not is_installed():
        progress("not logged to MLflow, which is not installed here")
        return dict(known)
    try:
        store = choose_store(root)
        state = _state(root, cases, store)
        if known == state and (store.database is None or store.database.is_file()):
            progress(f"MLflow at {store.shown} is up to date")
            return state
        _log(root, cases, store, progress)
    except MlopsError as error:
        progress(f"not logged to MLflow: {error}")
        return {}
    return state


def _log(root: Path, cases: Path, store: Store, progress: Callable[[str], None]) -> None:
    from mlops_lib.evaluation.running.tracked import Sources, tracked_run

    sources = Sources(cases=cases, corpus="corpus")
    for name in RUNS:
        logged = log_run(tracked_run(root / name, sources), store)
        progress(f"{root / name}: {logged.experiment} / {logged.name} in MLflow at {store.shown}")


def _state(root: Path, cases: Path, store: Store) -> dict[str, str]:
    contents = [path.read_bytes() for path in (cases, *(root / name for name in RUNS))]
    digest = hashlib.sha256(b"\0".join(contents)).hexdigest()
    return {"inputs": digest, "content": store.shown}
