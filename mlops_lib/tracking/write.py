"""Log a run: once, whoever logs it how often, and go on where a killed process was."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeVar

from mlops_lib.errors import InputError
from mlops_lib.tracking.prompts import register
from mlops_lib.tracking.record import Logged, TrackedRun, metric_name
from mlops_lib.tracking.store import ARTIFACTS, Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

T = TypeVar("T")

RUN_ID, CONTENT, GRADES = "mlops.run_id", "mlops.content", "mlops.grades"
WHOLE = "mlops.whole"
"""Tags by which a run is found again."""

_NOTE, _KIND = "mlflow.note.content", "mlflow.runType"
"""Tags of MLflow's own page: the description of a run, and under which heading it stands."""

_EVALUATION = "genai_evaluate"

_BATCH = 100
"""Parameters that a server takes at once."""

_LONGEST = 500
"""Characters of a parameter or a tag that every store keeps."""


def log_run(run: TrackedRun, store: Store) -> Logged:
    """Log a run, unless it stands there already.

    Equal content is one run in MLflow. Of a run whose budget ended, the whole later takes the
    place; grades of a judge that come later are added; one whose logging was killed is finished.

    Args:
        run: what to log.
        store: where.

    Raises:
        InputError: if MLflow is not installed, or two metrics would have one name.
        RunError: if the store cannot be used.
    """
    _check_names(run.metrics)
    with store.client() as client:
        experiment = _experiment(client, run.experiment, store)
        earlier = _earlier(client, experiment, run)
        if earlier is not None and _is_done(earlier, run):
            return _logged(earlier, run, store, "there")
        kept = earlier or client.create_run(
            experiment, start_time=run.made_ms or None, tags=_tags(run), run_name=run.name
        )
        _fill(client, kept.info.run_id, run)
        return _logged(kept, run, store, "new" if earlier is None else "completed")


def _fill(client: "MlflowClient", run_id: str, run: TrackedRun) -> None:
    """Everything of a run, the state last: a killed process leaves one that is unfinished."""
    from mlflow.entities import Metric, Param, RunTag

    client.update_run(run_id, status="RUNNING")
    params = [Param(name, _shortened(value)) for name, value in run.params.items()]
    for part in _parts(params):
        client.log_batch(run_id, params=part)
    # MLflow shows the value of the last step: that of the whole run, once there is one.
    step, when = int(run.is_whole), max(run.made_ms, run.measured_ms)
    metrics = [Metric(metric_name(name), value, when, step) for name, value in run.metrics.items()]
    for part in _parts(metrics):
        client.log_batch(run_id, metrics=part)
    _upload(client, run_id, run)
    tags = _tags(run)
    if run.prompt is not None:
        tags.update(register(client, run.prompt))
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])
    # The time of the run, not of this logging: MLflow would show the difference as its duration.
    client.set_terminated(run_id, status="FINISHED", end_time=run.made_ms or None)


def _upload(client: "MlflowClient", run_id: str, run: TrackedRun) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in run.texts.items():
            _place(folder, name).write_text(text, encoding="utf-8")
        for name, path in run.files.items():
            shutil.copyfile(path, _place(folder, name))
        client.log_artifacts(run_id, folder)


def _place(folder: str, name: str) -> Path:
    path = Path(folder, *PurePosixPath(name).parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _experiment(client: "MlflowClient", name: str, store: Store) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        place = None
        if store.artifacts is not None:
            # Absolute, because MLflow's own default follows the working directory.
            place = (store.artifacts / _folder_name(name)).as_uri()
        created: str = client.create_experiment(name, artifact_location=place)
        return created
    if found.lifecycle_stage == "deleted":
        restore = f"mlflow experiments restore -x {found.experiment_id}"
        message = f"was deleted in MLflow; name another, or restore it: {restore}"
        raise InputError.of(message, source=store.shown, field="experiment", value=name)
    return str(found.experiment_id)


def _folder_name(experiment: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in experiment) or ARTIFACTS


def _earlier(client: "MlflowClient", experiment: str, run: TrackedRun) -> "Run | None":
    same = f"tags.`{CONTENT}` = '{run.content}'"
    part = f"tags.`{RUN_ID}` = '{run.run_id}' and tags.`{WHOLE}` = 'no'"
    for condition in (same, part):
        found = client.search_runs([experiment], condition, max_results=1)
        if found:
            first: Run = found[0]
            return first
    return None


def _is_done(earlier: "Run", run: TrackedRun) -> bool:
    tags = earlier.data.tags
    same = (tags.get(CONTENT), tags.get(GRADES, "")) == (run.content, run.grades)
    return same and earlier.info.status == "FINISHED"


def _tags(run: TrackedRun) -> dict[str, str]:
    own = {
        RUN_ID: run.run_id,
        CONTENT: run.content,
        GRADES: run.grades,
        WHOLE: "yes" if run.is_whole else "no",
        _NOTE: run.summary or run.name,
        _KIND: _EVALUATION,
    }
    return {name: _shortened(value) for name, value in {**run.tags, **own}.items()}


def _check_names(metrics: Mapping[str, float]) -> None:
    seen: dict[str, str] = {}
    for name in metrics:
        other = seen.setdefault(metric_name(name), name)
        if other != name:
            message = f"is the same name in MLflow as {other!r}; rename one of them"
            raise InputError.of(message, field="metrics", value=name)


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"


def _logged(
    kept: "Run", run: TrackedRun, store: Store, how: Literal["new", "completed", "there"]
) -> Logged:
    return Logged(
        mlflow_id=kept.info.run_id,
        how=how,
        uri=store.uri,
        experiment=run.experiment,
        name=run.name,
    )


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
