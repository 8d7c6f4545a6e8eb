"""What is committed below eval/: small, byte-stable, and still what the demo answers."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from assistant.evaluate import Version, evaluate
from mlops_lib.cli import main
from mlops_lib.evaluation import read_cases, read_run
from mlops_lib.evaluation.judges import read_labels, read_rubric
from mlops_lib.evaluation.running.baselines import bless
from mlops_lib.evaluation.running.record import read_record

ROOT = Path(__file__).parents[2]
EVAL = ROOT / "eval"
NEARLY_ALL = 0.99
"""Another processor may round a retrieval score otherwise, and so turn round two sections."""


def mlops(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["mlops", "eval", *words])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_all_of_it_is_less_than_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in EVAL.rglob("*") if path.is_file()) < 1_000_000


@pytest.mark.parametrize(("name", "tags"), [("default", ""), ("delivery", "delivery")])
def test_blessing_a_baseline_anew_changes_no_byte(
    name: str, tags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    kept = EVAL / "baselines" / f"{name}.jsonl"
    cases = read_cases(EVAL / "cases.jsonl", tags=tags)
    blessed = bless(kept, cases, tmp_path / f"{name}.jsonl", corpus="corpus")
    for path in blessed.paths:
        assert path.read_bytes() == (kept.parent / path.name).read_bytes()


def test_the_baseline_knows_what_it_was_made_and_measured_with() -> None:
    record = read_record(EVAL / "baselines" / "default.jsonl")
    assert record is not None
    assert set(record.subject) == {"index", "model", "prompt"}
    assert {"scorer similarity", "scoring longest_answer", "corpus"} <= set(record.yardstick)
    assert len(record.cases) == len(read_cases(EVAL / "cases.jsonl").cases)


def test_the_demo_still_answers_as_the_baseline_says(tmp_path: Path) -> None:
    cases = read_cases(EVAL / "cases.jsonl")
    evaluate(
        EVAL / "cases.jsonl", tmp_path / "now.jsonl", Version(prompt_version=1, choice="local")
    )
    now = read_run(tmp_path / "now.jsonl", cases).answers
    then = read_run(EVAL / "baselines" / "default.jsonl", cases).answers
    same = sum(a.output == b.output for a, b in zip(now, then, strict=True))
    assert same / len(then) >= NEARLY_ALL


def test_a_fork_without_a_key_gives_the_same_run_from_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    out, kept = tmp_path / "run.jsonl", EVAL / "baselines" / "delivery.jsonl"
    words = ("--model", "recorded:local", "--tags", "delivery", "--out", str(out))
    assert mlops(monkeypatch, "run", "answer@2", *words) == 0
    cases = read_cases(EVAL / "cases.jsonl", tags="delivery")
    assert read_run(out, cases).answers == read_run(kept, cases).answers
    compared = mlops(
        monkeypatch, "compare", str(out), "--baseline", str(kept), "--tags", "delivery"
    )
    assert compared == 0
    assert "what differs" not in capsys.readouterr().out


def test_a_prompt_that_was_not_recorded_is_a_loud_error_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--model", "recorded:local", "--tags", "delivery", "--out", str(tmp_path / "r.jsonl"))
    assert mlops(monkeypatch, "run", "answer@3", *words) == 2
    assert "the nearest differs in system: " in capsys.readouterr().err


def test_labels_are_grades_of_their_rubric_and_hold_for_the_demos_answers(tmp_path: Path) -> None:
    rubric = read_rubric(EVAL / "judges" / "relevance.yaml")
    labels = read_labels(EVAL / "labels")
    assert {label.judge for label in labels} == {rubric.name}
    assert {label.value for label in labels} == set(rubric.values.values())
    evaluate(
        EVAL / "cases.jsonl", tmp_path / "run.jsonl", Version(prompt_version=2, choice="local")
    )
    lines = (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()
    said = {(line["case_id"], line["repeat"]): line["output"] for line in map(json.loads, lines)}
    held = [
        hashlib.sha256(said[label.case_id, label.repeat].encode()).hexdigest()[:16] == label.answer
        for label in labels
    ]
    assert sum(held) / len(held) >= 0.95


def test_an_edited_recording_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "answers.jsonl"
    shutil.copyfile(EVAL / "recordings" / "answers.jsonl", copy)
    text = copy.read_text(encoding="utf-8")
    copy.write_text(
        text.replace("two sentences at most", "ten sentences at most"), encoding="utf-8"
    )
    words = ("--tags", "delivery", "--out", str(tmp_path / "r.jsonl"), "--recordings", str(copy))
    assert mlops(monkeypatch, "run", "answer@2", "--model", "recorded:local", *words) == 2
    assert "it was edited" in capsys.readouterr().err
