"""A Spark DataFrame gives the same counts; skipped where Spark or Java is absent."""

import math
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.drift.contract import parse_contract

if TYPE_CHECKING:
    from mlops_lib.drift.roles import Role

pyspark = pytest.importorskip("pyspark.sql")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

ROWS = [
    (0.0, 2**60, "a", True),
    (-0.0, -(2**60), "", None),
    (math.nan, 2**53 + 1, None, False),
    (None, None, "é♥", True),
    (math.inf, 7, "<b>", True),
    (-math.inf, 7, "a", False),
    (5e-324, 7, "a", True),
    (0.1, 8, "b", True),
] * 3


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = pyspark.SparkSession.builder.master("local[2]")
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.default.parallelism": "2",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than few rows do
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        }
        for key, value in settings.items():
            builder = builder.config(key, value)
        started = builder.getOrCreate()
        yield started
        started.stop()


def _frames(session: Any) -> tuple[pd.DataFrame, Any]:
    schema = "f double, i long, s string, b boolean"
    frame = pd.DataFrame(ROWS, columns=list("fisb"))
    frame = frame.astype({"i": "Int64", "b": "boolean"})
    return frame, session.createDataFrame(ROWS, schema).repartition(3)


def test_counts_are_those_of_pandas(session: Any) -> None:
    here, there = _frames(session)
    frozen = drift.profile(here)
    assert drift.count(there, frozen) == drift.count(here, frozen)


def test_a_reference_on_the_cluster_is_frozen_without_its_rows(session: Any) -> None:
    _, there = _frames(session)
    frozen = drift.profile(there)
    assert drift.count(there, frozen).cells == {each.name: each.counts for each in frozen.columns}


def test_comparing_on_the_cluster_finds_what_pandas_finds(session: Any) -> None:
    rng = np.random.default_rng(1)
    before, after = (
        pd.DataFrame(
            {
                "score": rng.normal(shift, 1, 2000),
                "plan": rng.choice(["free", "paid"], 2000, p=[share, 1 - share]),
                "id": np.arange(2000) + 7,
            }
        )
        for shift, share in ((0.0, 0.5), (1.0, 0.9))
    )
    clustered = [session.createDataFrame(frame.to_dict("records")) for frame in (before, after)]
    here, there = drift.compare(before, after), drift.compare(*clustered)
    assert there.verdict().outcome is here.verdict().outcome
    assert [each.name for each in there.skipped] == ["id"]
    for column in here.columns:
        assert there.column(column.name).psi == pytest.approx(column.psi, rel=0.02)


def test_the_source_is_checked_on_the_cluster(session: Any) -> None:
    here, there = _frames(session)
    promise = "columns: {f: {type: number, min: 0}, s: {type: text, categories: [a, b]}}"
    ours, theirs = (drift.check_upstream(each, parse_contract(promise)) for each in (here, there))
    assert theirs.checks == ours.checks


def test_who_changed_is_found_on_the_cluster(session: Any) -> None:
    rng = np.random.default_rng(2)
    before, after = (
        pd.DataFrame(
            {
                "prompt_version": 1 + (rng.random(1500) < share),
                "topic": rng.choice(["easy", "hard"], 1500),
            }
        ).assign(tokens=lambda frame: rng.normal(2.0 * frame["prompt_version"], 1))
        for share in (0.3, 0.9)
    )
    roles: dict[str, Role] = {"prompt_version": "ours", "topic": "users", "tokens": "output"}
    clustered = [session.createDataFrame(frame.to_dict("records")) for frame in (before, after)]
    here = drift.attribute(before, after, roles=roles)
    there = drift.attribute(*clustered, roles=roles)
    assert there.sentence == here.sentence
    assert "which our own versions explain" in there.sentence
