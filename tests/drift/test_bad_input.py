"""Every bad input of a window has a defined answer: a verdict or an `InputError`, no traceback."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mlops_lib import drift
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome, Verdict

ROWS = 500
RNG = np.random.default_rng(1)
BASE = pd.DataFrame(
    {
        "x": RNG.normal(size=ROWS),
        "c": RNG.choice(["a", "b", "c"], ROWS),
        "t": pd.date_range("2026-01-01", periods=ROWS, freq="h"),
    }
)


AWARE = BASE.assign(t=BASE["t"].dt.tz_localize("UTC"))
MIXED: list[object] = [1, "a", None, 2.5, True]


def _verdict(before: object, after: object, time: str = "") -> Verdict:
    """All that a report shows is made, for any of it could break."""
    found = drift.compare(before, after, time=time)
    for view in (found.table(), found.distances(), found.answers(), found.overview()):
        view._repr_html_()
    found.drifts()._repr_html_()
    found.self_test()._repr_html_()
    found.plot_heatmap()
    return found.verdict()


JUDGED: dict[str, tuple[Callable[[], tuple[object, object]], str]] = {
    "one row": (lambda: (BASE, BASE.head(1)), "undecided"),
    "all NaN": (lambda: (BASE, BASE.assign(x=np.nan)), "fail"),
    "NaN becomes numbers": (lambda: (BASE.assign(x=np.nan), BASE), "fail"),
    "all infinite": (lambda: (BASE, BASE.assign(x=np.inf)), "fail"),
    "infinite becomes finite": (lambda: (BASE.assign(x=np.inf), BASE), "fail"),
    "infinite changes its sign": (lambda: (BASE.assign(x=np.inf), BASE.assign(x=-np.inf)), "fail"),
    "infinite on both sides": (lambda: (BASE.assign(x=-np.inf), BASE.assign(x=-np.inf)), "pass"),
    "another constant": (lambda: (BASE.assign(x=7), BASE.assign(x=8)), "fail"),
    "mixed types": (lambda: (BASE, BASE.assign(c=pd.Series(MIXED * 100))), "fail"),
    "numbers as text": (lambda: (BASE, BASE.assign(x=BASE["x"].astype(str))), "fail"),
    "dropped column": (lambda: (BASE, BASE.drop(columns="x")), "fail"),
    "added column": (lambda: (BASE, BASE.assign(new=1)), "warn"),
    "naive and aware times": (lambda: (BASE, AWARE), "pass"),
    "no time at all": (lambda: (BASE.assign(t=pd.to_datetime("NaT")), BASE), "pass"),
    "whole numbers beyond 2**53": (
        lambda: (pd.DataFrame({"i": [2**60] * 400}), pd.DataFrame({"i": [2**61] * 400})),
        "fail",
    ),
    "categories of another kind": (
        lambda: (
            pl.DataFrame({"c": pl.Series(["a", "b"] * 200, dtype=pl.Categorical)}),
            pl.DataFrame({"c": pl.Series(["a", "b"] * 200, dtype=pl.Enum(["a", "b"]))}),
        ),
        "pass",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_a_strange_window_is_judged(name: str) -> None:
    make, expected = JUDGED[name]
    before, after = make()
    time = "t" if "time" in name else ""
    assert str(_verdict(before, after, time).outcome) == expected


REFUSED: dict[str, tuple[Callable[[], tuple[object, object]], str]] = {
    "empty": (lambda: (BASE, BASE.head(0)), "current: the table is empty"),
    "empty reference": (lambda: (BASE.head(0), BASE), "reference: the table is empty"),
    "no value at all": (lambda: (BASE[["x"]], BASE[["x"]].assign(x=np.nan)), "the window is empty"),
    "wrong profile": (
        lambda: (drift.profile(BASE), pd.DataFrame({"q": [1]})), "none of the profile",
    ),
    "no table": (lambda: (BASE, [{"x": 1}]), "expected a path or a data frame, not list"),
    "one name twice": (
        lambda: (BASE, pd.DataFrame([[1, 2]] * 9, columns=["a", "a"])), "the same name",
    ),
    "names that are numbers": (lambda: (BASE, pd.DataFrame({0: [1.0]})), "name must be text"),
    "nothing but times": (lambda: (BASE[["t"]], BASE[["t"]]), "t: a time"),
    "half a surrogate pair": (
        lambda: (BASE.assign(c=pd.Series(["\ud800"] * ROWS, dtype=object)), BASE), "no Unicode",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_window_is_refused_with_its_reason(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        _verdict(*make())


def test_a_hundred_thousand_rare_values_are_not_called_unchanged() -> None:
    values = pd.Series([f"k{at % 100_000}" for at in range(300_000)])
    before, after = pd.DataFrame({"k": values, "x": 1}), pd.DataFrame({"k": "new" + values, "x": 1})
    assert [each.name for each in drift.compare(before, after).skipped] == ["k"]
    named = drift.compare(before, after, columns="k")
    assert named.verdict().outcome is Outcome.UNDECIDED
    assert "50 most frequent values hold" in named.incomparable["k"]


def test_new_columns_are_named_in_the_verdict() -> None:
    assert "new columns: new" in _verdict(BASE, BASE.assign(new=1)).meaning
