"""The cases in the repository are what the product promises."""

from collections import Counter
from pathlib import Path

from mlops_lib.evaluation import Kind, read_cases, read_sections

ROOT = Path(__file__).parents[2]
CASES = read_cases(ROOT / "eval" / "cases.jsonl").cases
SECTIONS = read_sections(ROOT / "corpus") or {}


def test_there_are_at_least_150_cases_of_every_kind() -> None:
    kinds = Counter(case.kind for case in CASES)
    assert len(CASES) >= 150
    assert all(kinds[kind] >= 20 for kind in Kind)
    assert sum(case.critical for case in CASES) >= 20


def test_every_gold_section_exists_in_the_corpus() -> None:
    missing = [(case.case_id, s) for case in CASES for s in case.context if s not in SECTIONS]
    assert missing == []


def test_no_question_is_asked_twice() -> None:
    asked = Counter(case.input for case in CASES)
    assert [text for text, times in asked.items() if times > 1] == []


def test_every_case_without_context_is_hostile_or_unanswerable() -> None:
    assert all(case.context or case.is_hostile or case.is_unanswerable for case in CASES)
