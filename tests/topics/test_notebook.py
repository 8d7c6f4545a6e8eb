"""The notebook runs on the demo's kind of log and on a user's own file."""

import ast
import json
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "topics.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[nbformat.NotebookNode]:
    nbformat.validate(json.loads(NOTEBOOK.read_text()))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return list(notebook.cells)


def test_it_computes_nothing_itself(cells: list[nbformat.NotebookNode]) -> None:
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.BinOp, ast.Lambda)
    for cell in cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            assert not any(isinstance(node, forbidden) for node in ast.walk(ast.parse(cell.source)))


def test_it_is_saved_without_outputs(cells: list[nbformat.NotebookNode]) -> None:
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert code[-1].source == "reports.publish(result.verdict())"


def test_its_defaults_are_the_librarys(cells: list[nbformat.NotebookNode]) -> None:
    from mlops_lib.topics import Settings
    from mlops_lib.topics.columns import DEFAULT_COLUMNS
    from mlops_lib.topics.read import DEFAULT_CORPUS

    values: dict[str, object] = {}
    exec(next(cell.source for cell in cells if cell.id == "parameters"), values)  # noqa: S102
    for role, column in DEFAULT_COLUMNS.items():
        assert values[f"{role}_column"] == column
    settings = Settings()
    assert (values["low_score"], values["cut"]) == (settings.low_score, settings.cut)
    assert (values["smallest_cluster"], values["gaps"]) == (
        settings.smallest_cluster,
        settings.gaps,
    )
    assert (values["fewest_users"], values["corpus"]) == (settings.fewest_users, DEFAULT_CORPUS)


def test_every_cell_runs_on_a_users_own_file(
    cells: list[nbformat.NotebookNode], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.topics.logs import bike_queries, gap_log

    intents = bike_queries()
    bad = intents.pop("battery")
    good = [query for queries in intents.values() for query in queries]
    gap_log(bad, good).rename(columns={"query": "text"}).to_parquet(tmp_path / "own.parquet")
    monkeypatch.chdir(tmp_path)
    given: dict[str, object] = {"log": "own.parquet", "query_column": "text", "low_score": 0.5}
    given |= dict.fromkeys(("embedder_column", "outcome_column", "feedback_column"), "")
    space: dict[str, object] = {}
    for cell in cells[:-1]:
        if cell.cell_type == "code":
            source = cell.source.replace("from mlops_lib import reports, topics", _IMPORT)
            exec(source, space)  # noqa: S102
            space.update(given if cell.id == "parameters" else {})
    assert "battery" in str(space["result"])


_IMPORT = "from mlops_lib import topics"
