"""A judging goes on where it was, pays nothing twice, and holds its budget apart from the run's."""

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import CaseSet, compare, read_run, read_settings
from mlops_lib.evaluation.cases import Turn
from mlops_lib.evaluation.cost_views import JUDGING
from mlops_lib.evaluation.judges import JudgeError, read_judgements
from mlops_lib.evaluation.judges.selftest import EXAMPLE
from mlops_lib.evaluation.running.judging import Judging, JudgingOptions, judge_file
from mlops_lib.evaluation.running.record import read_record
from mlops_lib.evaluation.running.run import run_evaluation
from mlops_lib.evaluation.settings import Settings
from mlops_lib.llm import Completion, PriceTable, RejectedRequestError
from mlops_lib.llm.prices import Price
from mlops_lib.verdict import Outcome
from tests.evaluation.judging import FakeModel
from tests.evaluation.running.conftest import Counter

KNOWN, ANSWERS = 6, 21
CENT = PriceTable(prices={"judge-1": Price(input=0.0, output=1e6 * 0.01 / EXAMPLE.max_tokens)})
"""A call costs one cent at most, whatever is read."""


@pytest.fixture
def judging(cases: CaseSet, tmp_path: Path) -> Judging:
    """A run of 21 answers, all of them right, with its record."""
    counter = Counter(lambda _: {"output": "5 % of the traffic.", "cost_usd": 0.5})
    path = run_evaluation(counter.target, cases, tmp_path / "run.jsonl").path
    run = read_run(path, cases)
    return Judging(run=run, cases=cases, rubric=EXAMPLE, model=FakeModel(), prices=CENT)


def cents(judging: Judging) -> list[float | None]:
    (found,) = read_judgements(judging.path)
    return [item.cost_usd for item in (*found.sentinels, *found.items)]


class Breaks(FakeModel):
    """Refuses every call after so many."""

    left = 10

    def complete(self, *args: object, **options: object) -> Completion:
        if self.left == 0:
            raise RejectedRequestError("status 401")
        self.left -= 1
        return super().complete(*args, **options)  # type: ignore[arg-type]


def test_a_judging_that_broke_goes_on_and_pays_nothing_twice(judging: Judging) -> None:
    with pytest.raises(RejectedRequestError):
        judge_file(replace(judging, model=Breaks()), JudgingOptions(concurrency=1))
    assert not judging.path.exists()
    model = FakeModel()
    result = judge_file(replace(judging, model=model))
    assert (result.resumed, result.asked, len(model.asked)) == (4, 17, 17)
    assert len(cents(judging)) == KNOWN + ANSWERS
    assert not list(judging.path.parent.glob("*.journal"))


def test_what_has_not_changed_is_not_judged_again(judging: Judging) -> None:
    judge_file(judging)
    content = judging.path.read_bytes()
    again = FakeModel()
    assert judge_file(replace(judging, model=again)).asked == 0
    assert (again.asked, judging.path.read_bytes()) == ([], content)
    judge_file(replace(judging, model=again), JudgingOptions(force=True))
    assert len(again.asked) == KNOWN + ANSWERS


def test_a_new_answer_is_judged_and_the_judge_tested_anew(judging: Judging) -> None:
    judge_file(judging)
    changed = judging.run.answers[0].model_copy(update={"output": "All of it."})
    run = replace(judging.run, answers=(changed, *judging.run.answers[1:]))
    model = FakeModel()
    result = judge_file(replace(judging, run=run, model=model))
    assert len(model.asked) == KNOWN + 1
    assert result.judgements.items[0].value == 0


def test_a_judge_is_shown_the_whole_conversation(judging: Judging) -> None:
    said = (Turn(role="user", content="Is it a canary?"), Turn(role="assistant", content="Yes."))
    first, *rest = judging.cases.cases
    talk = first.model_copy(update={"history": said})
    cases = CaseSet(name="talks", cases=(talk, *rest))
    model = FakeModel()
    judge_file(replace(judging, cases=cases, model=model))
    shown = [message for _, message in model.asked if "Is it a canary?" in message]
    assert len(shown) == 2
    assert "assistant: Yes.\n\nuser: q0" in shown[0]


def test_a_judge_that_fell_is_tested_again_and_keeps_no_journal(judging: Judging) -> None:
    with pytest.raises(JudgeError):
        judge_file(replace(judging, model=FakeModel(lambda _: "no grade")))
    model = FakeModel()
    judge_file(replace(judging, model=model))
    assert len(model.asked) == KNOWN + ANSWERS


def test_another_judge_does_not_go_on_where_one_was(judging: Judging) -> None:
    with pytest.raises(RejectedRequestError):
        judge_file(replace(judging, model=Breaks()), JudgingOptions(concurrency=1))
    with pytest.raises(InputError, match="journal of another run"):
        judge_file(replace(judging, model=FakeModel(id="judge-2")))


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_budget_is_reserved_before_each_call_and_never_overshot(
    judging: Judging, at_once: int
) -> None:
    # A fake call costs 0.0001, and the cent that it may cost must be there when it is made: what
    # others have reserved comes back, so it makes no difference how many ask at once.
    model = FakeModel()
    options = JudgingOptions(budget_usd=0.01095, concurrency=at_once)
    result = judge_file(replace(judging, model=model), options)
    assert len(model.asked) == 10
    assert result.judgements.spending.known_usd == pytest.approx(0.001)
    assert result.judgements.unasked == KNOWN + ANSWERS - 10


