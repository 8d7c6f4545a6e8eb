"""Experiments at size, beside tea-tasting and gbstats where there is an interpreter that has them.

Ten million users with two metrics, CUPED and sample ratio; ten million events to users to
statistics; a P95 with its interval at a million rows. Each in a process of its own.

The peers need other versions of Python and pandas than ours, so they run in interpreters of their
own: this one, or those that MLOPS_PEERS_PYTHON names, with a colon between them, such as

    python3.12 -m venv tea && tea/bin/pip install tea-tasting duckdb
    python3.10 -m venv gb && gb/bin/pip install gbstats pyarrow "numpy<2"
    MLOPS_PEERS_PYTHON=tea/bin/python:gb/bin/python python -m benchmarks.experiments
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_lib.experiments.scan import Scan

LIMITS = {
    "10M users, two metrics, CUPED, sample ratio": "1.0 s wall, 0.45 CPU-s, 300 MB",
    "10M events to users to statistics": "1.6 CPU-s",
    "P95 interval, 1M rows": "0.2 s wall",
}
PEERS = Path(__file__).with_name("experiments_peers.py")
PEERS_PYTHON = "MLOPS_PEERS_PYTHON"
TEN_MILLION, USERS = 10_000_000, 1_000_000


def main() -> None:
    """Make the tables, then time every subject in turn."""
    if sys.argv[1:]:
        _child(sys.argv[1], sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as folder:
        users, events, small = _tables(Path(folder))
        print(
            "best of three in one process; search: every user comes once; "
            "fingerprint: SHA-256 of\nthe file, for the report's provenance; statistics: all the "
            "rest, from the path to the decision\n"
        )
        print(
            f"{'':<48}{'wall s':>8}{'CPU s':>8}"
            f"{'of it statistics + search + fingerprint':>44}{'peak MB':>9}"
        )
        for name, what, table in (
            ("10M users, two metrics, CUPED, sample ratio", "users", users),
            ("10M events to users to statistics", "events", events),
            ("P95 interval, 1M rows", "p95", small),
        ):
            command = [sys.executable, "-m", "benchmarks.experiments", what, str(table)]
            print(f"{name:<48}{_run(command)}   limit {LIMITS[name]}")
        _peers(users, small)


def _peers(users: Path, small: Path) -> None:
    """The same jobs by others, or a line that says why not."""
    pythons = os.environ.get(PEERS_PYTHON, sys.executable).split(os.pathsep)
    for name, what, table in (
        ("tea-tasting on the 10M users, through DuckDB", "tea_users", users),
        ("tea-tasting P95, 1M rows, 20 resamples of 10,000", "tea_p95", small),
        ("gbstats on the 10M users, through pandas", "gb_users", users),
    ):
        print(f"{name:<48}{_first_that_can(pythons, [str(PEERS), what, str(table)])}")


def _first_that_can(pythons: list[str], command: list[str]) -> str:
    for python in pythons:
        try:
            return _run([python, *command])
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            reason = said.strip().splitlines()[-1]
    return f"  skipped: {reason} ({PEERS_PYTHON} names interpreters that have it)"


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def _tables(folder: Path) -> tuple[Path, Path, Path]:
    import duckdb

    columns = (
        "(random() < 0.1)::INT AS converted, round(random() * random() * 10, 4) AS cost, "
        "round(random() * 10, 4) AS cost_before"
    )
    connection = duckdb.connect()
    paths = []
    for name, unit, rows in (
        ("users", "i", TEN_MILLION),
        ("events", f"(hash(i) % {USERS})::BIGINT", TEN_MILLION),
        ("small", "i", 1_000_000),
    ):
        path = folder / f"{name}.parquet"
        variant = "CASE WHEN hash(u) % 2 = 0 THEN 'control' ELSE 'treatment' END AS variant"
        connection.execute(
            f"COPY (SELECT u AS user_id, {variant}, {columns} "  # noqa: S608
            f"FROM (SELECT {unit} AS u FROM range({rows}) t(i))) TO '{path}'"
        )
        paths.append(path)
    return paths[0], paths[1], paths[2]


def _child(what: str, table: str) -> None:
    from mlops_lib.tables import fingerprint

    work = {"users": _ours, "events": _ours, "p95": _p95}[what]
    searched = _clocked_search()
    times = []
    for _ in range(3):
        searched.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        work(table, what)
        took = time.perf_counter() - wall, time.process_time() - cpu
        cpu = time.process_time()
        fingerprint(table, rows=0)
        times.append((*took, time.process_time() - cpu, sum(searched)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu, hashed, search = (min(each) for each in zip(*times, strict=True))
    parts = f"{cpu - hashed - search:.2f} + {search:.2f} + {hashed:.2f}"
    print(f"{wall:>8.2f}{cpu:>8.2f}{parts:>44}{peak:>9.0f}")


def _clocked_search() -> list[float]:
    """CPU seconds of the searches for a user who comes twice, which no peer makes."""
    from mlops_lib.experiments import uniqueness

    search, seconds = uniqueness.require_unique, list[float]()

    def clocked(scan: "Scan") -> int:
        started = time.process_time()
        answer = search(scan)
        seconds.append(time.process_time() - started)
        return answer

    uniqueness.require_unique = clocked
    return seconds


def _ours(table: str, what: str) -> None:
    from mlops_lib.experiments import Design, Metric, analyse

    cost = Metric(
        name="cost", value="cost", columns=("cost", "cost_before"), covariate="cost_before"
    )
    won = Metric(name="converted", value="converted", columns=("converted",), role="primary")
    analyse(
        table,
        Design(treatment_share=0.5, metrics=(won, cost), one_row_per_unit=what == "users"),
    )


def _p95(table: str, _: str) -> None:
    from mlops_lib.experiments import Design, Metric, analyse

    metric = Metric(name="P95", value="cost", columns=("cost",), role="primary", quantile=0.95)
    analyse(table, Design(treatment_share=0.5, metrics=(metric,), one_row_per_unit=True))


if __name__ == "__main__":
    main()
