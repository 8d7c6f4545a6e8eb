"""A stripped notebook: running leaves no trace in it, working on it does."""

from pathlib import Path

import nbformat
import pytest

from mlops_lib.errors import InputError
from mlops_lib.reports.strip import strip


def notebook(path: Path, source: str, *, was_run: bool) -> Path:
    cell = nbformat.v4.new_code_cell(source, id="one")
    cell.metadata["tags"] = ["parameters"]
    made = nbformat.v4.new_notebook(cells=[cell])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    if was_run:
        cell.execution_count = 7
        cell.outputs = [nbformat.v4.new_output("stream", text="3.1 s")]
        cell.metadata["execution"] = {"iopub.execute_input": "now"}
        made.metadata["papermill"] = {"duration": 3.1}
    nbformat.write(made, path)
    return path


def stripped(source: Path) -> bytes:
    out = source.with_suffix(".stripped")
    strip(source, out)
    return out.read_bytes()


def test_running_changes_no_byte_and_editing_does(tmp_path: Path) -> None:
    clean = stripped(notebook(tmp_path / "a.ipynb", "x = 1", was_run=False))
    assert stripped(notebook(tmp_path / "b.ipynb", "x = 1", was_run=True)) == clean
    assert stripped(notebook(tmp_path / "c.ipynb", "x = 2", was_run=False)) != clean


def test_what_is_stripped_is_still_a_notebook_with_its_tags(tmp_path: Path) -> None:
    source = notebook(tmp_path / "a.ipynb", "x = 1\ny = 2", was_run=True)
    strip(source, tmp_path / "out" / "a.ipynb")
    read = nbformat.read(tmp_path / "out" / "a.ipynb", as_version=4)
    nbformat.validate(read)
    assert read.cells[0].metadata["tags"] == ["parameters"]
    assert read.cells[0].source == "x = 1\ny = 2"


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": [1]}', '{"cells": [], "metadata": null}'])
def test_what_is_no_notebook_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(InputError, match="is no notebook"):
        strip(tmp_path / "a.ipynb", tmp_path / "b.ipynb")
    with pytest.raises(InputError, match="no such notebook"):
        strip(tmp_path / "none.ipynb", tmp_path / "b.ipynb")
