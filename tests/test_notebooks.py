"""The rules of the house for notebooks: one question, literals, library calls, a verdict last."""

import ast
from pathlib import Path

import nbformat
import pytest

from mlops_lib.reports.catalog import read_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUESTIONS = {"evaluation", "prompt_variants", "experiment", "drift", "topics"}

COMPUTING = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.BinOp,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
    ast.GeneratorExp,
)


def test_there_is_a_notebook_for_each_question() -> None:
    assert {path.stem for path in NOTEBOOKS} >= QUESTIONS


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    content: nbformat.NotebookNode = nbformat.read(request.param, as_version=4)
    return content


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_question_and_every_parameter_are_explained(path: Path) -> None:
    read = read_notebook(path)
    assert read.title.endswith("?")
    assert read.summary
    assert read.parameters
    assert [p.name for p in read.parameters if not p.meaning] == []


def test_it_is_valid_and_saved_without_outputs(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_cells_have_names_that_do_not_change(notebook: nbformat.NotebookNode) -> None:
    names = [cell["id"] for cell in notebook.cells]
    assert len(set(names)) == len(names)


def test_it_computes_nothing(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            found = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, COMPUTING)]
            assert found == [], cell.source


def test_the_last_cell_publishes_the_verdict(notebook: nbformat.NotebookNode) -> None:
    last = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
    statement = ast.parse(last.source).body[-1]
    assert ast.unparse(statement).startswith("reports.publish(")


def test_prose_stands_before_every_finding(notebook: nbformat.NotebookNode) -> None:
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds.count("markdown") >= 4
    assert notebook.cells[0].cell_type == "markdown"
