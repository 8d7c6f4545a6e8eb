"""Logs of queries for the tests: written by hand or drawn from labelled queries."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib import topics

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
DATA = Path(os.environ.get("MLOPS_DATA", HERE.parents[2] / "shared" / "data"))
"""Where labelled public queries may lie; tests that need them skip where they are absent."""

LOW, HIGH = 0.1, 0.9
"""Scores of badly and of well served queries."""


def frame_of(rows: Iterable[tuple[str, float, float, str]]) -> "pd.DataFrame":
    """Rows of (query, score, days before the end, user) as a log's frame."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=["query", "top_score", "days", "user_id"])
    end = pd.Timestamp("2026-06-30T00:00:00Z")
    frame["time"] = end - pd.to_timedelta(frame.pop("days"), unit="D")
    return frame


def read(frame: object, **columns: str) -> topics.QueryLog:
    """Read a frame that has neither embedder nor outcome nor feedback."""
    names: topics.ColumnNames = {"embedder": "", "outcome": "", "feedback": ""}
    names.update(columns)  # type: ignore[typeddict-item]
    return topics.read(frame, **names)


def gap_log(bad: Sequence[str], good: Sequence[str]) -> "pd.DataFrame":
    """Badly served queries of the last days and well served ones of all days, each its own user."""
    rows = [(query, LOW, i % 6 + 0.5, f"b{i}") for i, query in enumerate(bad)]
    rows += [(query, HIGH, i % 36 + 0.25, f"g{i}") for i, query in enumerate(good)]
    rows.append(("the last query", HIGH, 0.0, "last"))
    return frame_of(rows)


def bike_queries() -> dict[str, list[str]]:
    """The written fixture: 20 queries for each of 10 intents."""
    intents: dict[str, list[str]] = {}
    for line in (HERE / "bike_share_queries.txt").read_text().splitlines():
        if line.startswith("# "):
            intents[line[2:]] = []
        else:
            intents[list(intents)[-1]].append(line)
    return intents


def unrelated_queries() -> list[str]:
    """The written noise: 100 queries about nothing in common."""
    return (HERE / "unrelated_queries.txt").read_text().splitlines()
