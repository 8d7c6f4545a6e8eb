"""Real MLflow on real SQLite: nothing lost, nothing twice. Runs where the extra is installed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError, RunError
from mlops_lib.tracking import Store, TrackedRun, find_runs, log_run
from mlops_lib.tracking.write import CONTENT, WHOLE
from tests.tracking.conftest import PROMPT

pytest.importorskip("mlflow", reason="needs the extra mlflow")

ROOT = Path(__file__).parents[2]


def runs_of(store: Store, experiment: str = "answer") -> list[Any]:
    with store.client() as client:
        found = client.get_experiment_by_name(experiment)
        return [] if found is None else list(client.search_runs([found.experiment_id]))


def test_a_run_is_one_run_in_mlflow_however_often_it_is_logged(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    first, second = log_run(run(), store), log_run(run(), store)
    assert (first.how, second.how) == ("new", "there")
    assert first.mlflow_id == second.mlflow_id
    (kept,) = runs_of(store)
    assert kept.data.params == run().params
    assert kept.data.metrics == run().metrics
    assert (kept.info.run_name, kept.info.status) == ("answer v1", "FINISHED")


def test_other_answers_are_another_run(store: Store, run: Callable[..., TrackedRun]) -> None:
    log_run(run(), store)
    assert log_run(run(content="c2"), store).how == "new"
    assert len(runs_of(store)) == 2


def test_a_resumed_run_takes_the_place_of_its_part(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    part = run(
        is_whole=False, content="part", metrics={"similarity": 0.9}, tags={"incomplete": "x"}
    )
    whole = run(metrics={"similarity": 0.5, "total.answers": 80.0})
    assert log_run(part, store).how == "new"
    assert log_run(whole, store).how == "completed"
    (kept,) = runs_of(store)
    assert kept.data.metrics == {"similarity": 0.5, "total.answers": 80.0}
    assert (kept.data.tags[WHOLE], kept.data.tags[CONTENT]) == ("yes", "c1")
    assert log_run(whole, store).how == "there"


def test_grades_that_come_later_are_added_to_the_run(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    later = 1_700_000_000_500
    log_run(run(), store)
    first = run(grades="g1", measured_ms=later, metrics={"similarity": 0.5, "relevance": 0.9})
    second = run(grades="g2", measured_ms=later + 1, metrics={"relevance": 0.1})
    assert [log_run(each, store).how for each in (first, second, second)] == [
        "completed", "completed", "there",
    ]  # fmt: skip
    (kept,) = runs_of(store)
    assert (kept.data.metrics["similarity"], kept.data.metrics["relevance"]) == (0.5, 0.1)


def test_a_logging_that_was_killed_is_finished_by_the_next(
    store: Store, run: Callable[..., TrackedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops_lib.tracking import write

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(write, "_upload", die)
        with pytest.raises(KeyboardInterrupt):
            log_run(run(), store)
    (broken,) = runs_of(store)
    assert broken.info.status == "RUNNING"
    assert log_run(run(), store).how == "completed"
    (kept,) = runs_of(store)
    assert (kept.info.run_id, kept.info.status) == (broken.info.run_id, "FINISHED")


def test_everything_stands_at_an_absolute_place(
    store: Store, run: Callable[..., TrackedRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    log_run(run(), store)
    (kept,) = find_runs(store, "answer")
    assert kept.folder.is_relative_to(tmp_path / "mlruns" / "answer")
    assert (kept.folder / "prompt.txt").read_text(encoding="utf-8") == "Ähem: {question}"
    assert list(elsewhere.iterdir()) == []


FIVE_TIMES = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.tracking.conftest import RUN
from mlops_lib.tracking import choose_store, log_run
store = choose_store(Path(sys.argv[1]), environment={})
for number in range(10):
    name = f"{sys.argv[2]}-{number}"
    log_run(replace(RUN, content=name, run_id=name), store)
log_run(RUN, store)
"""


