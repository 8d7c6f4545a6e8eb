"""Find logged runs again, with the files that were logged beside them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError
from mlops_lib.tracking.store import Store
from mlops_lib.tracking.write import CONTENT

if TYPE_CHECKING:
    from mlflow import MlflowClient

_MOST = 1000
"""Runs of an experiment that are looked at, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run in MLflow.

    Attributes:
        mlflow_id: its id.
        name: its name.
        folder: with the files that were logged.
    """

    mlflow_id: str
    name: str
    folder: Path


def find_runs(
    store: Store, experiment: str, names: tuple[str, ...] = (), *, out: str | Path = ""
) -> tuple[Kept, ...]:
    """The newest run of each name, or of the names that are given, in their order.

    Args:
        store: where.
        experiment: of the runs.
        names: names or ids; empty for all names, the oldest first.
        out: folder for the files of a server; those of a local store are read where they are.

    Raises:
        InputError: if there is no such experiment or run; names those that there are.
        RunError: if the store cannot be used.
    """
    with store.client() as client:
        found = client.get_experiment_by_name(experiment)
        if found is None:
            known = ", ".join(sorted(each.name for each in client.search_experiments()))
            message = f"no such experiment; there are {known}"
            raise InputError.of(message, source=store.shown, field="experiment", value=experiment)
        runs = client.search_runs(
            [found.experiment_id],
            "attributes.status = 'FINISHED'",
            max_results=_MOST,
            order_by=["attributes.start_time DESC", "attributes.run_id"],
        )
        chosen = _chosen([run for run in runs if CONTENT in run.data.tags], names, experiment)
        return tuple(_kept(client, run, out) for run in chosen)


def _chosen(runs: list[Any], names: tuple[str, ...], experiment: str) -> list[Any]:
    newest: dict[str, Any] = {}
    for run in runs:
        newest.setdefault(run.info.run_name, run)
    if not names:
        return list(reversed(newest.values()))
    by_id = {run.info.run_id: run for run in runs}
    missing = [name for name in names if name not in newest and name not in by_id]
    if missing or not newest:
        known = ", ".join(sorted(newest)) or "none"
        message = f"no such finished run in {experiment}; there are: {known}"
        raise InputError.of(message, source="MLflow", field="runs", value=", ".join(missing))
    return [by_id.get(name) or newest[name] for name in names]


def _kept(client: "MlflowClient", run: Any, out: str | Path) -> Kept:  # noqa: ANN401
    target = Path(out) / run.info.run_id if str(out) else None
    if target is not None:
        target.mkdir(parents=True, exist_ok=True)
    folder = client.download_artifacts(run.info.run_id, "", str(target) if target else None)
    return Kept(mlflow_id=run.info.run_id, name=run.info.run_name, folder=Path(folder))
