"""A second opinion: Evidently's numbers beside ours, where it is installed; never required."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from mlops_lib import tables
from mlops_lib.display import TableView
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.policy import Policy, decide_column
from mlops_lib.verdict import Outcome

MOST_ROWS = 20_000
"""Rows of each window that Evidently sees: with a million it takes a minute."""

SEED = 20_260_630


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """What Evidently says of each column: its method, its number, its answer."""

    columns: tuple[tuple[str, str, float, bool], ...]


def ask_evidently(
    reference: tables.Table, current: tables.Table, result: Comparison
) -> SecondOpinion | None:
    """Evidently's drift preset on the compared columns; None where it is not installed.

    Args:
        reference: the window that was normal.
        current: the window that is asked about.
        result: our comparison of the two.
    """
    if find_spec("evidently") is None or not result.columns:
        return None
    os.environ.setdefault("DO_NOT_TRACK", "1")  # nothing phones home
    from evidently import Report
    from evidently.presets import DataDriftPreset

    names = [column.name for column in result.columns if column.kind != "empty"]
    frames = [_sample(table, names) for table in (current, reference)]
    found = Report([DataDriftPreset()]).run(*frames).dict()["metrics"]
    values = [each for each in found if "column" in each.get("config", {})]
    return SecondOpinion(columns=tuple(_column(each) for each in values))


def opinion_view(opinion: SecondOpinion, result: Comparison, policy: Policy) -> TableView:
    """Both answers side by side, columns on which they differ first."""
    known = {column.name: column for column in result.columns}
    rows = []
    for name, method, value, drifted in opinion.columns:
        if name in known:
            ours = decide_column(known[name], policy)
            agree = drifted == (ours is not Outcome.PASS)
            answer = "drift" if drifted else "no drift"
            excess, number = f"{known[name].psi_excess:.3f}", f"{value:.3f}"
            same = "yes" if agree else "no"
            rows.append((name, ours.upper(), excess, answer, number, method, same))
    rows.sort(key=lambda row: row[-1])
    differ = sum(row[-1] == "no" for row in rows)
    return TableView(
        caption=f"Second opinion: Evidently and we differ on {differ} of {len(rows)} columns.",
        columns=("column", "ours", "PSI", "Evidently", "its number", "method", "agree"),
        rows=tuple(rows),
        numeric=("PSI", "its number"),
    )


def _sample(table: tables.Table, names: list[str]) -> Any:  # noqa: ANN401
    frame = table.to_pandas(names)
    return frame.sample(MOST_ROWS, random_state=SEED) if len(frame) > MOST_ROWS else frame


def _column(metric: dict[str, Any]) -> tuple[str, str, float, bool]:
    """Its methods with "p_value" in their name alarm below the limit, the distances above."""
    config, value = metric["config"], float(metric["value"])
    method, limit = str(config["method"]), float(config["threshold"])
    return (
        str(config["column"]),
        method,
        value,
        value < limit if "p_value" in method else value >= limit,
    )
