"""`make bench`: start-up, the main job beside `papermill` and `nbconvert`, each package at size."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clock import Subject, medians

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
ROUNDS = 3
FURTHER = (
    "benchmarks.evaluation",
    "benchmarks.experiments",
    "benchmarks.drift",
    "benchmarks.index",
)


def main() -> None:
    """Print a table of medians with the limits that the project promises."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        subjects = [*start_up(), *main_job(out)]
        took = medians(subjects, rounds=ROUNDS)
    print(f"median of {ROUNDS} interleaved runs, wall seconds\n")
    for subject in subjects:
        limit = "" if subject.limit is None else f"   limit {subject.limit:g}"
        print(f"{subject.name:<58}{took[subject.name]:>7.2f}{limit}")
    ratio = took[PEERS] / took[OURS]
    print(f"\n{ratio:.1f} times faster than the commands one after another (promised: 4)\n")
    for module in FURTHER:
        subprocess.run([sys.executable, "-m", module], cwd=ROOT, check=True)


OURS = f"{len(NOTEBOOKS)} notebooks to HTML, mlops run --all --force"
PEERS = f"{len(NOTEBOOKS)} notebooks to HTML, papermill and nbconvert commands"


def start_up() -> list[Subject]:
    """What a user waits for before anything happens."""
    python, mlops = str(BIN / "python"), str(BIN / "mlops")
    return [
        Subject(name="python -c pass", commands=[[python, "-c", "pass"]], folder=ROOT),
        Subject(
            name="import mlops_lib (with the interpreter)",
            commands=[[python, "-c", "import mlops_lib"]],
            folder=ROOT,
            limit=0.3,
        ),
        Subject(name="mlops --help", commands=[[mlops, "--help"]], folder=ROOT, limit=0.5),
    ]


def main_job(out: Path) -> list[Subject]:
    """The shipped notebooks on the demo data, by us and by the commands of others."""
    mlops = str(BIN / "mlops")
    run = [mlops, "run", "--all", "--out", str(out / "reports")]
    peers = [
        command
        for notebook in NOTEBOOKS
        for command in (
            [str(BIN / "papermill"), str(notebook), str(out / notebook.name), "-k", "python3"],
            [str(BIN / "jupyter"), "nbconvert", "--to", "html", str(out / notebook.name)],
        )
    ]
    return [
        Subject(name=OURS, commands=[[*run, "--force"]], folder=ROOT, limit=10.0),
        Subject(
            name="the same with papermill's own kernels",
            commands=[[*run, "--force", "--engine", "papermill", "--out", str(out / "papermill")]],
            folder=ROOT,
        ),
        Subject(name=PEERS, commands=peers, folder=ROOT),
        Subject(
            name="make reports, nothing changed", commands=[["make", "reports"]], folder=ROOT,
            limit=3.0,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
