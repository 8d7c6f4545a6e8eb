"""Baselines are byte-stable, and compared with only on equal terms."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import Case, CaseSet, read_run
from mlops_lib.evaluation.running.baselines import bless, check_fingerprints
from mlops_lib.evaluation.running.python_target import PythonTarget
from mlops_lib.evaluation.running.record import read_record
from mlops_lib.evaluation.running.run import Options, run_evaluation
from tests.evaluation.running.conftest import Counter


def timeless(text: str) -> dict[str, Any]:
    return {"output": text, "latency_ms": 1.0, "cost_usd": 0.01}


@pytest.fixture
def run(cases: CaseSet, tmp_path: Path) -> Path:
    return run_evaluation(Counter(timeless).target, cases, tmp_path / "run.jsonl").path


def test_equal_runs_give_equal_bytes(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    run_evaluation(Counter(timeless).target, cases, again, Options(concurrency=1))
    for path, name in ((run, "a"), (again, "b")):
        bless(path, cases, tmp_path / name / "base.jsonl")
    for file in ("base.jsonl", "base.meta.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_baseline_reads_as_the_run_it_was(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    blessed = bless(run, cases, tmp_path / "base.jsonl")
    assert read_run(blessed.path, cases).answers == read_run(run, cases).answers
    assert "first of its name" in blessed.message


def test_blessing_says_what_it_replaces(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    bless(run, cases, tmp_path / "base.jsonl")
    other = PythonTarget(name="mine:other", function=Counter(timeless))
    second = run_evaluation(other, cases, tmp_path / "second.jsonl").path
    message = bless(second, cases, tmp_path / "base.jsonl").message
    assert "replaces tests:counter, which differs in target" in message
    assert "same fingerprints" in bless(second, cases, tmp_path / "base.jsonl").message


def test_a_run_of_another_tool_may_be_blessed(
    cases: CaseSet, tmp_path: Path, jsonl: Callable[..., Path]
) -> None:
    path = jsonl("r.jsonl", [{"case_id": c.case_id, "output": "x"} for c in cases.cases])
    blessed = bless(path, cases, tmp_path / "base.jsonl")
    record = read_record(blessed.path)
    assert record is not None
    assert (record.answers, record.repeats, record.cost_usd) == (10, 1, None)


def test_a_run_with_gaps_is_no_baseline(
    cases: CaseSet, tmp_path: Path, jsonl: Callable[..., Path]
) -> None:
    lines = [{"case_id": c.case_id, "output": "x"} for c in cases.cases[2:]]
    with pytest.raises(InputError) as caught:
        bless(jsonl("r.jsonl", lines), cases, tmp_path / "base.jsonl")
    assert [problem.value for problem in caught.value.problems] == ["c0", "c1"]


def test_a_part_of_a_run_is_no_baseline(cases: CaseSet, tmp_path: Path) -> None:
    options = Options(budget_usd=0.1, call_usd=0.01)
    part = run_evaluation(Counter(timeless).target, cases, tmp_path / "p.jsonl", options)
    with pytest.raises(InputError, match="is not whole"):
        bless(part.path, cases, tmp_path / "base.jsonl")


def test_other_cases_ask_for_a_new_baseline(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    changed = (
        *cases.cases[1:-1],
        cases.cases[-1].model_copy(update={"target": "Other."}),
        Case(case_id="new", input="?"),
    )
    with pytest.raises(InputError, match=r"1 new: new; 1 gone: c0; 1 changed: c9.*bless"):
        check_fingerprints(base, run, CaseSet(name="now", cases=changed))


def test_a_filter_needs_no_new_baseline(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    assert check_fingerprints(base, run, cases.tagged("critical")) == []


def test_other_scoring_asks_for_a_new_baseline(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    from mlops_lib.evaluation.read import DEFAULTS

    other = tmp_path / "evaluation.yaml"
    text = DEFAULTS.read_text(encoding="utf-8")
    other.write_text(text.replace("longest_answer: 150", "longest_answer: 9"), encoding="utf-8")
    assert "longest_answer: 9" in other.read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"scoring longest_answer: was 150 .*is 9; .*bless"):
        check_fingerprints(base, run, cases, other)


def test_what_is_under_test_may_differ_and_is_named(
    cases: CaseSet, run: Path, tmp_path: Path
) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    other = PythonTarget(name="mine:other", function=Counter(timeless))
    second = run_evaluation(other, cases, tmp_path / "second.jsonl").path
    assert check_fingerprints(base, second, cases) == ["target"]


def configured(folder: Path, old: str, new: str) -> Path:
    from mlops_lib.evaluation.read import DEFAULTS

    text = DEFAULTS.read_text(encoding="utf-8")
    assert old in text
    path = folder / "evaluation.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


FORMAT = "format:        {gate: block, margin: 0.03, limit: 0.95, pass_at: 1.0}"


@pytest.mark.parametrize(
    ("new", "field", "told"),
    [
        (
            "format: {scorer: words, options: {most: 9}}",
            "scorer format",
            r'was format when .* is words \{"most": 9\}; if that is meant, bless it anew',
        ),
        (f"twin: {{scorer: format}}\n  {FORMAT}", "scorer twin", "was absent .* is format;"),
    ],
)
def test_another_scorer_is_named_with_what_it_was_and_is(
    cases: CaseSet, run: Path, tmp_path: Path, new: str, field: str, told: str
) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    config = configured(tmp_path, FORMAT, new)
    with pytest.raises(InputError, match=f"{field}: {told}") as caught:
        check_fingerprints(base, run, cases, config)
    assert len(caught.value.problems) == 1


def test_margins_and_limits_need_no_new_baseline(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    config = configured(tmp_path, FORMAT, "format: {gate: warn, margin: 0.2, limit: 0.5}")
    assert check_fingerprints(base, run, cases, config) == []


def test_blessing_anew_says_what_it_is_measured_with_now(
    cases: CaseSet, run: Path, tmp_path: Path
) -> None:
    base = bless(run, cases, tmp_path / "base.jsonl").path
    config = configured(tmp_path, "longest_answer: 150", "longest_answer: 9")
    message = bless(base, cases, base, config=config).message
    assert "which differs in scoring longest_answer" in message
    assert check_fingerprints(base, run, cases, config) == []


def test_other_pages_are_named_and_not_refused(cases: CaseSet, run: Path, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.md").write_text("# A\n\nOne.\n", encoding="utf-8")
    base = bless(run, cases, tmp_path / "base.jsonl", corpus=pages).path
    assert check_fingerprints(base, run, cases, corpus=pages) == []
    (pages / "a.md").write_text("# A\n\nTwo.\n", encoding="utf-8")
    assert check_fingerprints(base, run, cases, corpus=pages) == ["corpus"]


def grades(run: Path, cases: CaseSet, fingerprint: str, model: str = "judge-1") -> None:
    from mlops_lib.evaluation.judges.judgement import Judgement, Judgements, digest
    from mlops_lib.evaluation.judges.read import judgements_path, write_judgements

    def graded(case_id: str, text: str, **more: Any) -> Judgement:
        return Judgement(
            judge="tone", fingerprint=fingerprint, model=model, case_id=case_id,
            answer=digest(text), grade="good", value=1.0, **more,
        )  # fmt: skip

    known = [graded(kind, "x", sentinel=kind, held=True) for kind in ("good", "bad", "forged")]
    items = [
        graded(answer.case_id, answer.text, repeat=answer.repeat)
        for answer in reversed(read_run(run, cases).answers)
    ]
    judged = Judgements(
        judge="tone", fingerprint=fingerprint, items=tuple(items), sentinels=tuple(known)
    )
    write_judgements(judgements_path(run), [judged])


def test_a_baseline_keeps_its_grades_in_the_order_of_the_cases(
    cases: CaseSet, run: Path, tmp_path: Path
) -> None:
    from mlops_lib.evaluation.judges import read_judgements

    grades(run, cases, "f1")
    blessed = bless(run, cases, tmp_path / "base.jsonl")
    (judged,) = read_judgements(blessed.paths[2])
    ids = [case.case_id for case in cases.cases]
    assert list(dict.fromkeys(item.case_id for item in judged.items)) == ids
    record = read_record(blessed.path)
    assert record is not None
    assert (record.yardstick["judge tone"], record.yardstick["rubric tone"]) == ("judge-1", "f1")


def test_grades_of_an_earlier_baseline_go_with_it(
    cases: CaseSet, run: Path, tmp_path: Path
) -> None:
    grades(run, cases, "f1")
    bless(run, cases, tmp_path / "base.jsonl")
    other = run_evaluation(Counter(timeless).target, cases, tmp_path / "other.jsonl").path
    assert len(bless(other, cases, tmp_path / "base.jsonl").paths) == 2
    assert not (tmp_path / "base.judgements.jsonl").exists()


@pytest.mark.parametrize(
    ("fingerprint", "model", "field"),
    [("f2", "judge-1", "rubric tone"), ("f1", "judge-2", "judge tone")],
)
def test_another_judge_or_rubric_asks_to_judge_the_baseline_anew(
    cases: CaseSet, run: Path, tmp_path: Path, fingerprint: str, model: str, field: str
) -> None:
    grades(run, cases, "f1")
    base = bless(run, cases, tmp_path / "base.jsonl").path
    grades(run, cases, fingerprint, model)
    with pytest.raises(InputError, match=f"{field}: was .*judge the baseline anew, then bless"):
        check_fingerprints(base, run, cases)
