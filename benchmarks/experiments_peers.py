"""The jobs of benchmarks.experiments done by other libraries; knows nothing of ours.

Run by that benchmark, maybe with another interpreter: python experiments_peers.py JOB TABLE
"""

import resource
import sys
import time
from importlib import import_module

REPEATS = {"tea_p95": 1}
FEW_RESAMPLES = 20


def main() -> None:
    """Print wall seconds, CPU seconds and peak memory of one job."""
    what, table = sys.argv[1:]
    work = {"tea_users": _tea_users, "tea_p95": _tea_p95, "gb_users": _gb_users}[what]
    times = []
    for _ in range(REPEATS.get(what, 3)):
        wall, cpu = time.perf_counter(), time.process_time()
        work(table)
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = (min(each) for each in zip(*times, strict=True))
    print(f"{wall:>8.2f}{cpu:>8.2f}{'':>44}{peak:>9.0f}")


def _tea_users(table: str) -> None:
    tt, duckdb = import_module("tea_tasting"), import_module("duckdb")
    experiment = tt.Experiment(
        sample_ratio=tt.SampleRatio(),
        converted=tt.Proportion("converted"),
        cost=tt.Mean("cost", covariate="cost_before"),
    )
    experiment.analyze(duckdb.connect().read_parquet(table), control="control")


def _tea_p95(table: str) -> None:
    tt, duckdb = import_module("tea_tasting"), import_module("duckdb")
    columns = ["variant", "cost"]
    frame = duckdb.connect().read_parquet(table).project(", ".join(columns)).arrow()
    frame = frame.read_all() if hasattr(frame, "read_all") else frame
    metric = tt.Quantile("cost", q=0.95, n_resamples=FEW_RESAMPLES)
    tt.Experiment(p95=metric).analyze(frame, control="control")


def _gb_users(table: str) -> None:
    pandas, models = import_module("pandas"), import_module("gbstats.models.statistics")
    tests = import_module("gbstats.frequentist.tests")
    frame = pandas.read_parquet(table)
    sides = []
    for label in ("control", "treatment"):
        each = frame[frame["variant"] == label]
        cost, before = each["cost"], each["cost_before"]
        sides.append(
            models.RegressionAdjustedStatistic(
                n=len(each),
                post_statistic=models.SampleMeanStatistic(
                    n=len(each), sum=cost.sum(), sum_squares=(cost**2).sum()
                ),
                pre_statistic=models.SampleMeanStatistic(
                    n=len(each), sum=before.sum(), sum_squares=(before**2).sum()
                ),
                post_pre_sum_of_products=(cost * before).sum(),
                theta=0.0,
            )
        )
        won = each["converted"]
        sides.append(models.ProportionStatistic(n=len(each), sum=won.sum()))
    for a, b in ((sides[0], sides[2]), (sides[1], sides[3])):
        tests.TwoSidedTTest(a, b).compute_result()


if __name__ == "__main__":
    main()
