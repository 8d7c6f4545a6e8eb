"""The README cannot lie: every command in it is run, every file and notebook it names exists."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent

COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
INLINE = re.findall(r"`((?:make|mlops|python -m) [^`]+)`", README)
GIVEN_A_VERDICT = {0, 1, 3}


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        shlex.split(command),
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def own_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the README's examples name, as somebody else's project would have them."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(7)
    for name, shift in (("before", 0.0), ("after", 0.5)):
        frame = pd.DataFrame(
            {
                "score": rng.normal(shift, 1, 1500),
                "plan": rng.choice(["free", "paid"], 1500),
            }
        )
        frame.to_parquet(folder / f"{name}.parquet")
    users = rng.integers(0, 600, 4000)
    pd.DataFrame(
        {
            "user": [f"u{user}" for user in users],
            "arm": np.where(users % 2 == 0, "old", "new"),
            "solved": rng.random(4000) < np.where(users % 2 == 0, 0.5, 0.6),
        }
    ).to_parquet(folder / "events.parquet")
    (folder / "experiment.yaml").write_text(
        "hypothesis: the new arm solves more\nunit: user\nvariant: arm\n"
        "variants: {old: 0.5, new: 0.5}\nminimum_effect: 0.02\n"
        "metrics: [{name: solved, role: primary, kind: proportion, column: solved}]\n"
        "expected: {level: 0.5, units_per_day: 100}\n",
        encoding="utf-8",
    )
    words = ["refund", "invoice", "login", "export", "team", "limit", "price", "error"]
    days = pd.date_range("2026-05-01", "2026-06-07", periods=3000)
    pd.DataFrame(
        {
            "text": [" ".join(rng.choice(words, 4)) for _ in days],
            "score": rng.beta(8, 3, 3000),
            "asked": days.astype(str),
        }
    ).to_csv(folder / "questions.csv", index=False)
    (folder / "docs").mkdir()
    (folder / "docs" / "billing.md").write_text(
        "# Billing\n\nHow invoices work.\n\n## Refunds\n\nA refund takes five days.\n",
        encoding="utf-8",
    )
    write_evaluation(folder, rng)
    return folder


def write_evaluation(folder: Path, rng: np.random.Generator) -> None:
    cases, runs = [], {"before": list[str](), "after": list[str]()}
    for number in range(60):
        target = f"A refund of order {number} takes five days."
        case = {
            "case_id": f"case-{number}",
            "input": f"How long does the refund of order {number} take?",
            "target": target,
            "context": [],
            "tags": ["refund"],
            "kind": "typical",
            "critical": False,
            "cluster": f"page-{number % 12}",
        }
        cases.append(json.dumps(case))
        for lines in runs.values():
            answer = {
                "case_id": f"case-{number}",
                "repeat": 0,
                "output": target if rng.random() < 0.8 else "It takes a while.",
                "retrieved": [],
                "input_tokens": 40,
                "output_tokens": 9,
                "cost_usd": 0.0001,
                "latency_ms": 200.0,
                "error": None,
                "prompt_name": "refunds",
                "prompt_version": 1,
                "model": "local",
                "index_id": "none",
            }
            lines.append(json.dumps(answer))
    (folder / "cases.jsonl").write_text("\n".join(cases) + "\n", encoding="utf-8")
    for name, lines in runs.items():
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


ON_OWN_FILES = [c for c in COMMANDS if c.startswith("mlops run ") and "--all" not in c]


@pytest.mark.parametrize("command", ON_OWN_FILES)
def test_a_command_gives_its_verdict_on_own_files(command: str, own_files: Path) -> None:
    done = run(command, own_files)
    assert done.returncode in GIVEN_A_VERDICT, done.stdout + done.stderr
    name = shlex.split(command)[2]
    assert (own_files / "reports" / name / "report.html").stat().st_size > 0


def test_the_commands_of_an_evaluation_run_in_their_order(own_files: Path) -> None:
    app = 'def answer(text):\n    return "A refund takes five days."\n'
    (own_files / "app.py").write_text(app, encoding="utf-8")
    commands = [command for command in COMMANDS if command.startswith("mlops eval ")]
    (own_files / "eval" / "judges").mkdir(parents=True)
    rubric = Path("eval") / "judges" / "relevance.yaml"
    shutil.copyfile(ROOT / rubric, own_files / rubric)
    named = [command.split()[2] for command in commands]
    assert named == ["run", "judge", "bless", "plan", "compare"]
    for command in commands:
        done = run(command, own_files)
        assert done.returncode in GIVEN_A_VERDICT, done.stdout + done.stderr


def test_an_experiment_is_planned_decided_and_replayed(own_files: Path) -> None:
    commands = [c for c in COMMANDS if c.startswith("mlops experiment ")]
    assert len(commands) >= 3
    for command in commands:
        done = run(command, own_files)
        assert done.returncode in GIVEN_A_VERDICT, done.stdout + done.stderr


def test_an_index_is_built_swapped_and_rolled_back(own_files: Path) -> None:
    line = json.dumps({"query": "how long does a refund take", "expected": ["billing.md"]})
    (own_files / "probes.jsonl").write_text(f"{line}\n" * 20, encoding="utf-8")
    build, swap, status, rollback = [c for c in COMMANDS if c.startswith("mlops index ")]
    assert [run(command, own_files).returncode for command in (build, swap)] == [0, 0]
    page = own_files / "docs" / "invoices.md"
    page.write_text("# Invoices\n\nAn invoice comes each month.\n", encoding="utf-8")
    for command in (build, swap, status, rollback):
        done = run(command, own_files)
        assert done.returncode == 0, done.stdout + done.stderr
    page.unlink()


def test_drift_is_frozen_and_compared_without_a_notebook(own_files: Path) -> None:
    done = [run(command, own_files) for command in COMMANDS if command.startswith("mlops drift ")]
    assert [each.returncode in GIVEN_A_VERDICT for each in done] == [True] * 2, done


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository as a clone would have them, with this environment."""
    folder = tmp_path_factory.mktemp("clone") / "mlops-lib"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.mark.slow
