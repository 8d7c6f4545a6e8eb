"""`python -m benchmarks.evaluation`: what a run costs beside the model, with an instant one."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.peers import cpu_seconds, peers

SIZES = (1_000, 10_000, 50_000)
LIMIT_MS, LIMIT_S, LIMIT_START = 0.3, 5.0, 1.0
FEW, MANY = 10, 500
"""Cases of two runs of each peer; their difference leaves its start-up out."""

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print CPU and wall time per case, and the memory, for a growing number of cases."""
    print("instant target, one repeat, journal on disk\n")
    heads = ("cases", "start-up CPU s", "CPU ms/case", "wall s", "peak RSS MB", "above the cases")
    print("".join(f"{head:>16}" for head in heads))
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.evaluation", str(size)]
        print(subprocess.run(command, capture_output=True, text=True, check=True).stdout, end="")
    print(
        f"\nlimits: start-up {LIMIT_START:g} s CPU, {LIMIT_MS} ms CPU per case, 10,000 cases in "
        f"{LIMIT_S:g} s, memory flat above the cases themselves\n"
    )
    beside()


def beside() -> None:
    """Print ourselves beside the runners of others."""
    # Peers work in folders of their own; we are found from there.
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    ours: tuple[str, ...] = (sys.executable, "-m", "benchmarks.evaluation")
    rows = [("mlops-lib", ours, True)]
    rows += [(peer.name, peer.command, peer.is_there) for peer in peers()]
    print(f"{'runner':<14}{'start-up CPU s':>16}{'CPU ms/case':>14}")
    for name, command, is_there in rows:
        if not is_there:
            print(f"{name:<14}{'skipped: not installed (MLOPS_PEERS, PATH)':>46}")
            continue
        few, many = (cpu_seconds(command, cases) for cases in (FEW, MANY))
        print(f"{name:<14}{few:>16.2f}{1000 * (many - few) / (MANY - FEW):>14.2f}")


def measure(size: int) -> None:
    """One size, in a process of its own."""
    from mlops_lib.evaluation import Case, CaseSet
    from mlops_lib.evaluation.running.asks import Repeats
    from mlops_lib.evaluation.running.python_target import PythonTarget
    from mlops_lib.evaluation.running.run import Options, run_evaluation

    start = time.process_time()
    cases = CaseSet(
        name="instant", cases=tuple(Case(case_id=f"c{i}", input=f"q{i}") for i in range(size))
    )
    target = PythonTarget(name="instant", function=lambda text: text * 20)
    options = Options(repeats=Repeats(usual=1, critical=1))
    before = peak()
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = time.process_time(), time.perf_counter()
        run_evaluation(target, cases, Path(folder) / "run.jsonl", options)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    cells = (f"{size:,}", f"{start:.2f}", f"{1000 * cpu / size:.3f}", f"{wall:.2f}")
    print("".join(f"{cell:>16}" for cell in (*cells, f"{peak():.0f}", f"{peak() - before:.0f}")))


def peak() -> float:
    """Megabytes that this process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
