"""How a comparison shows itself: tables, pictures, and hostile names."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.errors import InputError
from mlops_lib.plots import to_svg

MOST_BYTES = 40_000
HOSTILE = "<script>alert(1)</script> $x^{"


@pytest.fixture(scope="module")
def result(log: Path) -> drift.DriftResult:
    return drift.read(str(log)).compare()


def test_the_table_has_every_column_worst_first(result: drift.DriftResult) -> None:
    table = result.table()
    assert table.rows[0][0] == "top_score"
    assert len(table.rows) == len(result.columns)
    assert table.caption.startswith("1 of 10 columns drifted")


def test_every_place_shows_the_same_psi(result: drift.DriftResult) -> None:
    column = result.column("top_score")
    assert column.psi != column.psi_excess
    (shown,) = (row[2] for row in result.table().rows if row[0] == "top_score")
    assert shown == f"{column.psi_excess:.3f}"
    panel = result.plot_column("top_score").figure.axes[0].get_title(loc="left")
    assert f"{column.psi_excess:.2f}" in panel
    assert f"{column.psi_excess:.3g}" in result.verdict().sentence


def test_the_first_picture_is_of_what_we_did_not_do_ourselves(result: drift.DriftResult) -> None:
    # prompt_version moved furthest, but that is our own doing
    assert result.columns[0].name == "prompt_version"
    picture = result.plot_worst()
    assert picture.figure.axes[0].get_title(loc="left").startswith("top_score")
    assert picture.figure.get_suptitle().startswith("1 of 10 columns drifted")


def test_no_reassuring_zero_stands_beside_a_warning() -> None:
    rng = np.random.default_rng(5)
    old, new = (pd.DataFrame({"x": rng.normal(shift, 1, 5000)}) for shift in (0, 0.42))
    result = drift.compare(old, new)
    tile = result.verdict().metrics[0]
    assert (tile.name, tile.value) == ("Columns to watch", 1)
    assert result.table().caption.startswith("1 of 1 columns are to be watched")
    ours = drift.compare(old, new, roles={"x": "ours"}).verdict().metrics[0]
    assert (ours.name, ours.value) == ("Columns that we changed", 1)
    added = drift.compare(old, old.assign(y=1)).verdict().metrics[0]
    assert (added.name, added.value) == ("New columns", 1)


def test_left_out_columns_say_a_reason_that_is_true(log: Path) -> None:
    usual = {each.name: each.reason for each in drift.read(str(log)).compare().skipped}
    assert usual["query"] == "not one of the log's columns that can drift"
    assert usual["time"] == "the time by which days are shown"
    named = drift.read(str(log)).compare(columns="top_score").skipped
    assert {each.reason for each in named} >= {"not among the columns asked for"}


def test_the_overview_names_what_was_left_out(result: drift.DriftResult) -> None:
    rows = {row[0]: row[1] for row in result.overview().rows}
    assert str(rows["query"]).startswith("not compared")
    assert rows["cost_usd"] == "not compared: no values in either window"


def test_pictures_are_small_and_say_the_finding(result: drift.DriftResult) -> None:
    for picture in (result.plot_heatmap(), result.plot_worst(), result.plot_column("outcome")):
        assert len(to_svg(picture.figure)) < MOST_BYTES
        assert picture.alt
    title = result.plot_heatmap().figure.axes[0].get_title(loc="left")
    assert title.startswith("1 of 10 columns drifted, 1 changed because we did; worst: top_score")


def test_the_same_comparison_draws_the_same_bytes(result: drift.DriftResult) -> None:
    first, second = (to_svg(result.plot_heatmap().figure) for _ in range(2))
    assert first == second


def test_two_hundred_columns_are_cut_and_the_cut_is_said() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"c{index:03d}": rng.normal(size=300) for index in range(200)})
    picture = drift.compare(frame, frame).plot_heatmap()
    assert "175 mildest columns" in picture.caption
    assert len(to_svg(picture.figure)) < MOST_BYTES


def test_hostile_names_stay_text() -> None:
    old = pd.DataFrame({HOSTILE: ["a", "b"] * 200})
    new = pd.DataFrame({HOSTILE: [HOSTILE, "b"] * 200})
    result = drift.compare(old, new)
    shown = result._repr_html_() + result.overview()._repr_html_() + result.answers()._repr_html_()
    shown += result.verdict()._repr_html_()
    shown += to_svg(result.plot_worst().figure) + to_svg(result.plot_heatmap().figure)
    assert "<script" not in shown


def test_a_column_that_was_not_compared_cannot_be_drawn(result: drift.DriftResult) -> None:
    with pytest.raises(InputError, match="was not compared"):
        result.plot_column("query")


def test_nothing_compared_draws_nothing_but_says_so() -> None:
    result = drift.compare(pd.DataFrame({"a": [1] * 300}), pd.DataFrame({"b": [1] * 300}))
    assert result.plot_heatmap().alt.startswith("No column could be compared")
    with pytest.raises(InputError, match="no column could be compared"):
        result.plot_worst()
