import datetime as dt
import math
from itertools import pairwise

import pytest

from mlops_lib.experiments import Design, Metric, own_metrics, read
from mlops_lib.experiments.estimates import estimate_all
from mlops_lib.experiments.evidence import Day, Evidence, Sample
from mlops_lib.experiments.path import MOST_LOOKS, Look, days_until, looks
from tests.experiments.story import Story


def path_of(evidence: Evidence) -> tuple[Look, ...]:
    return looks(evidence, estimate_all(evidence)[0])


def test_there_is_one_look_per_day_and_the_last_is_the_analysis() -> None:
    evidence = read(Story(users=300).log(), Design())
    path = path_of(evidence)
    assert [look.day for look in path] == [
        dt.date(2026, 6, 9) + dt.timedelta(days=day) for day in range(21)
    ]
    assert path[-1].primary == estimate_all(evidence)[0]
    assert path[-1].units == evidence.units


def test_units_and_rows_only_grow() -> None:
    path = path_of(read(Story(users=300).log(), Design()))
    for before, after in pairwise(path):
        assert before.units <= after.units
        assert sum(before.primary.rows) <= sum(after.primary.rows)


def test_a_long_path_is_thinned_and_keeps_its_ends() -> None:
    evidence = read(Story(users=500, days=200).log(), Design())
    path = path_of(evidence)
    assert len(path) == MOST_LOOKS
    assert (path[-1].day - path[0].day).days == 199


def test_a_day_before_the_first_value_is_unknown() -> None:
    log = Story(users=100).log()
    log.loc[log["time"] < "2026-06-11", "feedback"] = None
    path = path_of(read(log, Design()))
    assert not path[1].primary.always_valid.is_known
    assert path[2].primary.always_valid.is_known


def test_without_times_there_is_no_path() -> None:
    frame = Story(users=100).log().drop(columns="time")
    assert path_of(read(frame, Design(metrics=own_metrics("latency_ms")))) == ()


def test_a_look_equals_the_analysis_of_the_rows_until_that_day() -> None:
    log = Story(users=200).log()
    path = path_of(read(log, Design()))
    for day in (3, 10):
        until = log[log["time"] < f"2026-06-{9 + day:02d}"]
        then = estimate_all(read(until, Design()))[0]
        found = path[day - 1].primary
        assert found.interval == pytest.approx(then.interval, rel=1e-9)
        assert found.rows == then.rows
        assert found.units == then.units


@pytest.mark.parametrize(("last_week", "days"), [(70, 3.0), (0, math.inf)])
def test_the_days_to_go_are_those_at_the_rate_of_the_last_week(last_week: int, days: float) -> None:
    # By hand: 70 new units in 7 days are 10 a day; 30 more take 3 days.
    sample = Sample(metric=own_metrics("won")[0], cells=())
    found = [
        Day(day=day, units=(units, 50), primary=sample)
        for day, units in ((1, 0), (10, 50), (17, 50 + last_week))
    ]
    assert days_until(100 + last_week + 30, found) == days
    assert days_until(1000, found[:1]) is None


def test_a_look_at_a_ratio_counts_what_was_spent_in_vain() -> None:
    log = Story(users=100).log()
    log["solved"] = (log.index % 7 == 0).astype(int)
    metric = Metric(
        name="r", value="cost_usd", per="solved", columns=("cost_usd", "solved"), role="primary"
    )
    path = path_of(read(log, Design(metrics=(metric,))))
    until = log[log["time"] < "2026-06-10"]
    then = estimate_all(read(until, Design(metrics=(metric,))))[0]
    sums = until.groupby("variant")[["cost_usd", "solved"]].sum()
    level = sums["cost_usd"] / sums["solved"]
    assert then.control == pytest.approx(level["control"])
    assert path[0].primary.interval == pytest.approx(then.interval, rel=1e-9)
    assert path[0].primary.units == then.units
