"""Drift on a million rows a side: ours beside scipy, Evidently and NannyML.

`python -m benchmarks.drift [ROWS]`; every subject runs in a process of its own, so that memory is
its own. Data are made below the system's temporary folder and deleted afterwards.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 1_000_000
SIDES = ("reference", "current")
LEVELS = (2, 5, 12, 50, 200, 500)
NUMBERS = 14

_MEASURE = """
import resource, sys, time
folder = sys.argv[1]
old, new = f"{folder}/reference.parquet", f"{folder}/current.parquet"
"""
_REPORT = """
start, cpu = time.perf_counter(), time.process_time()
work()
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(f"{time.perf_counter() - start:8.2f} {time.process_time() - cpu:8.2f} {used:9.0f}")
"""
SUBJECTS = {
    "ours, two Parquet files": """
from mlops_lib import drift
work = lambda: drift.compare(old, new).verdict()
""",
    "ours, Parquet against a frozen profile": """
from mlops_lib import drift
frozen = drift.read_profile(f"{folder}/profile.json")
work = lambda: drift.compare(frozen, new).verdict()
""",
    "ours, two pandas frames": """
import pandas as pd
from mlops_lib import drift
frames = pd.read_parquet(old), pd.read_parquet(new)
work = lambda: drift.compare(*frames).verdict()
""",
    "scipy, KS and chi-square alone, pandas": """
import pandas as pd
from scipy import stats
frames = pd.read_parquet(old), pd.read_parquet(new)
def work():
    for name in frames[0]:
        a, b = (frame[name] for frame in frames)
        if name.startswith("n"):
            stats.ks_2samp(a, b, nan_policy="omit")
        else:
            both = pd.concat([a.value_counts(), b.value_counts()], axis=1)
            stats.chi2_contingency(both.fillna(0))
""",
}
NANNYML = """
import pandas as pd
import nannyml
frames = pd.read_parquet(old), pd.read_parquet(new)
def work():
    drift = nannyml.UnivariateDriftCalculator(
        column_names=list(frames[0]), chunk_number=10,
        continuous_methods=["jensen_shannon"], categorical_methods=["jensen_shannon"],
    )
    drift.fit(frames[0])
    drift.calculate(frames[1]).to_df()
"""
EVIDENTLY = """
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
frames = pd.read_parquet(new), pd.read_parquet(old)
work = lambda: Report([DataDriftPreset()]).run(*frames).dict()
"""


PEERS = {
    "Evidently, drift preset, pandas": ("evidently", "MLOPS_EVIDENTLY_PYTHON", EVIDENTLY),
    "NannyML, Jensen-Shannon, pandas": ("nannyml", "MLOPS_NANNYML_PYTHON", NANNYML),
}
"""Each with the variable that names a Python in which it is installed."""


def python_of(module: str, variable: str) -> str:
    """A Python that has the peer: the one named, this one, that of `make lab`; "" if none has."""
    lab = Path(__file__).parents[1] / ".venv-lab" / "bin" / "python"
    for python in (os.environ.get(variable, ""), sys.executable, str(lab)):
        code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
        if python and Path(python).exists():
            done = subprocess.run([python, "-c", code], capture_output=True, check=False)
            if done.returncode == 0:
                return python
    return ""


def main() -> None:
    """Print wall seconds, CPU seconds and peak memory of each."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    subjects = {name: (sys.executable, code) for name, code in SUBJECTS.items()}
    for name, (module, variable, code) in PEERS.items():
        if python := python_of(module, variable):
            subjects[name] = (python, code)
        else:
            print(f"{name}: not installed; name a Python that has it in {variable}")
    with tempfile.TemporaryDirectory() as folder:
        make_data(Path(folder), rows)
        print(f"{rows:,} + {rows:,} rows x 20 columns\n{'':42}{'wall s':>8} {'CPU s':>8} {'MB':>9}")
        for name, (python, code) in subjects.items():
            done = subprocess.run(
                [python, "-c", _MEASURE + code + _REPORT, folder],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            print(f"{name:42}{done.stdout.rstrip() or done.stderr[-200:]}")


def make_data(folder: Path, rows: int) -> None:
    """Two tables of 14 numbers and 6 categories, some of them drifted, and the first one frozen."""
    import duckdb

    from mlops_lib import drift

    for side in SIDES:
        connection = duckdb.connect()
        connection.execute("SELECT setseed(?)", [0.1 if side == "reference" else 0.2])
        columns = [f"{number(at, side)} AS n{at:02d}" for at in range(NUMBERS)]
        columns += [
            f"'v' || floor(random() * {levels})::INT AS c{at:02d}"
            for at, levels in enumerate(LEVELS)
        ]
        connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM range({rows})) "  # noqa: S608 - our own words
            f"TO '{folder / side}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
    frozen = drift.profile(str(folder / "reference.parquet"))
    drift.write_profile(frozen, folder / "profile.json")


def number(at: int, side: str) -> str:
    """SQL of one column of numbers: bell-shaped, with ties, zeros, a constant, gaps."""
    bell = "sqrt(-2 * ln(1 - random())) * cos(6.283185307179586 * random())"
    drifted = side == "current"
    special = {
        4: f"{bell} + {0.1 if drifted else 0.0}",
        5: f"{bell} * {1.2 if drifted else 1.0}",
        6: f"round({bell}, 1)",
        7: f"CASE WHEN random() < 0.6 THEN 0.0 ELSE abs({bell}) END",
        8: "7.0",
        9: f"CASE WHEN random() >= {0.1 if drifted else 0.05} THEN {bell} END",
    }
    return f"CAST({special.get(at, bell)} AS DOUBLE)"


if __name__ == "__main__":
    main()