def test_make_reports_and_gate_do_the_main_job(clone: Path) -> None:
    here = {"PYTHONPATH": str(clone)}
    made = run("make --old-file=.venv/.done reports", clone, **here)
    assert made.returncode == 0, made.stdout + made.stderr
    for name in ("evaluation", "prompt_variants", "experiment", "drift", "topics"):
        for file in ("report.html", "report.ipynb", "verdict.json"):
            assert (clone / "reports" / name / file).stat().st_size > 0
        assert (clone / "reports" / name / "report.html").stat().st_size <= 300_000
    for file in ("index.html", "summary.md", "junit.xml"):
        assert (clone / "reports" / file).stat().st_size > 0
    gate = run("make --old-file=.venv/.done gate", clone, **here)
    worst = run("mlops run --all", clone, **here).returncode
    assert worst in GIVEN_A_VERDICT
    assert (gate.returncode == 0) == (worst == 0)
    assert "unchanged" in gate.stdout
    assert run("mlops run --all --undecided pass", clone, **here).returncode in {0, 1}


@pytest.mark.slow
def test_the_assistant_answers_from_the_guide(clone: Path) -> None:
    asked = next(c for c in INLINE if c.startswith("make ask"))
    done = run(asked.replace("make", "make --old-file=.venv/.done", 1), clone)
    assert done.returncode == 0, done.stderr
    assert "test-sets" in done.stdout


@pytest.mark.parametrize("command", sorted({c for c in [*COMMANDS, *INLINE] if "make " in c}))
def test_every_make_target_exists_and_ci_runs_it(command: str, clone: Path) -> None:
    target = command.split()[1]
    assert run(f"make -n {target}", clone).returncode == 0
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    tested_here = target in {"reports", "gate", "help", "ask"}
    assert tested_here or f"make {target}" in script


def test_make_help_names_every_target(clone: Path) -> None:
    shown = run("make help", clone).stdout
    for target in ("reports", "gate", "test", "check", "lab", "bench"):
        assert f"make {target}" in shown


def test_the_command_for_ci_is_the_one_that_is_tested_here() -> None:
    assert "mlops run --all --undecided pass" in COMMANDS


@pytest.mark.parametrize("command", [c for c in INLINE if c.startswith("mlops ")])
def test_inline_commands_are_understood(command: str, clone: Path) -> None:
    if command.startswith("mlops run"):
        command = f"mlops show {command.split()[2]}"
    assert run(command, clone).returncode == 0


def test_the_wheel_is_built_and_installed_by_ci() -> None:
    assert "pip install ." in COMMANDS
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "mlops_lib-*.whl" in script


def test_the_python_example_runs(own_files: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-c", code + "\nresult.to_frame(); result.checks(); result.verdict()"],
        cwd=own_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_of_the_guide_is_listed() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = sorted(path.relative_to(ROOT) for path in (ROOT / "corpus").rglob("*.md"))
    assert len(pages) >= 40
    assert [str(page) for page in pages if f"../{page}" not in contents] == []