def test_a_budget_that_ends_leaves_the_gate_undecided_and_more_money_goes_on(
    judging: Judging, cases: CaseSet
) -> None:
    model = FakeModel()
    # Eleven calls of 0.0001 leave less than the cent that the twelfth may cost.
    options = JudgingOptions(budget_usd=0.0111 - 1e-5, concurrency=1)
    result = judge_file(replace(judging, model=model), options)
    assert len(model.asked) == 11
    assert result.judgements.unasked == ANSWERS - 5
    assert "16 of 21 answers are not judged" in result.incomplete
    path = judging.run.name
    settings = judged_settings()
    verdict = compare(path, path, cases, config=settings).verdict()
    assert (verdict.outcome, verdict.deciding.name) == (Outcome.UNDECIDED, "completeness")
    assert "judging of the" in verdict.deciding.explanation
    record = read_record(path)
    assert record is not None
    assert record.judges["rightness"].incomplete == 16
    more = FakeModel()
    whole = judge_file(replace(judging, model=more), JudgingOptions(budget_usd=1.0))
    assert (len(more.asked), whole.incomplete, whole.resumed) == (16, "", 5)


def test_a_budget_that_ends_before_the_known_answers_judges_nothing(judging: Judging) -> None:
    result = judge_file(judging, JudgingOptions(budget_usd=0.0101, concurrency=1))
    assert "not even the known answers" in result.incomplete
    assert not judging.path.exists()


def test_a_budget_that_cannot_be_held_is_refused(judging: Judging) -> None:
    model = FakeModel(id="of-unknown-price")
    with pytest.raises(InputError, match="what a call costs is not known"):
        judge_file(replace(judging, model=model), JudgingOptions(budget_usd=1.0))
    assert model.asked == []


def judged_settings() -> Settings:
    settings = read_settings()
    rule = settings.metrics["similarity"].model_copy(
        update={"scorer": "judge", "options": {"judge": "rightness"}}
    )
    return settings.model_copy(update={"metrics": {"rightness": rule}})


def test_the_judges_cost_stands_apart_from_the_runs(judging: Judging, cases: CaseSet) -> None:
    judge_file(judging)
    record = read_record(judging.run.name)
    assert record is not None
    assert record.cost_usd == pytest.approx(0.5 * ANSWERS)
    judge = record.judges["rightness"]
    assert (judge.calls, judge.model) == (KNOWN + ANSWERS, "judge-1")
    assert judge.cost_usd == pytest.approx(0.0001 * (KNOWN + ANSWERS))
    path = judging.run.name
    found = compare(path, path, cases, config=judged_settings())
    rows = {(row[0], row[1]): row for row in found.costs().rows}
    assert rows["judge rightness", "candidate"][3] == "27"
    assert rows["the application", "candidate"][3] == "21"
    (tile,) = [each for each in found.verdict().metrics if each.name == JUDGING]
    assert tile.value == pytest.approx(2 * 0.0001 * 27)


def test_an_unknown_price_of_a_judge_is_told_and_never_0(judging: Judging, cases: CaseSet) -> None:
    class Unpriced(FakeModel):
        def complete(self, *args: object, **options: object) -> Completion:
            return replace(super().complete(*args, **options), cost_usd=None)  # type: ignore[arg-type]

    judge_file(replace(judging, model=Unpriced()))
    path = judging.run.name
    record = read_record(path)
    assert record is not None
    assert record.judges["rightness"].cost_usd is None
    found = compare(path, path, cases, config=judged_settings())
    assert JUDGING not in {tile.name for tile in found.verdict().metrics}
    assert "an unknown amount" in found.costs().caption


RUNNER = """
import os, sys, time
from mlops_lib.evaluation import Answer, Case, CaseSet, Run
from mlops_lib.evaluation.judges.selftest import EXAMPLE
from mlops_lib.evaluation.running.judging import Judging, JudgingOptions, judge_file
from mlops_lib.verdict import Source
from tests.evaluation.judging import FakeModel

paid = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

class Paid(FakeModel):
    def complete(self, messages, **options):
        os.write(paid, b"call\\n")
        time.sleep(0.002)
        return super().complete(messages, **options)

names = [f"c{i}" for i in range(300)]
cases = CaseSet(name="c", cases=tuple(Case(case_id=name, input="How much?") for name in names))
answers = tuple(Answer(case_id=name, output="5 % of it.") for name in names)
source = Source(path=sys.argv[1], rows=300, sha256="")
run = Run(name=sys.argv[1], answers=answers, source=source)
judging = Judging(run=run, cases=cases, rubric=EXAMPLE, model=Paid())
print("go", flush=True)
judge_file(judging, JudgingOptions(concurrency=4))
"""


def test_kills_at_random_pay_twice_only_what_was_in_flight(tmp_path: Path) -> None:
    paid, rng, kills = tmp_path / "paid", random.Random(3), 0
    command = [sys.executable, "-c", RUNNER, str(tmp_path / "run.jsonl"), str(paid)]
    for _ in range(5):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as judge:
            assert judge.stdout is not None
            judge.stdout.readline()
            time.sleep(rng.uniform(0.02, 0.1))
            if (tmp_path / "run.judgements.jsonl").exists():
                break
            judge.kill()
            kills += 1
    if not (tmp_path / "run.judgements.jsonl").exists():
        subprocess.run(command, check=True, capture_output=True)
    (found,) = read_judgements(tmp_path / "run.judgements.jsonl")
    assert [item.grade for item in found.items] == ["right"] * 300
    assert kills >= 1
    asked = len(paid.read_text(encoding="utf-8").splitlines())
    assert KNOWN + 300 <= asked <= KNOWN + 300 + 4 * kills
