"""The page on the evaluation loop cannot lie: each of its commands is run, in its order."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = (
    "assistant", "corpus", "corpus_candidate", "eval", "notebooks", "prompts", "mlops_lib"
)  # fmt: skip
PAGE = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
OWN, DEMO, FORKS, MLFLOW = (
    "On your own application",
    "On the demo",
    "Pull requests from forks",
    "In MLflow",
)
GIVEN_A_VERDICT = {0, 1, 3}

APP = """
def answer(text):
    return "It takes five days."

def better(text):
    return f"The refund of order {text.split()[-1]} takes five days."
"""


def commands(heading: str) -> list[str]:
    _, _, rest = PAGE.partition(f"\n## {heading}\n")
    section = rest.partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def run_all(heading: str, folder: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": "", "COLUMNS": "160"}
    environment = {**os.environ, **own}
    done = {}
    for command in commands(heading):
        words = shlex.split(command)
        start = ["-m", "mlops_lib"] if words[0] == "mlops" else []
        done[command] = subprocess.run(
            [sys.executable, *start, *words[1:]],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done[command].returncode in GIVEN_A_VERDICT, f"{command}\n{done[command].stderr}"
    return done


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the demo reads, as a clone has it; pytest's `mlops` is this one."""
    folder = tmp_path / "clone"
    for name in FOLDERS:
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_section_with_commands_is_run_here() -> None:
    with_commands = [h for h in re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE) if commands(h)]
    assert with_commands == [OWN, DEMO, FORKS, MLFLOW]


def test_the_loop_runs_on_ones_own_application(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    cases = [
        {
            "case_id": f"q{i}",
            "input": f"How long takes the refund of order {i}",
            "target": f"The refund of order {i} takes five days.",
        }
        for i in range(40)
    ]
    text = "".join(f"{json.dumps(case)}\n" for case in cases)
    (tmp_path / "cases.jsonl").write_text(text, encoding="utf-8")
    done = run_all(OWN, tmp_path)
    said = [each.stdout for each in done.values()]
    assert [command.split()[2] for command in done] == [
        "run", "bless", "plan", "run", "run", "compare", "bless",
    ]  # fmt: skip
    assert "the first of its name" in said[1]
    assert "Visible drop" in said[2]
    assert "calls" in said[3]
    assert "what differs: target" in said[5]
    assert "measurably better on similarity" in " ".join(said[5].split())
    assert "replaces app:answer, which differs in target" in said[6]


def test_the_demo_is_compared_with_its_committed_baseline(clone: Path) -> None:
    *_, compared = run_all(DEMO, clone).values()
    assert "what differs: code, prompt, target" in compared.stdout


def test_a_fork_gets_the_same_run_without_a_key(clone: Path) -> None:
    *_, compared = run_all(FORKS, clone).values()
    assert compared.returncode == 0
    assert "what differs" not in compared.stdout


@pytest.mark.slow
def test_mlflow_holds_the_demos_runs_and_the_notebook_reads_them(clone: Path) -> None:
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    demo, logged, _ = run_all(MLFLOW, clone).values()
    assert demo.stdout.count("in MLflow at") + demo.stderr.count("in MLflow at") == 3
    assert logged.stdout.count("was logged before") == 3
    verdict = json.loads((clone / "reports/prompt_variants/verdict.json").read_text("utf-8"))
    paths = [source["path"] for source in verdict["sources"]]
    assert "mlflow.db" in paths
    runs = [path for path in paths if not path.endswith(".judgements.jsonl")]
    assert sum(path.startswith("mlruns/answer/") for path in runs) == 3
