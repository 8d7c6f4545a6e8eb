"""The data source's promises: every violation is listed, and an unreadable promise is refused."""

import math
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

from mlops_lib import drift
from mlops_lib.drift.contract import parse_contract
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome, Verdict

SCHEMA = """
columns:
  score: {type: number, min: 0, max: 1, missing: 0.1}
  outcome: {type: text, categories: [answered, refused]}
  time: {type: time}
  note: {type: text, required: false}
others: false
"""
GOOD = pd.DataFrame(
    {
        "score": [0.0, 1.0, -0.0, 0.5] * 50,
        "outcome": ["answered", "refused"] * 100,
        "time": pd.date_range("2026-06-01", periods=200),
    }
)


def _failures(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.checks if check.outcome is Outcome.FAIL}


def test_data_that_keep_every_promise_pass() -> None:
    assert drift.check_upstream(GOOD, parse_contract(SCHEMA)).outcome is Outcome.PASS


def test_every_violation_is_listed() -> None:
    bad = GOOD.assign(score=[1.0000001, math.inf, math.nan, -5e-324] * 50, extra=1)
    bad = bad.assign(outcome=["answered", "<b>"] * 100).drop(columns="time")
    verdict = drift.check_upstream(bad, parse_contract(SCHEMA))
    assert _failures(verdict) == {
        "score: share missing",
        "score: share outside its range",
        "outcome: share not among its categories",
        "time is there",
        "extra was promised",
    }
    explained = {check.name: check.explanation for check in verdict.checks}
    assert "50 rows lie below 0.0, 100 above 1.0" in explained["score: share outside its range"]
    assert "'<b>'" in explained["outcome: share not among its categories"]


def test_another_type_is_named() -> None:
    verdict = drift.check_upstream(GOOD.assign(score="high"), parse_contract(SCHEMA))
    assert _failures(verdict) == {"score holds number"}


def test_the_answer_is_the_same_on_every_engine() -> None:
    bad = GOOD.assign(score=[1.5, 0.2, math.nan, 0.1] * 50)
    engines = [bad, pl.from_pandas(bad), pl.from_pandas(bad).lazy(), duckdb.connect().from_df(bad)]
    verdicts = [drift.check_upstream(frame, parse_contract(SCHEMA)) for frame in engines]
    assert all(verdict.checks == verdicts[0].checks for verdict in verdicts)


def test_a_share_near_its_limit_is_undecided() -> None:
    nearly = GOOD.assign(score=[math.nan, *[0.5] * 9] * 20)
    verdict = drift.check_upstream(nearly, parse_contract(SCHEMA))
    assert verdict.outcome is Outcome.UNDECIDED


def test_all_problems_of_a_schema_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(
        "columns:\n  a: {type: integer}\n  b: {type: text, min: 1}\n"
        "  c: {type: number, min: 2, max: 1}\n  d: {type: text, categories: []}\n"
    )
    with pytest.raises(InputError) as caught:
        drift.read_contract(path)
    assert [problem.field for problem in caught.value.problems] == [
        "columns.a.type",
        "columns.b",
        "columns.c",
        "columns.d.categories",
    ]


@pytest.mark.parametrize("text", ["", "[1]", "columns: {}", "columns: {a: [}", "other: 1"])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_contract(text)
