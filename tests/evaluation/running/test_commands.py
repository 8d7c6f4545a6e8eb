"""The commands as a user types them: what they print, write and end with."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_lib.cli import main

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


def test_ctrl_c_keeps_what_was_answered_and_is_no_verdict(folder: Path) -> None:
    slow = "import time\n\ndef slow(text):\n    time.sleep(0.2)\n    return text\n"
    (folder / "app.py").write_text(slow, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "mlops_lib", "eval", "run", "app:slow", "--out", "r.jsonl"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        journal = folder / "r.jsonl.journal"
        while not (journal.exists() and journal.stat().st_size) and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=20)
    assert (running.returncode, "run again to go on" in told) == (130, True), told
    assert "from before" in mlops(folder, "run", "app:slow", "--out", "r.jsonl").stdout


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
    folder: Path,
    words: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "app", raising=False)
    monkeypatch.setattr(sys, "argv", ["mlops", "eval", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert (ended.value.code, message in told) == (2, True), told
    assert "Traceback" not in told


def test_a_run_without_an_answer_is_no_success(folder: Path) -> None:
    (folder / "app.py").write_text("def boom(text):\n    raise OSError('down')\n", encoding="utf-8")
    broken = mlops(folder, "run", "app:boom", "--out", "r.jsonl")
    assert broken.returncode == 4
    assert "nothing was answered; the first error: OSError: down" in broken.stderr


def test_a_prompt_is_asked_its_own_cases(folder: Path) -> None:
    own = folder / "prompts" / "answer"
    own.mkdir(parents=True)
    shutil.copy(ROOT / "prompts" / "answer" / "v1.yaml", own)
    page = "# Refunds\n\nA refund takes five days.\n"
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.md").write_text(page, encoding="utf-8")
    lines = [{"case_id": f"own{i}", "input": "refund?", "target": "Five days."} for i in range(12)]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (own / "eval_set.jsonl").write_text(text, encoding="utf-8")
    made = mlops(folder, "run", "answer@1", "--model", "local", "--out", "r.jsonl")
    assert "r.jsonl: 24 answers" in made.stdout, made.stderr
    assert "24 answers to 12 cases" in mlops(folder, "bless", "r.jsonl").stdout
    assert mlops(folder, "plan").returncode == 0
    assert mlops(folder, "compare", "r.jsonl").returncode in {0, 1, 3}


def test_each_command_shows_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    for command in ("run", "compare", "bless", "plan"):
        monkeypatch.setattr(sys, "argv", ["mlops", "eval", command, "--help"])
        with pytest.raises(SystemExit):
            main()
        assert f"Example: mlops eval {command}" in capsys.readouterr().out