@pytest.mark.slow
def test_five_processes_may_open_a_fresh_store_at_once(fresh: Store, tmp_path: Path) -> None:
    # Without a lock around the first use, 15 of 15 runs fail and the file is lost for good.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", FIVE_TIMES, str(tmp_path), str(number)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(5)
    ]
    ended = [(process.communicate(timeout=240)[1], process.returncode) for process in started]
    assert [status for _, status in ended] == [0] * 5, ended
    kept = runs_of(fresh)
    # Fifty of their own, and one that all five logged.
    assert len(kept) == 51
    assert {each.info.status for each in kept} == {"FINISHED"}
    assert all(len(each.data.metrics) == 3 for each in kept)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"mlflow.db", "mlflow.db.lock", "mlruns"}


def test_a_half_made_database_never_stands_in_its_place(
    fresh: Store, run: Callable[..., TrackedRun], tmp_path: Path
) -> None:
    # What a process that was killed while it made the database leaves.
    (tmp_path / "mlflow.db.999.partial").write_bytes(b"half")
    log_run(run(), fresh)
    assert len(runs_of(fresh)) == 1


def test_a_prompt_is_registered_once_and_its_alias_moves(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    from dataclasses import replace

    second = replace(PROMPT, version=2, digest="d2", system="Be brief.")
    for number, prompt in enumerate((PROMPT, PROMPT, replace(second, aliases=("staging",)))):
        log_run(run(content=f"c{number}", prompt=prompt), store)
    with store.client() as client:
        versions = client.search_prompt_versions("answer")
        assert sorted(int(each.version) for each in versions) == [1, 2]
        assert int(client.get_prompt_version_by_alias("answer", "production").version) == 1
    log_run(run(content="c3", prompt=replace(second, aliases=("production",))), store)
    with store.client() as client:
        found = client.get_prompt_version_by_alias("answer", "production")
        assert int(found.version) == 2
        assert found.variables == {"question", "context"}
    linked = [json.loads(each.data.tags["mlflow.linkedPrompts"]) for each in runs_of(store)]
    assert sorted(link["version"] for (link,) in linked) == ["1", "1", "2", "2"]


def test_a_text_that_mlflow_would_read_otherwise_is_not_registered(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    from dataclasses import replace

    log_run(run(prompt=replace(PROMPT, system="Answer as {{json}}.")), store)
    (kept,) = runs_of(store)
    assert "not registered" in kept.data.tags["mlops.prompt"]
    with store.client() as client:
        assert list(client.search_prompts()) == []


def test_more_than_a_batch_and_long_values_are_kept(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    params = {f"p{i}": "x" * 7000 for i in range(250)}
    log_run(run(params=params, metrics={f"m{i}": float(i) for i in range(250)}), store)
    (kept,) = runs_of(store)
    assert len(kept.data.params) == len(kept.data.metrics) == 250
    assert kept.data.params["p0"].endswith("…")


def test_two_metrics_of_one_name_are_refused(store: Store, run: Callable[..., TrackedRun]) -> None:
    with pytest.raises(InputError, match="is the same name in MLflow as 'a%'"):
        log_run(run(metrics={"a%": 1.0, "a_": 2.0}), store)


def test_a_server_that_is_down_is_one_message_within_seconds(
    run: Callable[..., TrackedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RunError, match=r"MLflow at http://127\.0\.0\.1:9 cannot be used"):
        log_run(run(), Store(uri="http://127.0.0.1:9"))


def test_a_file_that_is_no_database_is_one_message(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    assert store.database is not None
    store.database.write_bytes(b"this is no database, and long enough to be read as one" * 9)
    with pytest.raises(RunError, match="cannot be used"):
        log_run(run(), store)


def test_what_is_looked_for_in_vain_is_answered_with_what_there_is(
    store: Store, run: Callable[..., TrackedRun]
) -> None:
    log_run(run(), store)
    log_run(run(content="c2", name="answer v2", made_ms=1_700_000_000_001), store)
    with pytest.raises(InputError, match="no such experiment; there are Default, answer"):
        find_runs(store, "other")
    with pytest.raises(InputError, match=r"there are: answer v1, answer v2 \(got 'answer v9'\)"):
        find_runs(store, "answer", ("answer v1", "answer v9"))
    assert [kept.name for kept in find_runs(store, "answer")] == ["answer v1", "answer v2"]
    named = find_runs(store, "answer", ("answer v2", "answer v1"))
    assert [kept.name for kept in named] == ["answer v2", "answer v1"]
