"""`python -m benchmarks.evaluation`: what a run costs beside the model, with an instant one."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mlops_lib.evaluation import Case, CaseSet
from mlops_lib.evaluation.running.asks import Repeats
from mlops_lib.evaluation.running.python_target import PythonTarget
from mlops_lib.evaluation.running.run import Options, run_evaluation

SIZES = (1_000, 10_000)
LIMIT_MS, LIMIT_S = 0.3, 5.0


def main() -> None:
    """Print CPU and wall time per case, and the memory, for a growing number of cases."""
    print("instant target, one repeat, journal on disk\n")
    print(f"{'cases':>8}{'CPU ms/case':>14}{'wall s':>10}{'peak RSS MB':>14}")
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.evaluation", str(size)]
        print(subprocess.run(command, capture_output=True, text=True, check=True).stdout, end="")
    print(f"\nlimits: {LIMIT_MS} ms CPU per case, 10,000 cases in {LIMIT_S:g} s, memory flat")


def measure(size: int) -> None:
    """One size, in a process of its own."""
    cases = CaseSet(
        name="instant", cases=tuple(Case(case_id=f"c{i}", input=f"q{i}") for i in range(size))
    )
    target = PythonTarget(name="instant", function=lambda text: text * 20)
    options = Options(repeats=Repeats(usual=1, critical=1))
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = time.process_time(), time.perf_counter()
        run_evaluation(target, cases, Path(folder) / "run.jsonl", options)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:>8,}{1000 * cpu / size:>14.3f}{wall:>10.2f}{peak:>14.0f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
