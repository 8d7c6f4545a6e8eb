"""Performance against delayed labels: drops are named, and pending labels are never an answer."""

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mlops_lib import drift
from mlops_lib.drift.concept_view import ConceptView
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome


def _window(right: int, wrong: int, pending: int = 0) -> pd.DataFrame:
    labels = ["yes"] * right + ["no"] * wrong + [None] * pending
    return pd.DataFrame({"said": "yes", "true": labels})


def _concept(before: pd.DataFrame, after: pd.DataFrame) -> drift.ConceptDrift:
    return drift.concept(before, after, prediction="said", label="true")


def test_the_difference_is_newcombes() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873, table II (a): 56/70 against 48/80
    # gives a difference of 0.2 with method 10 interval 0.0524 to 0.3339
    estimate, interval = _concept(_window(48, 32), _window(56, 14)).change("absolute")
    assert estimate == pytest.approx(0.2)
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_one_drop_is_two_numbers() -> None:
    found = _concept(_window(9000, 1000), _window(8530, 1470))
    assert found.change("absolute")[0] == pytest.approx(-0.047)
    assert found.change("relative")[0] == pytest.approx(-0.047 / 0.9)
    strict = [found.check(drop=0.05, kind=kind).outcome for kind in ("absolute", "relative")]
    assert strict == [Outcome.UNDECIDED, Outcome.UNDECIDED]
    assert found.check(drop=0.02, kind="relative").outcome is Outcome.FAIL


# delta method on the log scale: ratio 0.5, sd of its log sqrt(.6/400 + .2/800)
def test_the_relative_interval_agrees_with_the_log_method_for_large_windows() -> None:
    _, interval = _concept(_window(80_000, 20_000), _window(40_000, 60_000)).change("relative")
    error = math.sqrt(0.2 / 80_000 + 0.6 / 40_000)
    expected = [0.5 * math.exp(sign * 1.959964 * error) - 1 for sign in (-1, 1)]
    assert interval == pytest.approx(expected, abs=2e-5)


def test_pending_labels_are_told_and_not_counted() -> None:
    found = _concept(_window(360, 40), _window(360, 40, pending=5000))
    assert (found.current.labelled, found.current.rows) == (400, 5400)
    assert "5,000 of 5,400 current rows still wait" in found.check().explanation


@pytest.mark.parametrize("labelled", [0, 50])
def test_few_labels_are_undecided(labelled: int) -> None:
    check = _concept(_window(360, 40), _window(0, labelled, pending=1000)).check()
    assert (check.outcome, check.needed) == (Outcome.UNDECIDED, 200)


def test_a_lazy_frame_gives_the_same() -> None:
    windows = _window(300, 100, 7), _window(200, 200)
    lazy = [pl.from_pandas(window).lazy() for window in windows]
    assert drift.concept(*lazy, prediction="said", label="true") == _concept(*windows)


def test_judge_scores_are_compared_by_their_mean() -> None:
    rng = np.random.default_rng(5)
    before, after = (pd.DataFrame({"s": rng.normal(m, 0.1, 2000)}) for m in (0.8, 0.7))
    assert drift.concept(before, after, score="s").check(drop=0.05).outcome is Outcome.FAIL


def test_the_interval_of_a_drop_holds_the_truth_in_95_percent() -> None:
    rng = np.random.default_rng(6)
    runs, held = 400, {"absolute": 0, "relative": 0}
    truth = {"absolute": -0.05, "relative": -0.05 / 0.8}
    for right_before, right_after in zip(
        rng.binomial(400, 0.8, runs), rng.binomial(300, 0.75, runs), strict=True
    ):
        sides = [
            drift.concept_performance(right, n)
            for right, n in ((int(right_before), 400), (int(right_after), 300))
        ]
        found = drift.ConceptDrift(measure="x", reference=sides[0], current=sides[1], unit="share")
        for kind in ("absolute", "relative"):
            low, high = found.change(kind)[1]
            held[kind] += low <= truth[kind] <= high
    assert all(0.925 <= count / runs <= 0.98 for count in held.values())


@pytest.mark.parametrize(
    "names",
    [{}, {"label": "true"}, {"prediction": "said"}, {"score": "s", "label": "true"}],
)
def test_one_way_of_measuring_must_be_named(names: dict[str, str]) -> None:
    with pytest.raises(InputError, match="name prediction and label, or score alone"):
        drift.concept(_window(1, 1), _window(1, 1), **names)


def test_a_drop_must_be_a_share() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        _concept(_window(1, 1), _window(1, 1)).check(drop=5)


@pytest.mark.parametrize(
    ("limit", "field"),
    [({"drop": -1.0, "kind": "absolute"}, "drop"), ({"drop": 0.05, "kind": "foo"}, "kind")],
)
def test_a_limit_is_read_even_where_it_is_not_used(limit: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        ConceptView().checks(**limit)
    assert [problem.field for problem in caught.value.problems] == [field]
