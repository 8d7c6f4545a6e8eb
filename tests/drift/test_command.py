"""`mlops drift`, run as a user runs it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from mlops_lib.cli import app
from mlops_lib.errors import InputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    for name, share in (("before", 0.05), ("same", 0.05), ("after", 0.5)):
        refused = rng.random(1500) < share
        frame = pd.DataFrame({"outcome": np.where(refused, "refused", "answered")})
        frame.assign(score=rng.normal(size=1500)).to_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["drift", *arguments])


def test_freeze_then_compare(folder: Path) -> None:
    frozen = _run("profile", "before.parquet", "--roles", "outcome=output")
    assert frozen.exit_code == 0, frozen.output
    assert "2 columns of 1,500 rows" in frozen.output
    profile = "eval/drift/profile.json"
    assert _run("compare", profile, "same.parquet").exit_code == 0
    drifted = _run("compare", profile, "after.parquet", "--out", "out/verdict.json")
    assert drifted.exit_code == 1
    assert "what the application puts out changed" in " ".join(drifted.output.split())
    assert json.loads((folder / "out" / "verdict.json").read_text())["outcome"] == "fail"


def test_two_tables_are_compared_without_a_profile(folder: Path) -> None:
    assert folder.exists()
    assert _run("compare", "before.parquet", "after.parquet").exit_code == 1


def test_too_few_rows_are_undecided(folder: Path) -> None:
    pd.read_parquet(folder / "before.parquet").head(50).to_parquet(folder / "few.parquet")
    assert _run("compare", "before.parquet", "few.parquet").exit_code == 3
    passed = _run("compare", "before.parquet", "few.parquet", "--undecided", "pass")
    assert passed.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "none.json", "after.parquet"), "no such file"),
        (("profile", "before.parquet", "--roles", "outcome=who,score=what"), "score"),
        (("profile", "before.parquet", "--roles", "roles.yaml"), "cannot read the file"),
    ],
)
def test_bad_input_is_an_input_error(
    folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert folder.exists()
    error = _run(*arguments).exception
    assert isinstance(error, InputError)
    assert message in str(error)


def test_each_command_shows_an_example() -> None:
    for command in ("profile", "compare"):
        assert "Example: mlops drift" in _run(command, "--help").output


def test_alarms_that_repeat_are_told(folder: Path) -> None:
    arguments = ("compare", "before.parquet", "after.parquet", "--state", "state.json")
    assert "1 new alarms, 0 repeat" in _run(*arguments).output
    assert "0 new alarms, 1 repeat" in _run(*arguments).output
    assert (folder / "state.json").exists()


def test_a_source_is_checked_against_its_schema(folder: Path) -> None:
    promise = "columns: {outcome: {type: text, categories: [answered]}, score: {type: number}}"
    (folder / "schema.yaml").write_text(promise)
    done = _run("check", "before.parquet", "--schema", "schema.yaml")
    assert done.exit_code == 1
    assert "'refused'" in done.output


def test_labels_performance_and_the_five_drifts_are_told(folder: Path) -> None:
    for name, right in (("labelled", 1300), ("worse", 900)):
        labels = ["yes"] * right + ["no"] * (1500 - right)
        frame = pd.DataFrame({"said": ["yes"] * 1500, "true": labels})
        frame.to_parquet(folder / f"{name}.parquet")
    done = _run(
        "compare", "labelled.parquet", "worse.parquet", "--roles", "said=output",
        "--prediction", "said", "--label", "true", "--drop-kind", "relative",
    )  # fmt: skip
    assert done.exit_code == 1
    lines = {line.split()[0]: line for line in done.output.splitlines() if line.strip()}
    assert "FAIL" in lines["concept"]
    assert "FAIL" in lines["label"]
    assert "PASS" in lines["upstream"]


def test_who_changed_leads_where_roles_are_known(folder: Path) -> None:
    assert folder.exists()
    done = _run(
        "compare", "before.parquet", "after.parquet", "--roles", "outcome=output,score=users"
    )
    told = " ".join(done.output.split())
    assert "what comes out changed (outcome); who is behind it cannot be told" in told
    assert "no column names a version" in told
