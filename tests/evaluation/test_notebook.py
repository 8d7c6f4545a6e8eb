"""The notebook's cells, run in this process: the runner has tests of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib import reports
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome, Verdict

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "evaluation.ipynb"
DEMO = (ROOT / "data" / "runs" / "baseline.jsonl", ROOT / "data" / "runs" / "candidate.jsonl")


def run(monkeypatch: pytest.MonkeyPatch, **parameters: object) -> Verdict:
    published: list[Verdict] = []
    monkeypatch.setattr(reports, "publish", published.append)
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102
        if "parameters" in cell["metadata"].get("tags", []):
            assert set(parameters) <= set(names)
            names.update(parameters)
    (verdict,) = published
    return verdict


@pytest.fixture
def own(jsonl: Callable[..., Path]) -> dict[str, str]:
    ids = [f"q{i}" for i in range(60)]
    cases = [{"case_id": i, "input": "Q", "target": f"Answer {i}", "tags": ["t"]} for i in ids]
    return {
        "cases": str(jsonl("c.jsonl", cases)),
        "baseline": str(jsonl("a.jsonl", [{"case_id": i, "output": f"Answer {i}"} for i in ids])),
        "candidate": str(jsonl("b.jsonl", [{"case_id": i, "output": "No idea"} for i in ids])),
        "corpus": "",
    }


@pytest.mark.skipif(not all(path.exists() for path in DEMO), reason="no demo data: make demo")
def test_the_notebook_judges_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    verdict = run(monkeypatch)
    assert {check.name for check in verdict.checks} >= {"change in similarity", "coverage"}
    assert len(verdict.metrics) == 5


def test_the_notebook_judges_own_files(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    verdict = run(monkeypatch, **own)
    assert (verdict.outcome, verdict.deciding.name) == (Outcome.FAIL, "change in similarity")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tags": "nothing"}, "matches no case"),
        ({"cases": "none.jsonl"}, "no such file"),
        ({"corpus": "nowhere"}, "leave it empty to go without"),
        ({"config": "none.yaml"}, "no such file"),
        ({"margin": 3.0}, "must lie between 0 and 1"),
    ],
)
def test_the_notebook_refuses_bad_parameters(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, str], wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(monkeypatch, **{**own, **wrong})
