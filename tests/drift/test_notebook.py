"""The notebook's cells, run in this process: the runner has tests of its own."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlops_lib import drift, reports
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome, Verdict

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "drift.ipynb"


def _run(monkeypatch: pytest.MonkeyPatch, **parameters: object) -> Verdict:
    published: list[Verdict] = []
    monkeypatch.setattr(reports, "publish", published.append)
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102
        if "parameters" in cell["metadata"].get("tags", []):
            assert set(parameters) <= set(names)
            names.update(parameters)
    (verdict,) = published
    return verdict


def test_the_notebook_judges_a_log(monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    verdict = _run(monkeypatch, log=str(log))
    assert (verdict.outcome, verdict.deciding.name) == (Outcome.FAIL, "PSI of top_score")
    assert [source.path for source in verdict.sources] == [str(log)]


def test_the_notebook_judges_own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    pd.DataFrame({"x": [1.5, 2.5, 9.0] * 200}).to_csv(path, index=False)
    monkeypatch.chdir(tmp_path)
    verdict = _run(monkeypatch, reference="own.csv", current="own.csv")
    assert verdict.outcome is Outcome.PASS


def test_the_notebook_refuses_one_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="name both files"):
        _run(monkeypatch, current="own.csv")


def test_the_notebook_counts_broken_promises_labels_roles_and_state(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, right in (("before", 360), ("after", 240)):
        labels = ["a"] * right + ["b"] * (400 - right)
        frame = pd.DataFrame({"said": ["a"] * 399 + ["c"], "true": labels, "prompt": 1})
        frame.to_parquet(f"{name}.parquet")
    Path("schema.yaml").write_text("columns: {said: {type: text, categories: [a, b]}}")
    verdict = _run(
        monkeypatch,
        reference="before.parquet",
        current="after.parquet",
        roles="said=output, prompt=ours",
        schema="schema.yaml",
        prediction="said",
        label="true",
        drop_kind="relative",
        state="state.json",
    )
    failed = {check.name for check in verdict.checks if check.outcome is Outcome.FAIL}
    assert {
        "relative change of share of right predictions",
        "said: share not among its categories",
    } <= failed
    assert Path("state.json").exists()


def test_the_notebook_compares_with_a_frozen_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"x": [1.5, 2.5, 9.0] * 200})
    frame.to_csv("own.csv", index=False)
    drift.write_profile(drift.profile(frame), "profile.json")
    verdict = _run(monkeypatch, reference="profile.json", current="own.csv")
    assert verdict.outcome is Outcome.PASS
