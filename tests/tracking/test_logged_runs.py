"""Evaluation runs as users log them: what stands in MLflow is what the notebook shows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.evaluate import Version, evaluate
from mlops_lib.evaluation import compare_variants, read_cases
from mlops_lib.evaluation.running.tracked import Sources, tracked_run
from mlops_lib.evaluation.variants.views import estimate_of
from mlops_lib.tracking import choose_store

ROOT = Path(__file__).parents[2]

APP = """
def app(text, *, case, repeat):
    return {"output": f"{case.target}", "cost_usd": 0.01, "latency_ms": 5.0, "input_tokens": 3}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of somebody else, with an application and cases."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    (folder / "app.py").write_text(APP, encoding="utf-8")
    cases = [{"case_id": f"q{i}", "input": f"{i}?", "target": f"It is {i}."} for i in range(30)]
    text = "".join(f"{json.dumps(case)}\n" for case in cases)
    (folder / "cases.jsonl").write_text(text, encoding="utf-8")
    return folder


WITHOUT_MLFLOW = """
from mlops_lib.cli import main
from mlops_lib.tracking import store
store.is_installed = lambda: False
main()
"""


def mlops(
    folder: Path, *words: str, installed: bool = True, changed: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    how = ["-m", "mlops_lib"] if installed else ["-c", WITHOUT_MLFLOW]
    return subprocess.run(
        [sys.executable, *how, "eval", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": ""} | (changed or {}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    paths = [folder / f"v{number}.jsonl" for number in (1, 2)]
    for number, path in enumerate(paths, start=1):
        version = Version(
            prompt_version=number,
            choice="local",
            corpus=ROOT / "corpus",
            prompts=ROOT / "prompts",
        )
        evaluate(ROOT / "eval" / "cases.jsonl", path, version)
    return paths


SOURCES = Sources(
    cases=ROOT / "eval" / "cases.jsonl", corpus=ROOT / "corpus", prompts=ROOT / "prompts"
)


def test_the_numbers_are_those_of_the_notebook(runs: list[Path]) -> None:
    cases = read_cases(ROOT / "eval" / "cases.jsonl")
    variants = compare_variants(runs, cases, corpus=SOURCES.corpus)
    for path in runs:
        logged = tracked_run(path, SOURCES)
        assert "relevance" not in logged.metrics  # nobody judged these runs
        for metric in set(variants.settings.metrics) - {"relevance"}:
            estimate, interval = estimate_of(variants, logged.name, metric)
            assert logged.metrics[metric] == estimate
            assert (logged.metrics[f"{metric}.low"], logged.metrics[f"{metric}.high"]) == interval
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert logged.metrics["total.cost_usd"] == pytest.approx(sum(x["cost_usd"] for x in lines))
        assert logged.metrics["total.answers"] == len(lines)


def test_everything_that_explains_a_run_is_with_it(runs: list[Path]) -> None:
    logged = tracked_run(runs[0], SOURCES)
    assert (logged.experiment, logged.name, logged.is_whole) == ("answer", "answer v1", True)
    wanted = {"prompt", "prompt_version", "model", "cases_fingerprint", "repeats", "top_k"}
    assert wanted <= set(logged.params)
    assert set(logged.files) == {"run/answers.jsonl", "run/answers.meta.json"}
    assert "four to five sentences" in logged.texts["prompt.txt"]
    assert logged.prompt is not None
    assert logged.prompt.aliases == ("production",)
    scores = [json.loads(line) for line in logged.texts["scores.jsonl"].splitlines()]
    assert {"case_id", "repeat", "metric", "value"} <= set(scores[0])


def test_a_prompt_that_was_edited_since_is_not_attached(runs: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "answer"
    folder.mkdir(parents=True)
    text = (ROOT / "prompts" / "answer" / "v1.yaml").read_text(encoding="utf-8")
    (folder / "v1.yaml").write_text(text.replace("four to five", "six"), encoding="utf-8")
    edited = Sources(cases=SOURCES.cases, corpus=SOURCES.corpus, prompts=tmp_path / "prompts")
    logged = tracked_run(runs[0], edited)
    assert logged.prompt is None
    assert "prompt.txt" not in logged.texts


def test_what_is_unknown_is_left_out_and_never_0(project: Path) -> None:
    cases = read_cases(project / "cases.jsonl")
    run = project / "unknown.jsonl"
    lines = [{"case_id": case.case_id, "output": "It is."} for case in cases.cases]
    run.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    logged = tracked_run(run, Sources(cases=project / "cases.jsonl"))
    unknown = {"cost", "latency", "total.cost_usd", "total.input_tokens", "latency_ms.p95"}
    assert unknown.isdisjoint(logged.metrics)
    assert logged.metrics["cost.unscored"] == len(lines)
    assert logged.experiment == "unknown"


def test_grades_change_no_content_and_are_told_as_tags(runs: list[Path], tmp_path: Path) -> None:
    from assistant.judge import judge

    for path in (runs[1], runs[1].with_suffix(".meta.json")):
        shutil.copy(path, tmp_path)
    copy = tmp_path / runs[1].name
    before = tracked_run(copy, SOURCES)
    judge(copy, ROOT / "eval" / "cases.jsonl", tmp_path / "v2.judgements.jsonl")
    after = tracked_run(copy, SOURCES)
    assert (before.content, before.grades) == (after.content, "")
    assert after.grades
    assert after.tags["judge relevance"] == "words-of-the-reference"
    assert "run/answers.judgements.jsonl" in after.files


def test_other_scorers_are_another_content_and_the_same_run(runs: list[Path]) -> None:
    plain = tracked_run(runs[0], SOURCES)
    without = tracked_run(runs[0], Sources(cases=SOURCES.cases, prompts=SOURCES.prompts))
    assert plain.content == tracked_run(runs[0], SOURCES).content
    assert plain.content != without.content
    assert plain.run_id == without.run_id


def test_without_mlflow_asking_for_it_is_status_2_before_anything_is_asked(project: Path) -> None:
    words = ("run", "app:app", "--cases", "cases.jsonl", "--out", "none.jsonl")
    asked = mlops(project, *words, "--mlflow", installed=False)
    assert asked.returncode == 2
    assert asked.stderr.splitlines() == [
        "error: MLflow is not installed: pip install 'mlops-lib[mlflow]', in a clone '.[mlflow]'"
    ]
    assert not (project / "none.jsonl").exists()
    assert mlops(project, "log", "any.jsonl", installed=False).returncode == 2
    silent = mlops(project, *words, installed=False)
    assert (silent.returncode, "MLflow" in silent.stdout + silent.stderr) == (0, False)


def test_a_tracker_that_is_down_takes_nothing_from_a_run(project: Path) -> None:
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    down = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    words = ("run", "app:app", "--cases", "cases.jsonl", "--out", "down.jsonl", "--mlflow")
    done = mlops(project, *words, changed=down)
    assert (done.returncode, "down.jsonl: 60 answers" in done.stdout) == (0, True)
    assert "not logged: MLflow at http://127.0.0.1:9 cannot be used" in done.stderr
    assert "log it later: mlops eval log down.jsonl" in done.stderr
    refused = mlops(project, "log", "down.jsonl", "--cases", "cases.jsonl", changed=down)
    assert refused.returncode == 4
    files = mlops(project, *words, changed={"MLFLOW_TRACKING_URI": "./mlruns"})
    assert (files.returncode, "is no store" in files.stderr) == (2, True)


@pytest.mark.slow
def test_a_run_is_logged_by_its_command_and_again_without_a_second(project: Path) -> None:
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    words = (
        "run",
        "app:app",
        "--cases",
        "cases.jsonl",
        "--out",
        "run.jsonl",
        "--call-cost",
        "0.01",
    )
    part = mlops(project, *words, "--budget", "0.2", "--mlflow")
    assert part.returncode == 3, part.stderr
    assert "logged as app:app / app:app" in part.stdout
    whole = mlops(project, *words, "--mlflow")
    assert whole.returncode == 0, whole.stderr
    assert "in the place of what was there" in whole.stdout
    below = project / "notebooks"
    below.mkdir()
    again = mlops(below, "log", "../run.jsonl", "--cases", "../cases.jsonl")
    assert "was logged before" in again.stdout, again.stdout + again.stderr
    (kept,) = logged_in(project)
    assert kept.data.metrics["total.answers"] == 60
    assert kept.data.metrics["total.not_asked"] == 0
    assert kept.data.tags["mlops.whole"] == "yes"
    assert list(below.iterdir()) == []


def logged_in(folder: Path) -> list[Any]:
    with choose_store(folder, environment={}).client() as client:
        found = client.get_experiment_by_name("app:app")
        assert found is not None
        return list(client.search_runs([found.experiment_id]))
