"""A user's mistake is one line that names it, and status 2, before anything runs."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.reports import notebooks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

HUGE = "1" + "0" * 400
HUGER = "0x1" + "0" * 6000
CELL = "days: int = 7  # length\nlabel: str = 'demo'  # name\nalpha: float = 0.05  # error"
INTEGER = "must be a whole number of at most 18 digits (got "

TEXT = "must be text in UTF-8, without control characters"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return notebooks.write(tmp_path / "notebooks", "demo", parameters=CELL)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (f"-p days={HUGE}", f"notebook demo, parameter days: {INTEGER}'1000"),
        (f"-p days=-{HUGE}", f"notebook demo, parameter days: {INTEGER}'-1000"),
        ("-p days=1000000000000000000", f"notebook demo, parameter days: {INTEGER}"),
        (f"-p alpha={HUGE}", "notebook demo, parameter alpha: must be a finite number"),
        ("-p $'label=\\xff\\xfe.csv'", rf"argument: {TEXT} (got 'label=\udcff\udcfe.csv')"),
        ("--out $'\\xff'", rf"argument: {TEXT} (got '\udcff')"),
        ("$'--\\e[2J'", rf"argument: {TEXT} (got '--\x1b[2J')"),
    ],
)
def test_a_bad_argument_is_one_line(shell: Shell, tmp_path: Path, given: str, said: str) -> None:
    done = shell(f"mlops run demo {given}")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {said}")
    assert not (tmp_path / "reports").exists()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        (f"days: {HUGE}", f"notebook demo, parameter days: {INTEGER}1000"),
        (f"days: {HUGER}", f"notebook demo, parameter days: {INTEGER}a number of thousands of"),
        (f"alpha: {HUGE}", "notebook demo, parameter alpha: must be a finite number (got 1000"),
        ('label: "a\\0b"', "notebook demo, parameter label: must be text in UTF-8, without a zero"),
        ('label: "\\ud800"', "notebook demo, parameter label: must be text in UTF-8"),
        ("alpha: 2024-99-99", "p.yaml: cannot read parameters: '2024-99-99' is no value: month"),
        ("days: 1\ndays: 2", "p.yaml: cannot read parameters: the field 'days' is written twice, "),
        ("demo:\n  days: 1\n  days: 2", "p.yaml: cannot read parameters: the field 'days' is"),
        ("[" * 5000, "p.yaml: cannot read parameters: too many lists or mappings within each"),
        ("days: *x", "p.yaml: cannot read parameters: found undefined alias 'x', in line 1"),
    ],
)
def test_a_bad_file_of_parameters_is_one_line(
    shell: Shell, tmp_path: Path, written: str, said: str
) -> None:
    (tmp_path / "p.yaml").write_text(written, encoding="utf-8")
    done = shell("mlops run demo --params p.yaml")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {said}")
    assert not (tmp_path / "reports").exists()


@pytest.mark.usefixtures("demo")
def test_a_whole_number_of_18_digits_reaches_the_notebook(shell: Shell, tmp_path: Path) -> None:
    digits = "9" * 18
    done = shell(f"mlops run demo -p days={digits} -p alpha=1{'0' * 20}")
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "reports" / "demo" / "verdict.json").read_text("utf-8"))
    assert record["parameters"]["days"] == int(digits)
    assert record["parameters"]["alpha"] == 1e20


def write(folder: Path, name: str, *cells: dict[str, Any], **metadata: Any) -> None:
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("command", ["list", "run --all"])
def test_all_problems_of_all_notebooks_are_told_at_once(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "notebooks"
    code: dict[str, Any] = {"cell_type": "code", "id": "a", "execution_count": None, "outputs": []}
    notebooks.write(folder, "fine")
    notebooks.write(folder, "literal", parameters="days: int = 3 + 4")
    (folder / "empty.ipynb").touch()
    write(folder, "tags", {**code, "metadata": {"tags": None}, "source": "1"})
    write(folder, "source", {"cell_type": "markdown", "metadata": {}})
    write(folder, "metadata", kernelspec=None)
    write(folder, "r", kernelspec={"name": "ir", "display_name": "R", "language": "R"})
    write(folder, "julia", language_info={"name": "julia"})
    done = shell(f"mlops {command}")
    assert done.returncode == 2
    places = [line.removeprefix("error: ").split(": ")[:3] for line in done.stderr.splitlines()]
    other = "must be written in Python, which is all that mlops runs"
    assert places == [
        ["notebooks/empty.ipynb", "is not a notebook", "Notebook does not appear to be JSON"],
        ["notebooks/julia.ipynb, language", f"{other} (got 'julia')"],
        ["literal.ipynb, cell 'parameters', row 1", "write `name", "type = literal  # meaning` wit"
         "h type str, int, float, bool, or one of these with `| None` (got 'days"],
        ["notebooks/metadata.ipynb", "is not a notebook", "metadata"],
        ["notebooks/r.ipynb, language", f"{other} (got 'R')"],
        ["notebooks/source.ipynb", "is not a notebook", "cell 1"],
        ["notebooks/tags.ipynb", "is not a notebook", "cell 1, metadata, tags"],
    ]  # fmt: skip
    assert not (tmp_path / "reports").exists()
