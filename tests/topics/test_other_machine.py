"""The same log gives the same gaps on a processor with other instructions and more threads."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
from mlops_lib import topics
from tests.topics.logs import bike_queries, gap_log, read, unrelated_queries
intents = bike_queries()
bad = intents["battery"] + intents["invoice"] + unrelated_queries()[:60]
good = intents["helmet"] + intents["refund"] + intents["unlock"]
result = topics.analyse(read(gap_log(bad, good)), settings=topics.Settings(low_score=0.5))
print(result.to_frame().round(6).to_json(), result.embedder, result.sensitivity, result.outlines())
"""


def test_processor_and_threads_change_nothing() -> None:
    # OpenBLAS names its kernels by the processors that they are made for.
    answers = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_CORETYPE": kernel,
                 "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for kernel, threads in (("Prescott", "1"), ("Haswell", "2"))
    }  # fmt: skip
    assert len(answers) == 1
    assert "battery" in answers.pop()
