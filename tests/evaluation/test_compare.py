"""From files to a verdict: the whole way, with what a user gets wrong."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import CaseSet, Run, compare, read_cases, read_settings
from mlops_lib.plots import to_svg
from mlops_lib.verdict import Outcome

ANSWER = "Roll back by setting the flag release to version 1."


@pytest.fixture
def evaluation(jsonl: Callable[..., Path]) -> Callable[..., tuple[Path, Path, Path]]:
    """Files of 60 cases and two runs; the candidate answers `said` to the last 20."""

    def make(said: str, **fields: Any) -> tuple[Path, Path, Path]:
        ids = [f"case-{i:02}" for i in range(60)]
        cases = [
            {
                "case_id": case_id,
                "input": "How do I roll back <b>now</b>?",
                "target": "Set the flag release to version 1.",
                "context": ["ops/deploy.md#roll-back"],
                "tags": ["last" if i >= 40 else "first", "$x^2$"],
                **fields,
            }
            for i, case_id in enumerate(ids)
        ]
        runs = [
            [
                {
                    "case_id": case_id,
                    "repeat": repeat,
                    "output": text if i >= 40 else ANSWER,
                    "retrieved": [["ops/deploy.md#roll-back", 0.9]],
                    "latency_ms": 100.0 + i,
                    "cost_usd": 0.001,
                    "prompt_name": "answer",
                    "prompt_version": version,
                }
                for i, case_id in enumerate(ids)
                for repeat in range(2)
            ]
            for version, text in ((1, ANSWER), (2, said))
        ]
        return (
            jsonl("baseline.jsonl", runs[0]),
            jsonl("candidate.jsonl", runs[1]),
            jsonl("cases.jsonl", cases),
        )

    return make


def test_a_worse_candidate_fails_and_its_cases_are_shown(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    baseline, candidate, cases = evaluation("<script>alert(1)</script> Bananas are yellow fruit.")
    comparison = compare(baseline, candidate, cases, corpus=corpus)
    verdict = comparison.verdict()
    assert verdict.outcome is Outcome.FAIL
    assert {"faithfulness", "similarity"} <= {
        check.name.removeprefix("change in ")
        for check in verdict.checks
        if check.outcome is Outcome.FAIL
    }
    html = comparison.degraded()._repr_html_()
    assert "20 cases got worse" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "<b>now" not in html
    assert "($0.0010, 1" in html  # what each answer cost, and how long it took
    assert "No case got better" in comparison.improved().caption
    assert "prompt version" in comparison.versions().caption


def test_everything_that_was_read_is_fingerprinted(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path, tmp_path: Path
) -> None:
    paths = evaluation(ANSWER)
    config = tmp_path / "e.yaml"
    config.write_bytes((Path(__file__).parents[2] / "eval" / "evaluation.yaml").read_bytes())
    verdict = compare(*paths, config=config, corpus=corpus).verdict()
    rows = {Path(source.path).name: source.rows for source in verdict.sources}
    assert {
        "cases.jsonl": 60,
        "baseline.jsonl": 120,
        "candidate.jsonl": 120,
    }.items() <= rows.items()
    assert "e.yaml" in rows
    assert len(rows) == 5


def test_the_same_files_give_the_same_verdict_and_figures(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    paths = evaluation("Bananas are yellow fruit.")
    first, second = (compare(*paths, corpus=corpus) for _ in range(2))
    assert json.dumps(first.verdict().to_dict()) == json.dumps(second.verdict().to_dict())
    for name in ("plot_differences", "plot_slices"):
        one, two = (to_svg(getattr(each, name)().figure) for each in (first, second))
        assert one == two
        assert len(one) < 40_000
        assert getattr(first, name)().alt


def test_the_figures_say_what_was_found(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    comparison = compare(*evaluation("Bananas are yellow fruit."), corpus=corpus)
    picture = comparison.plot_slices("similarity")
    assert "similarity drops most in last" in to_svg(picture.figure)
    assert "$x^2$" in to_svg(picture.figure)
    assert "last" in picture.alt
    unchanged = compare(*evaluation(ANSWER), corpus=corpus).plot_slices("similarity")
    assert "No slice shows a drop in similarity" in to_svg(unchanged.figure)
    assert "worse by more than the margin" in to_svg(comparison.plot_differences().figure)
    with pytest.raises(InputError, match="was not compared; there are"):
        comparison.plot_slices("bleu")


def test_a_filter_compares_only_its_cases(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    baseline, candidate, path = evaluation("Bananas are yellow fruit.")
    good = compare(baseline, candidate, read_cases(path, tags="first"), corpus=corpus)
    assert good.verdict().outcome is not Outcome.FAIL
    assert all(metric.n == 40 for metric in good.metrics)


def test_without_a_corpus_what_needs_it_is_named_and_left_out(
    evaluation: Callable[..., tuple[Path, Path, Path]],
) -> None:
    comparison = compare(*evaluation(ANSWER))
    assert comparison.unmeasured["faithfulness"].startswith("no corpus was given")
    assert "faithfulness" not in {metric.name for metric in comparison.metrics}
    html = comparison.unscored()._repr_html_()
    assert "no corpus was given" in html
    assert "metrics were not measured" in html


def test_own_cases_need_nothing_but_an_input_and_a_target(jsonl: Callable[..., Path]) -> None:
    ids = [f"q{i}" for i in range(30)]
    cases = jsonl("c.jsonl", [{"case_id": i, "input": "Q", "target": f"answer {i}"} for i in ids])
    run = jsonl("r.jsonl", [{"case_id": i, "output": f"The answer is {i}"} for i in ids])
    comparison = compare(run, run, cases)
    assert {"similarity", "format", "leaks"} <= {metric.name for metric in comparison.metrics}
    assert {"recall", "latency", "cost"} <= set(comparison.unmeasured)
    assert comparison.verdict().outcome is Outcome.WARN


def test_a_run_of_errors_alone_cannot_be_judged(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> None:
    cases = case_set(20)
    broken = run_of(cases, [[None]] * 20)
    with pytest.raises(InputError, match=r"no metric can be measured.*gave an error: Timeout"):
        compare(broken, broken, cases)


def test_a_leaked_secret_is_not_repeated_in_the_report(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    comparison = compare(*evaluation("The password is hunter2hunter2."), corpus=corpus)
    html = comparison.degraded()._repr_html_()
    assert "[withheld: holds a password]" in html
    assert "hunter2" not in html
    assert "hunter2" not in json.dumps(comparison.verdict().to_dict())


def test_the_frame_has_a_row_per_metric(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    comparison = compare(*evaluation("Bananas."), corpus=corpus)
    frame = comparison.to_frame()
    assert list(frame["name"]) == [metric.name for metric in comparison.metrics]
    assert (frame["low"] <= frame["estimate"]).all()


def test_slices_count_what_lies_outside_of_chance(
    evaluation: Callable[..., tuple[Path, Path, Path]], corpus: Path
) -> None:
    view = compare(*evaluation("Bananas are yellow fruit."), corpus=corpus).slices()
    assert {row[0] for row in view.rows} == {"first", "last", "typical", "$x^2$"}
    assert "about one in twenty" in view.caption


def test_all_scorers_on_the_demo_size_are_fast(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run], corpus: Path
) -> None:
    # 264 cases x 2 runs x 3 repeats of answers as long as the demo's; limit of the brief: 1.5 s.
    cases = case_set(264, context=("ops/deploy.md#roll-back",))
    retrieved = (("ops/deploy.md#roll-back", 0.9), ("ops/deploy.md#gates", 0.5))
    outputs = [[f"{ANSWER} Number {i} and {r}. " * 4 for r in range(3)] for i in range(264)]
    baseline = run_of(cases, outputs, retrieved=retrieved, latency_ms=1.0, cost_usd=0.1)
    candidate = run_of(cases, outputs[::-1], retrieved=retrieved, latency_ms=2.0, cost_usd=0.1)
    compare(baseline, candidate, case_set(12), corpus=corpus)
    start = time.process_time()
    compare(baseline, candidate, cases, corpus=corpus).verdict()
    assert time.process_time() - start < 1.5


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, mlops_lib.evaluation; "
        "heavy = ('numpy', 'pandas', 'scipy', 'matplotlib', 'duckdb'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_wrong_margin_is_refused() -> None:
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        read_settings(margin=5)
