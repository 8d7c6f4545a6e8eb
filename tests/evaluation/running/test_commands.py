"""The commands as a user types them: what they print, write and end with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

APP = """
import time

def good(text, *, repeat):
    return {"output": f"{text} is answered.", "cost_usd": 0.01, "latency_ms": 5.0}

def bad(text):
    return "No idea."
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    cases = [
        {
            "case_id": f"q{i}",
            "input": f"Question {i}",
            "target": f"Question {i} is answered.",
            "critical": i == 0,
        }
        for i in range(40)
    ]
    text = "".join(f"{json.dumps(case)}\n" for case in cases)
    (tmp_path / "eval").mkdir()
    (tmp_path / "eval" / "cases.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def mlops(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlops_lib", "eval", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "160", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_whole_way_from_a_run_to_a_gate(folder: Path) -> None:
    first = mlops(folder, "run", "app:good", "--out", "runs/good.jsonl")
    assert (first.returncode, first.stderr.count("Traceback")) == (0, 0)
    assert "runs/good.jsonl: 81 answers; $0.8100" in first.stdout
    assert "81 of 81 answers, $0.8100" in first.stderr
    blessed = mlops(folder, "bless", "runs/good.jsonl")
    assert "first of its name" in blessed.stdout
    assert mlops(folder, "compare", "runs/good.jsonl", "--corpus", "").returncode == 0
    assert mlops(folder, "run", "app:bad", "--out", "runs/bad.jsonl").returncode == 0
    judged = mlops(folder, "compare", "runs/bad.jsonl", "--corpus", "")
    assert judged.returncode == 1
    assert "what differs: target" in judged.stdout
    assert "FAIL: change in similarity" in judged.stdout
    planned = mlops(folder, "plan", "--corpus", "", "--n", "100", "--repeats", "3")
    assert planned.returncode == 0
    assert "Visible drop" in planned.stdout


def test_a_dry_run_tells_and_asks_nothing(folder: Path) -> None:
    done = mlops(folder, "run", "app:good", "--out", "r.jsonl", "--dry-run", "--call-cost", "0.02")
    assert "81 for 40 cases" in done.stdout
    assert "at most $1.6200" in done.stdout
    assert not (folder / "r.jsonl").exists()


def test_a_budget_that_ends_is_undecided(folder: Path) -> None:
    words = ("run", "app:good", "--out", "r.jsonl", "--call-cost", "0.01", "--budget")
    part = mlops(folder, *words, "0.3")
    assert part.returncode == 3
    assert "51 of 81 asks are missing" in part.stdout
    whole = mlops(folder, *words, "3")
    assert (whole.returncode, "30 of them from before" in whole.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "app:none", "--out", "r.jsonl"), "no such function; there are: good, bad"),
        (("run", "app:good", "--out", "r.jsonl", "--cases", "no.jsonl"), "no such file"),
        (("run", "app:good", "--out", "r.jsonl", "--repeats", "0"), "at least 1"),
        (("run", "app:good", "--out", "r.jsonl", "--budget", "1"), "--call-cost"),
        (("run", "app:good", "--out", "r.jsonl", "--tags", "x"), "matches no case"),
        (("compare", "r.jsonl"), "mlops eval bless"),
        (("bless", "r.jsonl"), "no such file"),
        (("plan",), "mlops eval bless"),
    ],
)
def test_bad_input_is_one_message_and_status_2(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    done = mlops(folder, *words)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "compare", "bless", "plan"])
def test_each_command_shows_an_example(folder: Path, command: str) -> None:
    assert f"Example: mlops eval {command}" in mlops(folder, command, "--help").stdout
