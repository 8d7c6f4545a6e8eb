import datetime as dt
from itertools import pairwise

from mlops_lib.experiments import Design, own_metrics, read
from mlops_lib.experiments.estimates import estimate_all
from mlops_lib.experiments.path import MOST_LOOKS, looks
from tests.experiments.story import Story


def test_there_is_one_look_per_day_and_the_last_is_the_analysis() -> None:
    evidence = read(Story(users=300).log(), Design())
    path = looks(evidence)
    assert [look.day for look in path] == [
        dt.date(2026, 6, 9) + dt.timedelta(days=day) for day in range(21)
    ]
    assert path[-1].primary == estimate_all(evidence)[0]
    assert path[-1].units == evidence.units


def test_units_and_rows_only_grow() -> None:
    path = looks(read(Story(users=300).log(), Design()))
    for before, after in pairwise(path):
        assert before.units <= after.units
        assert sum(before.primary.rows) <= sum(after.primary.rows)


def test_a_long_path_is_thinned_and_keeps_its_ends() -> None:
    evidence = read(Story(users=500, days=200).log(), Design())
    path = looks(evidence)
    assert len(path) == MOST_LOOKS
    assert (path[-1].day - path[0].day).days == 199


def test_a_day_before_the_first_value_is_unknown() -> None:
    log = Story(users=100).log()
    log.loc[log["time"] < "2026-06-11", "feedback"] = None
    path = looks(read(log, Design()))
    assert not path[1].primary.always_valid.is_known
    assert path[2].primary.always_valid.is_known


def test_without_times_there_is_no_path() -> None:
    frame = Story(users=100).log().drop(columns="time")
    assert looks(read(frame, Design(metrics=own_metrics("latency_ms")))) == ()
