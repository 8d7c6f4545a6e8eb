"""A run asks everything once, goes on where it was, and never calls a part the whole."""

import asyncio
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import Case, CaseSet, compare, read_run, read_settings
from mlops_lib.evaluation.running.asks import Repeats
from mlops_lib.evaluation.running.progress import Standing
from mlops_lib.evaluation.running.python_target import PythonTarget, python_target
from mlops_lib.evaluation.running.record import read_record
from mlops_lib.evaluation.running.run import Options, run_evaluation
from mlops_lib.verdict import Outcome
from tests.evaluation.running.conftest import Counter

EVERYTHING = [(f"c{i}", repeat) for i in range(10) for repeat in range(3 if i == 3 else 2)]


def test_every_case_is_asked_its_repeats_and_critical_ones_more(
    cases: CaseSet, tmp_path: Path
) -> None:
    counter = Counter()
    result = run_evaluation(counter.target, cases, tmp_path / "r.jsonl")
    assert sorted(counter.asked) == EVERYTHING
    run = read_run(result.path, cases)
    assert [(a.case_id, a.repeat) for a in run.answers] == EVERYTHING
    assert run.answers[0].output == "answer to q0 0"
    assert not (tmp_path / "r.jsonl.journal").exists()
    assert result.record == read_record(result.path)
    assert (result.record.answers, result.record.incomplete) == (21, "")


def test_a_run_that_broke_goes_on_and_repeats_nothing(cases: CaseSet, tmp_path: Path) -> None:
    def stop(text: str) -> str:
        if text == "q5":
            raise InputError.of("wired wrongly")
        return text

    first, second = Counter(stop), Counter()
    with pytest.raises(InputError, match="wired"):
        run_evaluation(first.target, cases, tmp_path / "r.jsonl", Options(concurrency=1))
    assert not (tmp_path / "r.jsonl").exists()
    result = run_evaluation(second.target, cases, tmp_path / "r.jsonl")
    assert result.resumed == 11
    assert sorted(first.asked[:11] + second.asked) == EVERYTHING


def test_an_error_is_kept_as_one_and_asked_again_by_the_next_run(
    cases: CaseSet, tmp_path: Path
) -> None:
    def flaky(text: str) -> str:
        if text == "q5":
            raise RuntimeError("overloaded")
        return text

    result = run_evaluation(Counter(flaky).target, cases, tmp_path / "r.jsonl")
    errors = [a for a in read_run(result.path, cases).answers if a.error]
    assert [(a.case_id, a.output, a.error) for a in errors] == [
        ("c5", None, "RuntimeError: overloaded")
    ] * 2
    assert result.record.errors == 2


def test_a_whole_run_is_not_paid_twice_unless_forced(cases: CaseSet, tmp_path: Path) -> None:
    first, again, forced = Counter(), Counter(), Counter()
    out = tmp_path / "r.jsonl"
    run_evaluation(first.target, cases, out)
    content = out.read_bytes()
    result = run_evaluation(again.target, cases, out)
    assert (again.asked, result.resumed, out.read_bytes()) == ([], 21, content)
    run_evaluation(forced.target, cases, out, Options(force=True))
    assert len(forced.asked) == 21


