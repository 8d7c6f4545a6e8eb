"""The gate's rules, one claim each."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mlops_lib.evaluation import Case, CaseSet, Comparison, Run, compare, read_settings
from mlops_lib.evaluation.checks import decide
from mlops_lib.evaluation.views import metrics_view
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome

Make = Callable[..., Any]


def check(comparison: Comparison, name: str) -> Check:
    return {check.name: check for check in comparison.checks()}[name]


@pytest.fixture
def compared(case_set: Callable[..., CaseSet], run_of: Callable[..., Run]) -> Make:
    """Compare two sides by their format: each text is one case, or one list of repeats."""

    def make(before: list[Any], after: list[Any], **fields: Any) -> Comparison:
        cases = case_set(len(before), **fields)
        sides = (
            run_of(cases, [text if isinstance(text, list) else [text] for text in side])
            for side in (before, after)
        )
        settings = read_settings()
        only = {"format": settings.metrics["format"]}
        baseline, candidate = sides
        return compare(
            baseline, candidate, cases, config=settings.model_copy(update={"metrics": only})
        )

    return make


@pytest.mark.parametrize(
    ("gain", "interval", "pvalue", "outcome"),
    [
        (-0.06, (-0.09, -0.03), 0.01, Outcome.FAIL),
        (-0.06, (-0.09, -0.03), 0.06, Outcome.UNDECIDED),
        (-0.06, (-0.13, 0.01), 0.01, Outcome.UNDECIDED),
        (-0.04, (-0.06, -0.02), 0.001, Outcome.UNDECIDED),
        (-0.02, (-0.03, -0.01), 0.001, Outcome.PASS),
        (0.01, (-0.05, 0.07), 0.7, Outcome.UNDECIDED),
        (0.01, (-0.04, 0.06), 0.7, Outcome.PASS),
        (-0.5, (float("nan"), float("nan")), 1.0, Outcome.UNDECIDED),
    ],
)
def test_failing_needs_effect_and_significance_and_passing_needs_the_loss_ruled_out(
    gain: float, interval: tuple[float, float], pvalue: float, outcome: Outcome
) -> None:
    decided = decide(gain, Interval(*interval), pvalue=pvalue, margin=0.05, alpha=0.05)
    assert decided is outcome


def test_equal_scores_of_enough_cases_pass_and_say_what_could_stay_unseen(compared: Make) -> None:
    # z² / (n + z²) < 3 % needs n > 3.8415 * .97 / .03 = 124.2.
    found = check(compared(["x"] * 125, ["x"] * 125), "change in format")
    assert found.outcome is Outcome.PASS
    assert "is ruled out: at most" in found.explanation


def test_equal_scores_of_few_cases_warn_and_say_how_many_would_do(compared: Make) -> None:
    found = check(compared(["x"] * 124, ["x"] * 124), "change in format")
    assert (found.outcome, found.needed, found.estimate) == (Outcome.WARN, 125, 0.0)
    assert "Too few cases to show" in found.explanation


def test_no_interval_of_equal_scores_has_no_width(compared: Make) -> None:
    comparison = compared(["x"] * 40, ["x"] * 40)
    # Tango (1998) without a discordant pair: z² / (n + z²) = 3.8415 / 43.8415 on each side.
    assert check(comparison, "change in format").interval == pytest.approx(
        (-0.08762, 0.08762), 1e-3
    )
    assert "0.0 points to 0.0 points" not in comparison.table()._repr_html_()


def test_too_few_cases_are_undecided_even_when_equal(compared: Make) -> None:
    found = check(compared(["x"] * 9, ["x"] * 9), "change in format")
    assert found.outcome is Outcome.UNDECIDED


def test_a_loss_that_too_few_documents_cannot_show_is_told_as_such(
    run_of: Callable[..., Run],
) -> None:
    # Swapping within 4 clusters: 2 of 16 patterns reach the total, so p is 0.125 at least.
    cases = CaseSet(
        name="c",
        cases=tuple(
            Case(case_id=f"c{i}", input="?", target="yes", cluster=f"page {i % 4}")
            for i in range(24)
        ),
    )
    settings = read_settings()
    only = {"similarity": settings.metrics["similarity"]}
    losing = [["no" if i % 3 else "yes"] for i in range(24)]
    comparison = compare(
        run_of(cases, [["yes"]] * 24),
        run_of(cases, losing),
        cases,
        config=settings.model_copy(update={"metrics": only}),
    )
    found = check(comparison, "change in similarity")
    assert (found.outcome, found.needed) == (Outcome.UNDECIDED, None)
    assert "24 cases of 4 clusters are too few" in found.explanation


def test_a_broken_candidate_fails(compared: Make) -> None:
    verdict = compared(["x"] * 40, ["x"] * 25 + [""] * 15).verdict()
    assert verdict.outcome is Outcome.FAIL
    assert "format changed by -37.5 points" in verdict.meaning
    assert "Do not merge" in verdict.advice


def test_an_open_question_names_the_cases_that_would_decide(compared: Make) -> None:
    comparison = compared(["x"] * 39 + [""], [""] * 2 + ["x"] * 38)
    found = check(comparison, "change in format")
    assert found.outcome is Outcome.UNDECIDED
    assert found.needed is not None
    assert found.needed > 40
    assert f"{found.needed:,}" in found.explanation
    assert "cannot tell" in comparison.verdict().meaning


def test_missing_answers_cannot_pass(compared: Make) -> None:
    comparison = compared(["x"] * 100, ["x"] * 97 + [None] * 3)
    verdict = comparison.verdict()
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.deciding.name == "coverage"
    assert "answers that are missing" in verdict.advice
    assert check(comparison, "change in format").outcome is Outcome.UNDECIDED
    assert check(comparison, "level of format").outcome is Outcome.UNDECIDED


def test_two_missing_answers_of_a_hundred_are_named_and_accepted(compared: Make) -> None:
    found = check(compared(["x"] * 100, ["x"] * 98 + [None] * 2), "coverage")
    assert (found.outcome, found.estimate) == (Outcome.PASS, 0.98)
    assert "lacks 2 of 100" in found.explanation


def test_a_case_that_the_run_leaves_out_counts_as_missing(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> None:
    cases = case_set(20)
    whole = run_of(cases, [["x", "x"]] * 20)
    part = Run(name="part", answers=whole.answers[:-2])
    found = check(compare(whole, part, cases), "coverage")
    assert (found.outcome, found.n) == (Outcome.UNDECIDED, 40)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (["x", "x", "x"], ["", "", "x"], Outcome.FAIL),
        (["x", "x", "x"], ["", "x", "x"], Outcome.WARN),
        (["x", "x", ""], ["", "", ""], Outcome.WARN),
        (["x", "x", "x"], ["x", "x", "x"], Outcome.PASS),
        (["x", "x", "x"], [None, None, None], Outcome.UNDECIDED),
        (["", "", ""], ["x", "x", "x"], Outcome.PASS),
    ],
)
def test_a_critical_case_is_judged_by_the_majority_of_its_repeats(
    compared: Make, before: list[str], after: list[str | None], outcome: Outcome
) -> None:
    rest = [["x", "x", "x"]] * 199
    comparison = compared([before, *rest], [after, *rest], critical=True)
    found = check(comparison, "critical cases broken")
    assert found.outcome is outcome
    assert ("case-000" in found.explanation) is (outcome is not Outcome.PASS)


def test_one_broken_critical_case_fails_whatever_the_average_says(compared: Make) -> None:
    rest = [["x", "x", "x"]] * 199
    comparison = compared([["x"] * 3, *rest], [[""] * 3, *rest], critical=True)
    assert check(comparison, "change in format").outcome is Outcome.PASS
    verdict = comparison.verdict()
    assert (verdict.outcome, verdict.deciding.name) == (Outcome.FAIL, "critical cases broken")
    assert "case-000" in comparison.critical_cases()._repr_html_()


def test_a_clean_suite_that_is_too_small_warns_and_says_how_many_would_do(
    compared: Make,
) -> None:
    found = check(compared(["x"] * 40, ["x"] * 40), "level of format")
    # 0.05 ** (1 / 40) = 92.8 % < 95 %; 59 clean cases would show it.
    assert (found.outcome, found.needed) == (Outcome.WARN, 59)
    assert "59 would show 95.0 %" in found.explanation
    assert check(compared(["x"] * 59, ["x"] * 59), "level of format").outcome is Outcome.PASS


def test_the_policy_for_small_clean_suites_can_be_stricter(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> None:
    cases = case_set(40)
    run = run_of(cases, [["x"]] * 40)
    settings = read_settings()
    gate = settings.gate.model_copy(update={"clean_but_few": "undecided"})
    comparison = compare(run, run, cases, config=settings.model_copy(update={"gate": gate}))
    assert check(comparison, "level of format").outcome is Outcome.UNDECIDED
    assert check(comparison, "change in format").outcome is Outcome.UNDECIDED


def test_a_level_below_its_limit_fails_even_when_nothing_changed(compared: Make) -> None:
    side = ["x"] * 80 + [""] * 50
    comparison = compared(side, side)
    assert check(comparison, "change in format").outcome is Outcome.PASS
    assert check(comparison, "level of format").outcome is Outcome.FAIL


@pytest.mark.parametrize(("n", "outcome"), [(12, Outcome.WARN), (60, Outcome.PASS)])
def test_equal_latencies_on_few_cases_do_not_pass(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run], n: int, outcome: Outcome
) -> None:
    # n cases can miss z² / (n + z²) of all: 24 % of 12 and 6 % of 60, each up to 100 ms slower.
    cases = case_set(n)
    same = run_of(cases, [["x"]] * n, latency_ms=100.0)
    found = check(compare(same, same, cases), "change in latency")
    assert found.outcome is outcome
    assert found.interval.high == pytest.approx(100 * 3.8415 / (n + 3.8415), rel=1e-3)
    assert found.needed == (None if outcome is Outcome.PASS else 16)


def test_latency_and_cost_can_only_warn(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> None:
    cases = case_set(60)
    fast = run_of(cases, [["x"]] * 60, latency_ms=100.0, cost_usd=0.0)
    slow = run_of(cases, [["x"]] * 60, latency_ms=150.0, cost_usd=0.0)
    comparison = compare(fast, slow, cases)
    assert check(comparison, "change in latency").outcome is Outcome.WARN
    assert "latency (+50 ms)" in comparison.verdict().meaning
    assert check(comparison, "change in cost").outcome is Outcome.PASS
    back = compare(slow, fast, cases)
    assert check(back, "change in latency").outcome is Outcome.PASS


def test_a_price_where_there_was_none_is_no_pass(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> None:
    cases = case_set(60)
    free, paid = (run_of(cases, [["x"]] * 60, cost_usd=cost) for cost in (0.0, 0.1))
    assert check(compare(free, paid, cases), "change in cost").outcome is Outcome.WARN


def test_a_pass_says_that_it_may_be_merged_and_a_gain_is_named(compared: Make) -> None:
    verdict = compared(["x"] * 48 + [""] * 12, ["x"] * 60).verdict()
    assert verdict.outcome is Outcome.PASS
    assert "loses nowhere more than we accept; it is better on format" in verdict.meaning
    assert verdict.advice.startswith("Merge")


def test_what_was_lost_most_is_the_first_tile(compared: Make) -> None:
    lost = compared(["x"] * 40, [""] * 40).verdict()
    assert [tile.name for tile in lost.metrics] == ["format of the candidate"]
    assert compared(["x"] * 40, ["x"] * 40).verdict().metrics == ()


def test_a_warning_says_what_to_look_at_and_how_many_cases_settle_it(compared: Make) -> None:
    verdict = compared(["x"] * 40, ["x"] * 40).verdict()
    assert verdict.outcome is Outcome.WARN
    assert "for format there are too few cases to show it" in verdict.meaning
    assert "format: 40 of the 125 unchanged cases that would show it" in verdict.advice
    level = {c.name: c for c in verdict.checks}["level of format"]
    # 0.05 ** (1 / 40) = 92.8 %
    assert "Too few cases to show 95.0 %" in level.explanation
    assert "40 clean cases show at least 92.8 %" in level.explanation


def test_the_advice_names_the_cases_that_are_lacking(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> None:
    cases = case_set(150)
    run = run_of(cases, [["x"]] * 150)
    settings = read_settings()
    only = {"format": settings.metrics["format"].model_copy(update={"limit": 0.99})}
    comparison = compare(run, run, cases, config=settings.model_copy(update={"metrics": only}))
    # The rule of three: 299 clean cases show more than 99 %.
    told = "to settle it add cases: format: 150 of the 299 clean cases that would show it."
    assert comparison.verdict().advice.endswith(told)


def test_one_case_is_one_case(compared: Make) -> None:
    comparison = compared(["x"], [""], critical=True)
    verdict = comparison.verdict()
    told = json.dumps(verdict.to_dict()) + comparison.degraded().caption
    told += comparison.critical_cases().caption
    assert not re.search(r"\b1 (\w+ )?cases", told)


def test_a_table_of_no_critical_case_says_why_it_is_empty(compared: Make) -> None:
    side = ["x"] * 12
    assert "No case is marked" in compared(side, side).critical_cases().caption
    assert (
        "All 12 critical cases pass" in compared(side, side, critical=True).critical_cases().caption
    )


@pytest.mark.parametrize(("pvalue", "told"), [(0.094, False), (0.04, True), (None, False)])
def test_better_is_only_said_when_the_adjusted_test_says_so(
    compared: Make, *, pvalue: float | None, told: bool
) -> None:
    comparison = compared(["x"] * 48 + [""] * 12, ["x"] * 60)
    name = "change in format"
    checks = {name: replace(check(comparison, name), pvalue=pvalue)}
    view = metrics_view(comparison.metrics, checks, 0.05)
    assert ("measurably better on format" in view.caption) is told


def test_a_few_cases_leave_the_level_undecided_although_all_fail(compared: Make) -> None:
    found = check(compared([""] * 5, [""] * 5), "level of format")
    assert found.outcome is Outcome.UNDECIDED


def test_a_level_around_its_limit_is_undecided_with_the_cases_that_would_tell(
    compared: Make,
) -> None:
    side = ["x"] * 97 + [""] * 3
    found = check(compared(side, side), "level of format")
    assert found.outcome is Outcome.UNDECIDED
    assert found.needed is not None
    assert found.needed > 100
