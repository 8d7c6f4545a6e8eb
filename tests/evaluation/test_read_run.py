"""Runs are read strictly: unknown cases, repeats given twice and mixed versions are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation import Answer, Case, CaseSet, Run, read_run

CASES = CaseSet(name="cases.jsonl", cases=tuple(Case(case_id=c, input="?") for c in "abc"))
FULL: dict[str, Any] = {
    "case_id": "a",
    "repeat": 0,
    "output": "An answer.",
    "retrieved": [["ops/deploy.md#gates", 0.8]],
    "input_tokens": 100,
    "output_tokens": 20,
    "cost_usd": 0.0002,
    "latency_ms": 812.5,
    "error": None,
    "prompt_name": "answer",
    "prompt_version": 1,
    "model": "local",
    "index_id": "idx-1",
}


def problems_of(path: Path, cases: CaseSet = CASES) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        read_run(path, cases)
    return list(caught.value.problems)


def test_a_run_is_read_with_its_version(jsonl: Callable[..., Path]) -> None:
    run = read_run(jsonl("r.jsonl", [FULL, {**FULL, "repeat": 1}]), CASES)
    assert run.version == {
        "prompt": "answer",
        "prompt version": "1",
        "model": "local",
        "index": "idx-1",
    }
    assert run.answers[0].retrieved == (("ops/deploy.md#gates", 0.8),)


def test_an_id_and_an_output_are_enough(jsonl: Callable[..., Path]) -> None:
    run = read_run(jsonl("r.jsonl", [{"case_id": "a", "output": "x"}]), CASES)
    assert run.answers[0].cost_usd is None


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"case_id": "z"}, "case_id", "is not a case of cases.jsonl"),
        ({"repeat": -1}, "repeat", "must be greater than or equal to 0"),
        ({"repeat": 1.5}, "repeat", "must be a valid integer"),
        ({"latency_ms": -1}, "latency_ms", "must be greater than or equal to 0"),
        ({"cost_usd": 1e308}, "cost_usd", "must be less than or equal to 1000000000000"),
        ({"latency_ms": 1e13}, "latency_ms", "must be less than or equal to 1000000000000"),
        ({"input_tokens": 10**400}, "input_tokens", "must be less than or equal to 1000000000000"),
        ({"cost_usd": "0.1"}, "cost_usd", "must be a valid number"),
        ({"retrieved": [["id"]]}, "retrieved.0.1", "is missing"),
        ({"output": None}, "", "needs an output, or an error"),
        ({"latency": 3}, "latency", "is no known field; allowed are case_id"),
        ({"repeat": 1, "prompt_version": 2}, "prompt version", "a run holds one version"),
        ({"repeat": 1, "model": "other"}, "model", "a run holds one version"),
        ({}, "repeat", "repeat 0 of this case is given before, in row 1"),
    ],
)
def test_each_fault_names_its_row_and_field(
    jsonl: Callable[..., Path], change: dict[str, Any], field: str, message: str
) -> None:
    (problem,) = problems_of(jsonl("r.jsonl", [FULL, {**FULL, **change}]))
    assert (problem.row, problem.field) == (2, field)
    assert message in problem.message


def test_all_problems_are_told_at_once_in_order(jsonl: Callable[..., Path]) -> None:
    lines = [FULL, "{", {**FULL, "case_id": "z"}, FULL, {**FULL, "case_id": "b", "model": "x"}]
    assert [problem.row for problem in problems_of(jsonl("r.jsonl", lines))] == [2, 3, 4, 5]


def test_a_run_that_answers_nothing_is_refused(jsonl: Callable[..., Path]) -> None:
    assert "answers none of the cases" in problems_of(jsonl("r.jsonl", []))[0].message


def test_answers_to_cases_that_a_filter_left_out_are_passed_over(
    jsonl: Callable[..., Path],
) -> None:
    only_a = CaseSet(name="c", cases=CASES.cases[:1], left_out=frozenset("bc"))
    run = read_run(jsonl("r.jsonl", [FULL, {**FULL, "case_id": "b"}]), only_a)
    assert [answer.case_id for answer in run.answers] == ["a"]


def test_missing_answers_are_counted_against_the_usual_repeats_of_their_sort() -> None:
    cases = (*CASES.cases, Case(case_id="d", input="?", critical=True))
    repeats = {"a": 2, "b": 2, "c": 1, "d": 3}
    run = Run(
        name="r",
        answers=tuple(
            Answer(case_id=case_id, repeat=repeat, output="x")
            for case_id, count in repeats.items()
            for repeat in range(count)
        ),
    )
    assert [(case.case_id, lacks) for case, lacks in run.missing(cases)] == [("c", 1)]
