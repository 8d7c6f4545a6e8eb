"""Cases are read strictly: every problem of a file at once, and nothing passes on nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation import Case, CaseSet, Kind, read_cases

GOOD = {"case_id": "a", "input": "What is PSI?"}


def problems_of(path: Path) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        read_cases(path)
    return list(caught.value.problems)


def test_a_case_needs_only_an_id_and_an_input(jsonl: Callable[..., Path]) -> None:
    (case,) = read_cases(jsonl("c.jsonl", [GOOD])).cases
    assert (case.kind, case.context, case.critical, case.group) == (Kind.TYPICAL, (), False, "a")


def test_a_blank_cluster_is_none_so_that_its_cases_stay_independent() -> None:
    groups = [Case(case_id=f"c{i}", input="?", cluster=" " * i).group for i in range(3)]
    assert groups == ["c0", "c1", "c2"]


def test_the_file_is_fingerprinted(jsonl: Callable[..., Path]) -> None:
    path = jsonl("c.jsonl", [GOOD, "", {**GOOD, "case_id": "b"}])
    (source,) = read_cases(path).sources
    assert (source.path, source.rows, len(source.sha256)) == (str(path), 2, 64)


def test_a_byte_order_mark_and_blank_lines_do_no_harm(jsonl: Callable[..., Path]) -> None:
    path = jsonl("c.jsonl", [b'\xef\xbb\xbf{"case_id": "a", "input": "?"}\r', "", "   "])
    assert len(read_cases(path).cases) == 1


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        ('{"case_id": "a", "input": "x"', "", "is not JSON: Expecting"),
        ('{"case_id": "a", "input": "x", "input": "y"}', "", "the key 'input' is given twice"),
        ('{"case_id": "a", "input": NaN}', "", "NaN is no number in JSON"),
        ('["a", "b"]', "", "must be an object in braces, not list"),
        ("[" * 100_000, "", "is nested too deeply"),
        (b'{"case_id": "a", "input": "\xff"}', "", "is not UTF-8 at byte 28"),
        ({"case_id": "a"}, "input", "is missing"),
        ({"case_id": 7, "input": "x"}, "case_id", "must be a valid string"),
        ({**GOOD, "input": "  "}, "input", "must not be blank"),
        ({**GOOD, "kind": "odd"}, "kind", "must be 'typical', 'edge', 'regression' or 'domain'"),
        ({**GOOD, "critical": "yes"}, "critical", "must be a valid boolean"),
        ({**GOOD, "tags": "short"}, "tags", "must be a valid array"),
        ({**GOOD, "context": [1]}, "context.0", "must be a valid string"),
        ({**GOOD, "targets": "x"}, "targets", "is no known field; allowed are case_id, input"),
        ({**GOOD, "tags": ["unanswerable"], "context": ["a.md#b"]}, "", "has no gold context"),
    ],
)
def test_each_fault_names_its_row_and_field(
    jsonl: Callable[..., Path], line: object, field: str, message: str
) -> None:
    (problem,) = problems_of(jsonl("c.jsonl", [{**GOOD, "case_id": "first"}, line]))
    assert (problem.row, problem.field) == (2, field)
    assert message in problem.message


def test_a_lone_surrogate_is_refused_before_it_breaks_a_report(jsonl: Callable[..., Path]) -> None:
    (problem,) = problems_of(jsonl("c.jsonl", ['{"case_id": "a", "input": "\\ud800"}']))
    assert problem.row == 1


def test_all_problems_are_told_at_once_in_order(jsonl: Callable[..., Path]) -> None:
    path = jsonl("c.jsonl", [GOOD, "{", {"case_id": "b", "input": 1, "kind": "x"}, GOOD])
    found = problems_of(path)
    assert [(problem.row, problem.field) for problem in found] == [
        (2, ""),
        (3, "input"),
        (3, "kind"),
        (4, "case_id"),
    ]
    assert "row 1" in found[-1].message
    assert all(problem.source == str(path) for problem in found)


@pytest.mark.parametrize("lines", [[], ["", "  "]])
def test_no_cases_is_an_error(jsonl: Callable[..., Path], lines: list[str]) -> None:
    (problem,) = problems_of(jsonl("c.jsonl", lines))
    assert "holds no cases" in problem.message


def test_a_missing_file_names_the_likely_one(jsonl: Callable[..., Path]) -> None:
    path = jsonl("cases.jsonl", [GOOD])
    (problem,) = problems_of(path.with_name("case.jsonl"))
    assert "did you mean" in problem.message
    assert "cases.jsonl" in problem.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read" in problems_of(tmp_path)[0].message


def test_an_empty_path_is_no_file() -> None:
    assert problems_of(Path())[0].source


def test_a_filter_keeps_the_order_and_remembers_what_it_left_out(
    jsonl: Callable[..., Path],
) -> None:
    lines = [
        {"case_id": "a", "input": "?", "tags": ["short"]},
        {"case_id": "b", "input": "?", "kind": "edge"},
        {"case_id": "c", "input": "?", "critical": True},
    ]
    cases = read_cases(jsonl("c.jsonl", lines), tags="critical, short")
    assert [case.case_id for case in cases.cases] == ["a", "c"]
    assert cases.left_out == {"b"}


def test_a_filter_that_matches_nothing_is_an_error_with_the_tags_there_are() -> None:
    cases = CaseSet(name="c", cases=(Case(case_id="a", input="?", tags=("safety",)),))
    with pytest.raises(InputError, match=r"did you mean 'safety'\? there are safety, typical"):
        cases.tagged("safty")


def test_duplicate_ids_made_in_memory_are_refused_too() -> None:
    case = Case(case_id="a", input="?")
    with pytest.raises(InputError, match="is used before, in row 1"):
        CaseSet(name="c", cases=(case, case))
