"""The notebook runs on a request log and on own files; its cells run in this process."""

import ast
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlops_lib.display import TableView
from mlops_lib.errors import InputError
from mlops_lib.experiments import Action
from mlops_lib.plots import Picture
from tests.experiments.story import Story

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "experiment.ipynb"


def run(**parameters: object) -> tuple[dict[str, Any], list[object]]:
    """Execute the code cells with other parameters: the names, and what each cell showed."""
    names: dict[str, Any] = {}
    shown = []
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body[-1]
        expression = None
        if isinstance(last, ast.Expr):
            expression = ast.Expression(last.value)
            tree.body.pop()
        exec(compile(tree, cell["id"], "exec"), names)  # noqa: S102
        if "parameters" in cell["metadata"].get("tags", []):
            names.update(parameters)
        if expression:
            shown.append(eval(compile(expression, cell["id"], "eval"), names))  # noqa: S307
    return names, shown


def test_it_runs_on_a_log_and_every_cell_shows_something(tmp_path: Path) -> None:
    Story(users=800).log().to_parquet(tmp_path / "log.parquet")
    names, shown = run(log=str(tmp_path / "log.parquet"))
    assert [type(each) for each in shown[:-1]] == [
        TableView,
        TableView,
        Picture,
        Picture,
        TableView,
        TableView,
        Picture,
    ]
    assert names["result"].design.experiment == "answer-v3"


def test_it_runs_on_an_own_file_of_users(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user_id": range(2000), "variant": ["control", "treatment"] * 1000})
    frame["sold"] = [i % 10 < (3 if i % 2 == 0 else 7) for i in range(2000)]
    frame.to_csv(tmp_path / "ab.csv", index=False)
    names, _ = run(data=str(tmp_path / "ab.csv"), metric="sold", treatment_share=0.5)
    assert names["result"].decision.action is Action.PROMOTE


def test_it_shows_an_invalid_experiment_without_breaking(tmp_path: Path) -> None:
    Story(users=800).log().to_parquet(tmp_path / "log.parquet")
    names, _ = run(log=str(tmp_path / "log.parquet"), treatment_share=0.5)
    assert names["result"].decision.action is Action.INVALID


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"log": "nowhere.db"}, "no such file"),
        ({"good": "up", "metric": "feedback"}, "must be 'high' or 'low'"),
        ({"alpha": 5.0}, "alpha: must lie between 0 and 1"),
        ({"experiment": "answer-v4"}, "no such experiment; the table holds: answer-v3"),
        ({"where": "user_id = 'nobody'"}, "matches none"),
        ({"metric": "colour"}, "colour: no such column"),
    ],
)
def test_bad_parameters_are_bad_input(
    tmp_path: Path, parameters: dict[str, object], message: str
) -> None:
    Story(users=50).log().to_parquet(tmp_path / "log.parquet")
    with pytest.raises(InputError, match=message):
        run(**{"log": str(tmp_path / "log.parquet"), **parameters})


def test_a_design_file_replaces_the_parameters(tmp_path: Path) -> None:
    Story(users=800).log().to_parquet(tmp_path / "log.parquet")
    plan = NOTEBOOK.parents[1] / "eval" / "experiment.yaml"
    names, _ = run(
        log=str(tmp_path / "log.parquet"), design=str(plan_without(plan, tmp_path)), alpha=0.05
    )
    assert names["result"].design.alpha == 0.05
    assert names["result"].design.hypothesis


def test_a_parameter_that_the_design_file_would_outdo_is_refused() -> None:
    plan = NOTEBOOK.parents[1] / "eval" / "experiment.yaml"
    with pytest.raises(InputError, match="said by the design file") as caught:
        run(design=str(plan), alpha=0.5, metric="cost_usd", planned_units=900)
    found = {problem.field: problem.value for problem in caught.value.problems}
    assert found == {"alpha": 0.5, "metric": ["cost_usd"], "planned_units": 900}


def plan_without(plan: Path, folder: Path) -> Path:
    """The demo's plan for a log without releases, prompts and models."""
    kept = [
        line
        for line in plan.read_text().splitlines()
        if not line.startswith(("segments", "steady"))
    ]
    (folder / "plan.yaml").write_text("\n".join(kept))
    return folder / "plan.yaml"


def test_a_judge_that_changed_in_an_own_table_is_found_where_it_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user_id": range(400), "variant": ["control", "treatment"] * 200})
    frame["solved"] = [0, 0, 1, 1] * 100
    frame["judge"] = ["j1"] * 200 + ["j2"] * 200
    frame.to_csv(tmp_path / "ab.csv", index=False)
    table = {"data": str(tmp_path / "ab.csv"), "metric": "solved", "treatment_share": 0.5}
    assert run(**table)[0]["result"].is_valid
    assert not run(**table, steady="judge")[0]["result"].is_valid
