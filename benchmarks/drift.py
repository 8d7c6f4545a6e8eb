"""Drift on a million rows a side: ours from Parquet and pandas, beside scipy and Evidently.

`python -m benchmarks.drift [ROWS]`; every subject runs in a process of its own, so that memory is
its own. Data are made below the system's temporary folder and deleted afterwards.
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
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
EVIDENTLY = """
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
frames = pd.read_parquet(new), pd.read_parquet(old)
work = lambda: Report([DataDriftPreset()]).run(*frames).dict()
"""


def main() -> None:
    """Print wall seconds, CPU seconds and peak memory of each."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    subjects = dict(SUBJECTS)
    if find_spec("evidently") is not None:
        subjects["Evidently, drift preset, pandas"] = EVIDENTLY
    with tempfile.TemporaryDirectory() as folder:
        make_data(Path(folder), rows)
        print(f"{rows:,} + {rows:,} rows x 20 columns\n{'':42}{'wall s':>8} {'CPU s':>8} {'MB':>9}")
        for name, code in subjects.items():
            done = subprocess.run(
                [sys.executable, "-c", _MEASURE + code + _REPORT, folder],
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
