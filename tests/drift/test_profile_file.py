"""A frozen reference is a small file: the same bytes for the same rows, and refused when wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib import drift
from mlops_lib.drift.profile_file import parse_profile, render_profile
from mlops_lib.errors import InputError


def _frame(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "score": rng.random(rows),
            "plan": rng.choice(["free", "paid", "🙂", "é"], rows),
            "embedder": "e-1",
        }
    )


@given(
    st.lists(st.floats(allow_nan=True) | st.none(), min_size=1, max_size=40),
    st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=40),
)
@settings(max_examples=25, deadline=None)
def test_writing_and_reading_loses_nothing(numbers: list[Any], texts: list[Any]) -> None:
    size = min(len(numbers), len(texts))
    frame = pd.DataFrame({"x": pd.Series(numbers[:size], dtype=float), "c": texts[:size]})
    frozen = drift.profile(frame)
    assert parse_profile(render_profile(frozen)) == frozen
    assert parse_profile(render_profile(frozen)).digest == frozen.digest


def test_the_order_of_the_rows_does_not_change_the_bytes() -> None:
    frame = _frame()
    shuffled = frame.sample(frac=1, random_state=3)
    assert render_profile(drift.profile(frame)) == render_profile(drift.profile(shuffled))


def test_it_keeps_the_versions_of_what_produced_the_columns_and_their_roles() -> None:
    frozen = drift.profile(_frame(), roles={"plan": "users", "absent": "ours"})
    assert frozen.versions == {"embedder": ("e-1",)}
    assert parse_profile(render_profile(frozen)).roles == {"plan": "users"}


def test_a_profile_of_200_columns_is_small() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({f"x{index}": rng.normal(size=500) for index in range(200)})
    assert len(render_profile(drift.profile(frame))) < 100_000


def test_a_file_gives_what_the_frame_gives(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "profile.json"
    drift.write_profile(drift.profile(_frame()), path)
    current = _frame(300)
    ours, theirs = (
        drift.compare(each, current).columns for each in (drift.read_profile(path), _frame())
    )
    assert ours == theirs
    assert [file.name for file in path.parent.iterdir()] == ["profile.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("[]", "is no drift profile"),
        ('{"a": 1}', "`mlops drift profile REFERENCE` writes one"),
        ('{"format": "mlops drift profile", "version": 9}', "version: input should be 1"),
    ],
)
def test_what_is_no_profile_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_profile(text)


def test_all_problems_are_told_at_once() -> None:
    content = json.loads(render_profile(drift.profile(_frame())))
    score, plan, _ = content["columns"]
    score["edges"][0], plan["categories"][0] = "zero", plan["categories"][1]
    plan["counts"][0] += 1
    with pytest.raises(InputError) as caught:
        parse_profile(json.dumps(content), source="p.json")
    assert [str(each).split(" (")[0] for each in caught.value.problems] == [
        "p.json, score: edges must be hexadecimal numbers, as float.hex writes them",
        "p.json, plan: categories must differ",
        "p.json, plan: the counts add up to 401, not to 400 rows",
    ]


def test_a_file_that_was_changed_by_hand_is_refused() -> None:
    text = render_profile(drift.profile(_frame())).replace('"e-1"', '"e-2"')
    with pytest.raises(InputError, match="does not fit its hash"):
        parse_profile(text)


def test_the_profile_of_other_data_is_refused() -> None:
    with pytest.raises(InputError, match="the reference of these data"):
        drift.compare(drift.profile(_frame()), pd.DataFrame({"other": [1, 2]}))


def test_zero_has_a_cell_of_its_own_from_one_percent_on() -> None:
    # 60 % zeros that turn into tiny values: invisible to quantile cells
    rng = np.random.default_rng(4)
    values = np.where(rng.random(2000) < 0.03, 0.0, rng.lognormal(size=2000))
    column = drift.profile(pd.DataFrame({"x": values})).columns[0]
    cells = dict(zip(column.labels, column.counts, strict=True))
    assert cells["0"] == int((values == 0).sum())
    moved = pd.DataFrame({"x": np.where(values == 0, 1e-300, values)})
    assert drift.compare(pd.DataFrame({"x": values}), moved).columns[0].pvalue < 1e-6
