"""The plan of a gate: against published numbers, and against simulation."""

import math

import numpy as np
import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import Answer, Case, CaseSet, Run, read_settings
from mlops_lib.evaluation.running.power import Noise, false_alarms, noise_of, plan_gate, plan_metric
from mlops_lib.evaluation.scorers import Evidence, choose_scorers
from mlops_lib.evaluation.scoring import ScoredRun, score_run
from mlops_lib.evaluation.settings import Decision, Rule, Settings

# By hand: four of the eight cases vary, each with variance 1/3, so within is 4/3/8 = 1/6; the
# variance of the eight means is 0.1408730, less a third of that leaves 0.0853174603 between.
MATRIX = [[1, 1, 0], [1, 1, 1], [0, 0, 1], [0, 0, 0], [1, 0, 1], [1, 1, 1], [0, 1, 0], [1, 1, 1]]


def test_variance_splits_into_within_and_between() -> None:
    noise = noise_of(MATRIX)
    assert noise is not None
    assert noise.within == pytest.approx(1 / 6)
    assert noise.between == pytest.approx(0.0853174603)
    errors = [noise.standard_error(8, repeats) for repeats in (1, 10, math.inf)]
    assert errors == pytest.approx([0.1774768, 0.1129071, 0.1032699], abs=5e-8)


# The example of Miller 2024 (arXiv 2411.00640): the true differences have variance 1/9, a repeat
# 1/6, and there are 198 cases.
@pytest.mark.parametrize(("repeats", "visible"), [(1, 0.1327333), (10, 0.0756696)])
def test_the_visible_drop_is_that_of_the_paper(repeats: int, visible: float) -> None:
    noise = Noise(within=1 / 6, between=0.1, mean=0.7, n=198, is_binary=True)
    plan = plan_metric(
        "m", noise, Rule(margin=0.03), Decision(), n=198, repeats=repeats, changed=1 / 9
    )
    assert plan.visible == pytest.approx(visible, abs=5e-8)


def test_a_drop_of_three_points_needs_as_many_cases_as_the_paper_says() -> None:
    noise = Noise(within=0.0, between=0.1, mean=0.7, n=198, is_binary=True)
    plan = plan_metric("m", noise, Rule(margin=0.03), Decision(), n=198, repeats=1, changed=1 / 9)
    assert plan.needed == 969


@pytest.mark.parametrize(
    ("n", "repeats", "margin"), [(100, 1, 0.03), (100, 2, 0.05), (50, 1, 0.05)]
)
def test_false_alarms_of_the_bare_rule_agree_with_simulation(
    n: int, repeats: int, margin: float
) -> None:
    # Every case passes with chance p, so that two runs disagree on 10 % of the cases.
    p = (1 + math.sqrt(1 - 2 * 0.1)) / 2
    rng = np.random.default_rng(8)
    draws = rng.binomial(n * repeats, p, size=(2, 20_000)) / (n * repeats)
    simulated = float(np.mean(draws[0] - draws[1] >= margin - 1e-9))
    error = math.sqrt(2 * p * (1 - p) / repeats / n)
    told, gate = false_alarms(margin, error, alpha=0.05, step=1 / (n * repeats))
    # Four standard errors of 20,000 draws, and 0.006 for the normal approximation.
    assert told == pytest.approx(simulated, abs=4 * math.sqrt(0.25 / 20_000) + 0.006)
    assert gate <= 0.025


def test_more_cases_and_more_repeats_see_more() -> None:
    noise = noise_of(MATRIX)
    assert noise is not None
    sizes = [(50, 1), (50, 3), (200, 3)]
    visible = [
        plan_metric("m", noise, Rule(), Decision(), n=n, repeats=k).visible for n, k in sizes
    ]
    assert visible == sorted(visible, reverse=True)


def test_a_baseline_without_repeats_cannot_plan() -> None:
    cases = CaseSet(name="c", cases=tuple(Case(case_id=f"c{i}", input="q") for i in range(20)))
    answers = tuple(Answer(case_id=case.case_id, output="Yes.") for case in cases.cases)
    settings = read_settings()
    evidence = Evidence(sections=None, scoring=settings.scoring)
    scorers = choose_scorers(settings.metrics)
    scored = score_run(Run(name="b.jsonl", answers=answers), cases, evidence, scorers=scorers)
    with pytest.raises(InputError, match="--repeats 2"):
        plan_gate(scored, cases, settings)


def scored_copies(copies: int, *, n: int = 40, clustered: bool = True) -> tuple[ScoredRun, CaseSet]:
    """Every question in so many copies; those of one question are a cluster, or stand alone."""
    names = [(f"c{i}-{j}", str(i) if clustered else "") for i in range(n) for j in range(copies)]
    cases = CaseSet(
        name="c",
        cases=tuple(
            Case(case_id=name, input="q", target="Yes.", cluster=group) for name, group in names
        ),
    )
    answers = tuple(
        Answer(case_id=name, repeat=repeat, output="Yes." if int(name[1:-2]) % 3 else "No.")
        for name, _ in names
        for repeat in range(2)
    )
    settings = exactly()
    evidence = Evidence(sections=None, scoring=settings.scoring)
    scorers = choose_scorers(settings.metrics)
    return score_run(Run(name="b", answers=answers), cases, evidence, scorers=scorers), cases


def exactly() -> Settings:
    return read_settings().model_copy(update={"metrics": {"right": Rule(scorer="exact")}})


def test_copies_of_a_question_see_no_more_than_the_question() -> None:
    (alone,) = plan_gate(*scored_copies(1), exactly())
    (copied,) = plan_gate(*scored_copies(4), exactly())
    (blind,) = plan_gate(*scored_copies(4, clustered=False), exactly())
    assert alone.design == blind.design == 1.0
    # By hand: CR1 over the naive variance of G clusters of m equal cases is (mG - 1) / (G - 1).
    assert copied.design == pytest.approx((4 * 40 - 1) / (40 - 1))
    assert copied.visible == pytest.approx(alone.visible, rel=0.02)
    assert blind.visible == pytest.approx(alone.visible / 2)
