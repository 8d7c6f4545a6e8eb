"""Experiments at size, beside tea-tasting where that is installed.

Ten million users with two metrics, CUPED and sample ratio; ten million events to users to
statistics; a P95 with its interval at a million rows. Each in a process of its own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

LIMITS = {
    "10M users, two metrics, CUPED, sample ratio": "1.0 s wall, 0.45 CPU-s of statistics, 300 MB",
    "10M events to users to statistics": "1.6 CPU-s",
    "P95 interval, 1M rows": "0.2 s wall",
}
TEN_MILLION, USERS = 10_000_000, 1_000_000


def main() -> None:
    """Make the tables, then time every subject in turn."""
    if sys.argv[1:]:
        _child(sys.argv[1], sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as folder:
        users, events, small = _tables(Path(folder))
        subjects = [
            ("10M users, two metrics, CUPED, sample ratio", "users", users),
            ("10M events to users to statistics", "events", events),
            ("P95 interval, 1M rows", "p95", small),
        ]
        if find_spec("tea_tasting"):
            subjects.append(("tea-tasting on the 10M users", "tea_users", users))
        print(
            "best of three in one process; fingerprint: SHA-256 of the file, for the report's "
            "provenance;\nstatistics: all the rest, from the path to the decision\n"
        )
        print(
            f"{'':<48}{'wall s':>8}{'CPU s':>8}{'of it statistics + fingerprint':>32}{'peak MB':>9}"
        )
        for name, what, table in subjects:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.experiments", what, str(table)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            limit = f"   limit {LIMITS[name]}" if name in LIMITS else ""
            print(f"{name:<48}{done.stdout.rstrip()}{limit}")


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

    work = {"users": _ours, "events": _ours, "p95": _p95, "tea_users": _tea}[what]
    times = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        work(table, what)
        took = time.perf_counter() - wall, time.process_time() - cpu
        cpu = time.process_time()
        fingerprint(table, rows=0)
        times.append((*took, time.process_time() - cpu))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = [min(each) for each in zip(*times, strict=True)]
    # The peer takes no fingerprint.
    parts = "" if what == "tea_users" else f"{best[1] - best[2]:.2f} + {best[2]:.2f}"
    print(f"{best[0]:>8.2f}{best[1]:>8.2f}{parts:>32}{peak:>9.0f}")


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


def _tea(table: str, _: str) -> None:
    import duckdb

    tt = import_module("tea_tasting")
    experiment = tt.Experiment(
        sample_ratio=tt.SampleRatio(),
        converted=tt.Proportion("converted"),
        cost=tt.Mean("cost", covariate="cost_before"),
    )
    experiment.analyze(duckdb.connect().read_parquet(table), control="control")


if __name__ == "__main__":
    main()