def test_what_was_paid_for_is_not_overwritten_unasked(cases: CaseSet, tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    run_evaluation(Counter().target, cases, out, Options(repeats=Repeats(usual=3)))
    with pytest.raises(InputError, match="more repeats"):
        run_evaluation(Counter().target, cases, out)
    with pytest.raises(InputError, match="holds another run"):
        run_evaluation(PythonTarget(name="other", function=later), cases, out)


def test_more_repeats_ask_only_the_new_ones(cases: CaseSet, tmp_path: Path) -> None:
    run_evaluation(Counter().target, cases, tmp_path / "r.jsonl")
    more = Counter()
    run_evaluation(more.target, cases, tmp_path / "r.jsonl", Options(repeats=Repeats(usual=3)))
    assert sorted(more.asked) == [(f"c{i}", 2) for i in range(10) if i != 3]


def test_another_target_or_other_cases_are_another_run(cases: CaseSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no money"):
        run_evaluation(Counter(broke).target, cases, tmp_path / "r.jsonl", Options(concurrency=1))
    other = CaseSet(name="other", cases=(*cases.cases[:-1], Case(case_id="c9", input="new")))
    with pytest.raises(InputError, match="another run"):
        run_evaluation(Counter().target, other, tmp_path / "r.jsonl")
    forced = run_evaluation(Counter().target, other, tmp_path / "r.jsonl", Options(force=True))
    assert forced.resumed == 0


def broke(text: str) -> str:
    if text == "q2":
        raise InputError.of("no money")
    return text


def priced(text: str) -> dict[str, Any]:
    return {"output": text, "cost_usd": 0.01}


def test_a_budget_ends_a_run_undecided_and_more_money_ends_it_well(
    cases: CaseSet, tmp_path: Path
) -> None:
    out = tmp_path / "r.jsonl"
    options = Options(budget_usd=0.1, call_usd=0.01)
    part = run_evaluation(Counter(priced).target, cases, out, options)
    assert (part.record.answers, part.finished.out_of_money) == (10, True)
    assert part.record.incomplete.endswith("11 of 21")
    verdict = compare(out, out, cases, config=read_settings()).verdict()
    assert (verdict.outcome, verdict.deciding.name) == (Outcome.UNDECIDED, "completeness")
    counter = Counter(priced)
    whole = run_evaluation(counter.target, cases, out, Options(budget_usd=1.0, call_usd=0.01))
    assert (len(counter.asked), whole.record.incomplete) == (11, "")
    assert whole.record.cost_usd == pytest.approx(0.21)


def test_a_budget_is_never_overshot_however_many_ask_at_once(
    cases: CaseSet, tmp_path: Path
) -> None:
    counter = Counter(priced)
    options = Options(budget_usd=0.055, call_usd=0.01, concurrency=21)
    run_evaluation(counter.target, cases, tmp_path / "r.jsonl", options)
    assert len(counter.asked) == 5


def test_a_budget_that_cannot_be_held_is_refused(cases: CaseSet, tmp_path: Path) -> None:
    counter = Counter()
    with pytest.raises(InputError, match="what a call costs is not known"):
        run_evaluation(counter.target, cases, tmp_path / "r.jsonl", Options(budget_usd=1.0))
    assert counter.asked == []


def test_an_unknown_cost_stays_unknown(cases: CaseSet, tmp_path: Path) -> None:
    result = run_evaluation(Counter().target, cases, tmp_path / "r.jsonl")
    assert result.record.cost_usd is None


@pytest.mark.parametrize("number", [{"usual": 0}, {"critical": 0}])
def test_no_repeats_are_refused(number: dict[str, int]) -> None:
    with pytest.raises(InputError, match="at least 1"):
        Repeats(**number)


async def later(text: str) -> str:
    await asyncio.sleep(0.02)
    return text.upper()


def test_an_async_function_is_awaited_and_runs_at_once(cases: CaseSet, tmp_path: Path) -> None:
    target = PythonTarget(name="later", function=later)
    began = time.perf_counter()
    result = run_evaluation(target, cases, tmp_path / "r.jsonl", Options(concurrency=21))
    assert time.perf_counter() - began < 21 * 0.02
    assert read_run(result.path, cases).answers[0].output == "Q0"


def test_a_target_that_hangs_is_an_error_and_holds_up_nobody(
    cases: CaseSet, tmp_path: Path
) -> None:
    def hang(text: str) -> str:
        time.sleep(30 if text == "q0" else 0)
        return text

    options = Options(concurrency=1, timeout=0.1)
    result = run_evaluation(Counter(hang).target, cases, tmp_path / "r.jsonl", options)
    assert (result.record.answers, result.record.errors) == (21, 2)
    assert result.finished.seconds < 5


def test_progress_tells_counts_money_and_time(cases: CaseSet, tmp_path: Path) -> None:
    seen: list[Standing] = []

    class Watch:
        def update(self, standing: Standing) -> None:
            seen.append(standing)

    run_evaluation(Counter(priced).target, cases, tmp_path / "r.jsonl", progress=Watch())
    assert [standing.done for standing in seen] == list(range(1, 22))
    assert seen[-1].cost_text == "$0.2100"
    assert seen[-1].seconds_left == 0.0


@pytest.mark.parametrize(
    ("found", "message"),
    [(7, "text or a mapping"), ({"text": "x"}, "no known field"), ({"output": 3}, "valid string")],
)
def test_a_function_that_returns_nonsense_ends_the_run(
    cases: CaseSet, tmp_path: Path, found: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run_evaluation(Counter(lambda _: found).target, cases, tmp_path / "r.jsonl")


@pytest.mark.parametrize(
    ("name", "message"),
    [("no_such_module_x:f", "cannot be imported"), ("json:dump_it", "there are: .*dumps")],
)
def test_a_function_that_is_not_there_is_named(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        python_target(name)


def test_lone_surrogates_do_not_break_the_journal(cases: CaseSet, tmp_path: Path) -> None:
    result = run_evaluation(Counter(lambda _: "a\ud800b").target, cases, tmp_path / "r.jsonl")
    assert read_run(result.path, cases).answers[0].output == "a?b"


RUNNER = """
import os, sys, time
from pathlib import Path
from mlops_lib.evaluation import Case, CaseSet
from mlops_lib.evaluation.running.python_target import PythonTarget
from mlops_lib.evaluation.running.run import Options, run_evaluation

paid = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def function(text, *, case, repeat):
    os.write(paid, f"{case.case_id} {repeat}\\n".encode())
    time.sleep(0.002)
    return text

cases = CaseSet(name="c", cases=tuple(Case(case_id=f"c{i}", input="q") for i in range(200)))
print("go", flush=True)
target = PythonTarget(name="t", function=function)
run_evaluation(target, cases, sys.argv[1], Options(concurrency=4))
"""


def test_kills_at_random_lose_nothing_and_repeat_only_what_was_in_flight(tmp_path: Path) -> None:
    out, paid, rng = tmp_path / "r.jsonl", tmp_path / "paid", random.Random(3)
    kills = 0
    for _ in range(40):
        command = [sys.executable, "-c", RUNNER, str(out), str(paid)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runner:
            assert runner.stdout is not None
            runner.stdout.readline()
            try:
                runner.wait(rng.uniform(0.02, 0.2))
                break
            except subprocess.TimeoutExpired:
                runner.kill()
                kills += 1
    asked = paid.read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(answers) == len({(a["case_id"], a["repeat"]) for a in answers}) == 400
    assert kills >= 1
    assert 400 <= len(asked) <= 400 + 4 * kills
