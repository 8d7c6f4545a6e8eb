"""Runs and judgings in message batches: killed at any time, each request is paid once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_lib.cli import main
from mlops_lib.errors import InputError
from mlops_lib.evaluation import CaseSet, read_cases, read_run
from mlops_lib.evaluation.judges import read_judgements
from mlops_lib.evaluation.judges.selftest import EXAMPLE
from mlops_lib.evaluation.running.asks import Repeats
from mlops_lib.evaluation.running.batching import Waiting
from mlops_lib.evaluation.running.choose import Choice, choose_target
from mlops_lib.evaluation.running.forecast import forecast
from mlops_lib.evaluation.running.judging import Judging, JudgingOptions, judge_file
from mlops_lib.evaluation.running.record import read_record
from mlops_lib.evaluation.running.run import Options, RunResult, run_evaluation
from mlops_lib.evaluation.running.target import Target
from mlops_lib.llm import AnthropicModel, ModelUnavailableError, Request
from mlops_lib.llm.batches import Batches, BatchState
from tests.evaluation.running.conftest import Counter
from tests.evaluation.running.test_judge_command import honest
from tests.llm.service import Service

pytest.importorskip("anthropic")

HALF = 0.00015 / 2
"""1000 tokens at 0.10 and 100 at 0.50 USD per million, in a batch."""

PROMPT = {
    "name": "answer", "version": 1, "model": "claude-haiku-5-5", "max_tokens": 100,
    "system": "Be brief.", "template": "{context}{question}", "description": "For tests.",
    "retrieval": {"top_k": 1, "min_score": 0.1}, "local": {"max_sentences": 1, "temperature": 0.0},
}  # fmt: skip


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-canary-0123456789")
    opened = Service()
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path, cases: CaseSet) -> Path:
    (tmp_path / "prompts" / "answer").mkdir(parents=True)
    (tmp_path / "prompts" / "answer" / "v1.yaml").write_text(yaml.safe_dump(PROMPT))
    lines = (case.model_dump_json(exclude_defaults=True) for case in cases.cases)
    (tmp_path / "cases.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return tmp_path


def target_of(folder: Path, service: Service) -> Target:
    choice = Choice(prompts=folder / "prompts", corpus="", base_url=service.url)
    return choose_target("answer@1", choice)


def run(folder: Path, service: Service, told: list[str] | None = None, **how: Any) -> RunResult:
    say = (told if told is not None else []).append
    waiting = Waiting(poll=0.001, tell=say, most_requests=how.pop("most_requests", 5_000))
    return run_evaluation(
        target_of(folder, service),
        read_cases(folder / "cases.jsonl"),
        folder / "run.jsonl",
        Options(in_batches=waiting, **how),
    )


def test_a_run_in_batches_costs_half_and_asks_nothing_one_by_one(
    folder: Path, service: Service
) -> None:
    result = run(folder, service, most_requests=10)
    assert (service.asked, service.batched, len(service.batches)) == (0, 21, 3)
    assert (result.record.answers, result.record.batched) == (21, 21)
    assert result.record.cost_usd == pytest.approx(21 * HALF)
    answers = read_run(result.path, read_cases(folder / "cases.jsonl")).answers
    assert {(a.output, a.batched, a.latency_ms) for a in answers} == {("Five percent.", True, None)}
    assert not list(folder.glob("*.journal"))


def test_what_expired_or_failed_is_sent_once_more_and_what_was_refused_is_not(
    folder: Path, service: Service
) -> None:
    fates = {"q0": "expired", "q1": "errored", "q2": "refused", "q4": "canceled", "q5": "missing"}
    service.fate = lambda number, message: fates.get(message, "") if number == 1 else ""
    told: list[str] = []
    result = run(folder, service, told)
    assert [len(batch["requests"]) for batch in service.batches.values()] == [21, 6]
    assert (result.record.answers, result.record.errors) == (21, 4)
    assert "4 failed" in told[1]
    assert "4 expired or failed, to be sent again" in told[1]
    assert result.record.cost_usd == pytest.approx(17 * HALF)


def test_what_keeps_failing_is_an_error_and_never_an_answer(folder: Path, service: Service) -> None:
    service.fate = lambda _number, message: "expired" if message == "q0" else ""
    result = run(folder, service)
    assert (len(service.batches), result.record.errors) == (2, 2)


def test_a_budget_is_reserved_at_half_the_price(folder: Path, service: Service) -> None:
    one = forecast(
        target_of(folder, service), read_cases(folder / "cases.jsonl"), Repeats(), share=0.5
    )
    assert one.cost_usd is not None
    result = run(folder, service, budget_usd=one.cost_usd / 21 * 10.01)
    assert service.batched == 10
    assert "11 of 21" in result.record.incomplete
    assert run(folder, service, budget_usd=1.0).record.incomplete == ""
    assert service.batched == 21


def test_a_function_has_no_batches(cases: CaseSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="prompt versions only"):
        run_evaluation(Counter().target, cases, tmp_path / "r", Options(in_batches=Waiting()))


class KilledError(Exception):
    """Stands for a kill: nothing after it happens."""


def test_a_run_that_is_killed_while_it_waits_collects_the_batch_later(
    folder: Path, service: Service
) -> None:
    service.looks = 3

    def kill(_seconds: float) -> None:
        raise KilledError

    for _ in range(2):
        with pytest.raises(KilledError):
            run_evaluation(
                target_of(folder, service),
                read_cases(folder / "cases.jsonl"),
                folder / "run.jsonl",
                Options(in_batches=Waiting(sleep=kill)),
            )
    with pytest.raises(InputError, match=r"still to be collected \(msgbatch_1\)"):
        run_evaluation(
            target_of(folder, service), read_cases(folder / "cases.jsonl"), folder / "run.jsonl"
        )
    told: list[str] = []
    result = run(folder, service, told)
    assert told[0] == "batch msgbatch_1 was sent before: waiting for it"
    assert (service.batched, result.record.answers, result.record.errors) == (21, 21, 0)


def test_a_service_that_goes_away_leaves_the_batch_noted_down(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.looks = 3

    def outage(*_args: object, **_options: object) -> BatchState:
        raise ModelUnavailableError("status 503")

    with monkeypatch.context() as patched:
        patched.setattr(Batches, "look", outage)
        with pytest.raises(ModelUnavailableError, match="noted down: msgbatch_1; run again"):
            run(folder, service)
    assert (run(folder, service).record.answers, service.batched) == (21, 21)


def test_a_batch_whose_id_was_never_heard_is_found_again(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Batches.send

    def killed(self: Batches, requests: Mapping[str, Request], *, begun: float) -> str:
        real(self, requests, begun=begun)
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Batches, "send", killed)
        with pytest.raises(KilledError):
            run(folder, service)
    result = run(folder, service)
    assert (len(service.batches), result.record.answers) == (1, 21)


def test_a_batch_that_was_never_sent_is_sent_by_the_next_run(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_args: object, **_options: object) -> str:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Batches, "send", kill)
        with pytest.raises(KilledError):
            run(folder, service)
    assert run(folder, service).record.answers == 21
    assert len(service.batches) == 1


def test_a_real_kill_of_the_command_pays_each_request_once(folder: Path, service: Service) -> None:
    service.looks = 8
    command = [sys.executable, "-m", "mlops_lib", "eval", "run", "answer@1", "--batch"]
    command += ["--out", "run.jsonl", "--cases", "cases.jsonl", "--corpus", "", "--poll", "0.1"]
    command += ["--base-url", service.url]
    here = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, cwd=folder, env=here, stderr=subprocess.DEVNULL) as first:
        until = time.monotonic() + 60
        while not any(batch["looks"] for batch in service.batches.values()):
            assert first.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        first.kill()
    done = subprocess.run(
        command, cwd=folder, env=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "was sent before: waiting for it" in done.stderr
    assert "in batches at half price" in done.stdout
    assert service.batched == 21


def test_a_judging_in_batches_tests_its_judge_at_once_and_pays_half_for_the_rest(
    folder: Path, service: Service, cases: CaseSet
) -> None:
    service.grader = honest
    answered = Counter(lambda _: "5 % of it.")
    path = run_evaluation(answered.target, cases, folder / "run.jsonl").path
    judging = Judging(
        run=read_run(path, cases),
        cases=cases,
        rubric=EXAMPLE,
        model=AnthropicModel(id="claude-haiku-5-5", base_url=service.url),
    )
    result = judge_file(judging, JudgingOptions(waiting=Waiting(poll=0.001)))
    assert (service.asked, service.batched) == (6, 21)
    spent = result.judgements.spending
    assert (spent.calls, spent.batched) == (27, 21)
    assert spent.cost_usd == pytest.approx(6 * 2 * HALF + 21 * HALF)
    record = read_record(path)
    assert record is not None
    assert record.judges["rightness"].batched == 21
    (found,) = read_judgements(judging.path)
    assert {item.grade for item in found.items} == {"right"}
    other = replace(judging, rubric=EXAMPLE.model_copy(update={"version": 2}))
    judge_file(other, JudgingOptions(waiting=Waiting(poll=0.001)))
    names = [each["custom_id"] for b in service.batches.values() for each in b["requests"]]
    assert len(set(names)) == 42


def test_a_dry_run_tells_half_the_money(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(folder)
    command = ["mlops", "eval", "run", "answer@1", "--out", "r", "--cases", "cases.jsonl"]
    money = []
    for more in ([], ["--batch"]):
        monkeypatch.setattr(sys, "argv", [*command, "--corpus", "", "--dry-run", *more])
        with pytest.raises(SystemExit):
            main()
        line = capsys.readouterr().out.splitlines()[-1]
        money.append(float(line.partition("$")[2].partition(" ")[0]))
    assert money[1] == pytest.approx(money[0] / 2, abs=1e-4)
    assert service.asked == service.batched == 0
