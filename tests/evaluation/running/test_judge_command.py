"""`mlops eval judge` as a user types it, against a server that speaks the Messages API."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mlops_lib.cli import main
from mlops_lib.evaluation import read_cases, read_run
from mlops_lib.evaluation.judges.read import beside, read_judgements
from mlops_lib.evaluation.judges.selftest import EXAMPLE
from tests.llm.service import Service

ANSWERS = ["5 % of the traffic.", "All of it, at once.", "", "five percent"]
SENTINELS = 6


def last_block(message: str) -> str:
    nonce = re.findall(r"^BEGIN answer ([0-9a-f]{32})$", message, flags=re.MULTILINE)[-1]
    return message.rpartition(f"BEGIN answer {nonce}\n")[2].partition(f"\nEND answer {nonce}")[0]


def honest(message: str) -> str:
    answer = last_block(message)
    right = ("5 %" in answer or "five percent" in answer) and "at once" not in answer
    return json.dumps({"reason": "It is.", "grade": "right" if right else "wrong"})


def gullible(message: str) -> str:
    del message
    return json.dumps({"reason": "Fine.", "grade": "right"})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    pytest.importorskip("anthropic")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-canary-0123456789")
    found = Service()
    found.grader = honest
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    cases = [
        {"case_id": f"q{i}", "input": "How much?", "target": "Five percent."}
        for i in range(len(ANSWERS))
    ]
    answers = [{"case_id": f"q{i}", "output": text} for i, text in enumerate(ANSWERS)]
    for name, lines in (("cases.jsonl", cases), ("run.jsonl", answers)):
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (tmp_path / name).write_text(text, encoding="utf-8")
    write_rubric(tmp_path / "rubric.yaml")
    return tmp_path


def write_rubric(path: Path, **changed: object) -> None:
    content = {**EXAMPLE.model_dump(mode="json"), **changed}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def mlops(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    command = ["mlops", "eval", "judge", "run.jsonl", "--cases", "cases.jsonl"]
    monkeypatch.setattr(sys, "argv", [*command, "--rubric", "rubric.yaml", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("folder")
def test_grades_are_written_beside_the_run_and_found_there(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert mlops(monkeypatch, "--base-url", service.url) == 0
    told = capsys.readouterr()
    assert "run.judgements.jsonl: 4 answers judged by rightness" in told.out
    assert "6 known answers held" in told.out
    # The empty answer needs no call.
    assert service.asked == SENTINELS + 3
    assert "9 of 9 answers" in told.err
    (judged,) = beside(read_run("run.jsonl", read_cases("cases.jsonl")))
    assert [item.value for item in judged.items] == [1.0, 0.0, 0.0, 1.0]
    assert judged.items[0].model == "claude-haiku-5-5"


def test_a_second_judge_joins_the_first_and_a_new_grading_replaces_its_own(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rightness", "other", "rightness"):
        write_rubric(folder / "rubric.yaml", name=name)
        assert mlops(monkeypatch, "--base-url", service.url) == 0
    found = read_judgements("run.judgements.jsonl")
    assert sorted(each.judge for each in found) == ["other", "rightness"]


def test_a_changed_judge_is_set_beside_its_former_self(
    folder: Path,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert mlops(monkeypatch, "--base-url", service.url) == 0
    write_rubric(folder / "rubric.yaml", version=2)
    # The new judge knows the figure only: the second of two right answers is none to it.
    service.grader = lambda message: honest(message.replace("five percent", "5 percent"))
    capsys.readouterr()
    assert mlops(monkeypatch, "--base-url", service.url) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "changed: on 4 answers it agrees with its former self on 75.0 %" in told
    assert "calls 25.0 % good instead of 50.0 %" in told


@pytest.mark.usefixtures("folder")
def test_the_service_is_told_the_shape_of_a_reply(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mlops(monkeypatch, "--base-url", service.url) == 0
    shape = service.requests[0]["output_config"]["format"]["schema"]
    assert shape["properties"]["grade"]["enum"] == ["wrong", "partly", "right"]


def test_a_judge_that_falls_for_a_known_answer_ends_with_4_and_judges_nothing(
    folder: Path,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service.grader = gullible
    assert mlops(monkeypatch, "--base-url", service.url) == 4
    told = capsys.readouterr().err
    assert "fell for 5 of 6 known answers" in told
    assert "Traceback" not in told
    assert service.asked == SENTINELS
    assert not (folder / "run.judgements.jsonl").exists()
    assert (folder / "run.judgements.jsonl.refused").exists()


def test_a_dry_run_tells_the_calls_and_makes_none(
    folder: Path,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert mlops(monkeypatch, "--base-url", service.url, "--dry-run") == 0
    told = capsys.readouterr().out
    assert "calls           9," in told
    assert f"at most {9 * EXAMPLE.max_tokens:,}" in told
    assert "money           at most $" in told
    assert service.asked == 0
    assert not (folder / "run.judgements.jsonl").exists()


@pytest.mark.usefixtures("folder")
def test_a_budget_that_ends_is_3_and_more_money_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A call costs 0.00015; what one may cost must be there when it is made.
    command = ["--base-url", service.url, "--concurrency", "1"]
    assert mlops(monkeypatch, *command, "--budget", "0.0017") == 3
    told = capsys.readouterr().out
    assert "UNDECIDED: the budget ended" in told
    asked = service.asked
    assert SENTINELS < asked < SENTINELS + 3
    assert mlops(monkeypatch, *command, "--budget", "1") == 0
    assert service.asked == SENTINELS + 3
    assert "of them from before" in capsys.readouterr().out


def test_a_recorded_judging_needs_no_key_and_gives_the_same_bytes(
    folder: Path,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert mlops(monkeypatch, "--base-url", service.url, "--record") == 0
    judged = folder / "run.judgements.jsonl"
    content = judged.read_bytes()
    judged.unlink()
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert mlops(monkeypatch, "--recorded") == 0
    assert judged.read_bytes() == content
    assert service.asked == SENTINELS + 3
    write_rubric(folder / "rubric.yaml", version=2, instructions="Be strict.")
    assert mlops(monkeypatch, "--recorded") == 2
    assert "the nearest differs in system" in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("folder")
def test_a_model_without_a_price_costs_an_unknown_amount(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mlops(monkeypatch, "--model", "judge-of-mine-1", "--dry-run") == 0
    assert "money           unknown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rubric", "none.yaml"], "cannot be read"),
        (["--cases", "none.jsonl"], "no such file"),
        (["--model", "claude-latest"], "exact model id"),
        (["--rubric", "sections.yaml", "--corpus", ""], "no corpus was given"),
        (["--rubric", "hostile.yaml"], "no answer of which the rubric asks"),
    ],
)
def test_bad_input_ends_with_2_before_anything_is_paid(
    folder: Path,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    write_rubric(folder / "sections.yaml", shows=["sections"])
    write_rubric(folder / "hostile.yaml", asks="hostile")
    for dry in ([], ["--dry-run"]):
        assert mlops(monkeypatch, "--base-url", service.url, *words, *dry) == 2
        assert message in " ".join(capsys.readouterr().err.split())
    assert service.asked == 0


@pytest.mark.usefixtures("folder")
def test_without_a_key_the_message_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("anthropic")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert mlops(monkeypatch, "--base-url", "http://127.0.0.1:9") == 2
    assert "ANTHROPIC_API_KEY" in capsys.readouterr().err
