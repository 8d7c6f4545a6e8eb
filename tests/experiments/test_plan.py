import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_lib import stats
from mlops_lib.errors import InputError
from mlops_lib.experiments import REQUEST_METRICS, Design, Expectation, own_metrics, plan, read
from mlops_lib.experiments.estimates import estimate_all
from tests.experiments.story import Story

HALF = Design(treatment_share=0.5, minimum_effect=0.02)


def expecting(**beliefs: float) -> Design:
    return replace(HALF, expected=Expectation(**beliefs))


def pairs_expecting(correlation: float) -> Design:
    belief = Expectation(level=0.5, correlation=correlation)
    return replace(HALF, paired=True, expected=belief)


def test_shares_need_what_the_unpooled_formula_says() -> None:
    # experiments.json "power": .10 to .12, 80 %: 3838.102 per arm, unpooled.
    assert plan(expecting(level=0.10)).units == 2 * 3838 + 1


def test_a_plan_opens_with_its_hypothesis() -> None:
    planned = plan(replace(expecting(level=0.10), hypothesis="Shorter answers help more."))
    assert planned.sentence.startswith("Hypothesis: Shorter answers help more. To find a change")
    assert plan(expecting(level=0.10)).sentence.startswith("To find a change")


def test_means_need_what_the_normal_approximation_says() -> None:
    # experiments.json "power": mean .1, variance .09, 20 %: 7,066 in all (t), 7,065 normal.
    design = replace(expecting(level=0.1, deviation=0.3), minimum_effect=0.02)
    assert plan(design).units == pytest.approx(7065, abs=2)


def test_pairs_need_fewer_the_more_they_agree() -> None:
    sizes = [plan(pairs_expecting(r)).units or 0 for r in (0.0, 0.5, 0.9)]
    assert sizes == sorted(sizes, reverse=True)
    # By hand: without correlation, a pair is a unit on either side: half of the two groups' sum.
    assert sizes[0] == pytest.approx((plan(expecting(level=0.5)).units or 0) / 2, abs=1)
    assert "pairs" in plan(pairs_expecting(0.5)).sentence


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"paired": True, "expected": Expectation(level=0.5)}, "correlation: is missing"),
        ({"expected": Expectation(level=0.5, correlation=0.5)}, "belongs to a paired design"),
        (
            {
                "expected": Expectation(level=900.0, deviation=300.0),
                "metrics": (replace(REQUEST_METRICS[-1], role="primary"),),
            },
            "tells nothing of a quantile; leave it out, and plan from a log",
        ),
    ],
)
def test_beliefs_from_which_nothing_can_be_planned_are_refused(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        replace(HALF, **wrong)


def test_a_t_test_pays_for_the_spread_that_it_estimates() -> None:
    # R: power.t.test(delta = 0.5, power = 0.8): n = 63.76576 per group; type = "paired": 33.36713.
    design = replace(expecting(level=0.0, deviation=1.0), minimum_effect=0.5)
    assert plan(design).units == math.ceil(2 * 63.76576)
    # A correlation of one half leaves a pair's difference the deviation of one side.
    belief = Expectation(level=0.0, deviation=1.0, correlation=0.5)
    assert plan(replace(design, paired=True, expected=belief)).units == math.ceil(33.36713)


def test_a_metric_that_should_fall_is_planned_downwards() -> None:
    errors = replace(own_metrics("errors", good="low")[0], unit="share")
    sentence = plan(replace(expecting(level=0.10), metrics=(errors,))).sentence
    assert "a change of -2.0 points in errors" in sentence.replace("\u2212", "-")


def test_a_covariate_saves_units_in_the_plan_as_in_the_analysis() -> None:
    # By hand: a correlation of 0.8 leaves 1 - 0.8^2 = 36 % of the variance, and of the units.
    rng = np.random.default_rng(6)
    before = rng.normal(0, 1, 4000)
    log = pd.DataFrame(
        {
            "user_id": np.arange(4000),
            "score": 0.8 * before + 0.6 * rng.normal(0, 1, 4000),
            "before": before,
            "time": "2026-01-01T00:00:00Z",
        }
    )
    plain = replace(HALF, metrics=own_metrics("score"))
    adjusted = replace(
        plain,
        metrics=(replace(plain.primary, covariate="before", columns=("score", "before")),),
    )
    saved = (plan(adjusted, log).units or 0) / (plan(plain, log).units or 1)
    assert saved == pytest.approx(0.36, abs=0.03)


def test_traffic_becomes_days_and_peeking_costs() -> None:
    design = expecting(level=0.10, units_per_day=200.0)
    assert plan(design).days == 39
    watched = plan(replace(design, peeking=True))
    assert (watched.days or 0) > 39


def test_the_planned_power_is_found_in_simulation() -> None:
    # 80 % +- 5.4 % (three standard errors of 500 experiments) at the planned n.
    n = plan(expecting(level=0.3)).units or 0
    rng = np.random.default_rng(2)
    hits = rng.binomial(n // 2, (0.3, 0.32), (500, 2))
    found = sum(stats.newcombe_difference(a, n // 2, b, n // 2).interval.low > 0 for a, b in hits)
    assert abs(found / 500 - 0.8) <= 0.054


def test_a_log_says_what_its_own_experiment_could_find() -> None:
    log = Story(users=1000, feedback=0.0).log()
    planned = plan(Design(), log)
    actual = estimate_all(read(log, Design()))[0]
    last = next(each for each in reversed(planned.reach) if not each.is_forecast)
    assert last.units == log["user_id"].nunique()
    assert last.effect == pytest.approx(actual.minimum_detectable, rel=0.1)
    assert planned.table().rows


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(InputError, match="needs a log, or `expected`"):
        plan(HALF)
    with pytest.raises(InputError, match="correlation if it is paired"):
        plan(replace(HALF, paired=True), Story(users=20).log())
    with pytest.raises(InputError, match="must stay between 0 and 1"):
        plan(expecting(level=0.99))
    latency = Design(metrics=own_metrics("latency_ms"), time="when")
    with pytest.raises(InputError, match="when: no such column"):
        plan(latency, Story(users=20).log())


def test_without_a_minimum_effect_no_number_is_enough() -> None:
    endless = replace(expecting(level=0.3), minimum_effect=0.0)
    assert plan(endless).units is None
    assert "say what is worth having" in plan(endless).sentence


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlops_lib", "experiment", "plan", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_answers_and_refuses(tmp_path: Path) -> None:
    Story(users=200).log().to_parquet(tmp_path / "log.parquet")
    text = "hypothesis: h\nminimum_effect: 0.1\nvariants: {a: 0.5, b: 0.5}\n"
    (tmp_path / "exp.yaml").write_text(text)
    done = command(str(tmp_path / "exp.yaml"), "--log", str(tmp_path / "log.parquet"))
    assert done.returncode == 0, done.stderr
    assert "takes" in done.stdout
    assert "After day" in done.stdout
    bad = command(str(tmp_path / "nowhere.yaml"))
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr


def test_a_quantile_is_planned_from_the_log() -> None:
    log = Story(users=1500, feedback=0.0).log()
    p95 = replace(REQUEST_METRICS[-1], role="primary")
    design = Design(metrics=(p95,), minimum_effect=300.0)
    planned = plan(design, log)
    actual = estimate_all(read(log, design))[0]
    last = next(each for each in reversed(planned.reach) if not each.is_forecast)
    # Half the width of an order-statistic interval over z is itself an estimate: within 30 %.
    assert last.effect == pytest.approx(actual.minimum_detectable, rel=0.3)
    assert planned.level == pytest.approx(log["latency_ms"].quantile(0.95))
    assert "ms in P95 latency" in planned.sentence
    assert last.day == 21


def test_a_pilot_plans_pairs() -> None:
    # Connor 1987 as in stats.connor_cases(0.10, 0.05): 469 cases for an effect of 5 points where
    # 15 % of the cases differ.
    pairs = [(1, 0)] * 10 + [(0, 1)] * 5 + [(1, 1)] * 85
    frame = pd.DataFrame(
        {
            "case_id": np.repeat(np.arange(100), 2),
            "variant": ["control", "treatment"] * 100,
            "won": np.array(pairs).ravel(),
        }
    )
    design = Design(unit="case_id", paired=True, metrics=own_metrics("won"), minimum_effect=0.05)
    found = plan(design, frame)
    assert found.units == 469
    assert "469 pairs" in found.sentence
    assert (plan(replace(design, peeking=True), frame).units or 0) > 469
    assert (plan(replace(design, minimum_effect=0.3), frame).units or 0) < 30


def test_pairs_of_numbers_are_planned_from_their_differences() -> None:
    rng = np.random.default_rng(4)
    before = rng.normal(10, 5, 500)
    frame = pd.DataFrame(
        {
            "case_id": np.tile(np.arange(500), 2),
            "variant": np.repeat(["control", "treatment"], 500),
            "score": np.concatenate([before, before + rng.normal(0, 1, 500)]),
        }
    )
    design = Design(unit="case_id", paired=True, metrics=own_metrics("score"), minimum_effect=0.1)
    # By hand: ((1.96 + 0.8416) * 1 / 0.1)^2 = 785 pairs at a deviation of 1.
    assert plan(design, frame).units == pytest.approx(785, rel=0.2)


def test_events_that_are_alike_are_worth_fewer() -> None:
    alone = plan(expecting(level=0.3)).units or 0
    # By hand: ten copies of one event are one event; ten independent ones are ten.
    same = plan(expecting(level=0.3, events_per_unit=10.0, events_correlation=1.0)).units
    apart = plan(expecting(level=0.3, events_per_unit=10.0)).units or 0
    assert same == alone
    assert apart == pytest.approx(alone / 10, abs=1)


def test_users_with_correlated_events_are_planned_with_the_promised_power() -> None:
    # 400 experiments at the planned n: 80 % +- 6 %. Beta(4p, 4(1-p)): intraclass 1/5.
    design = expecting(level=0.3, events_per_unit=8.0, events_correlation=0.2)
    n = (plan(replace(design, minimum_effect=0.05)).units or 0) // 2
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(400):
        sides = [
            stats.ratio(rng.binomial(8, rng.beta(4 * p, 4 * (1 - p), n)), np.full(n, 8))
            for p in (0.3, 0.35)
        ]
        found += stats.clustered_share_difference(*sides).interval.low > 0
    assert abs(found / 400 - 0.8) <= 0.06


def test_several_treatments_need_more_units() -> None:
    three = replace(
        expecting(level=0.3), treatment_share=0.25, further=(("b", 0.25), ("c", 0.25)),
    )  # fmt: skip
    found = plan(three)
    assert (found.units or 0) > 2 * (plan(expecting(level=0.3)).units or 0)
    assert "control and 3 treatments" in found.sentence
    # The comparison with the smallest arm is the slowest, and decides.
    uneven = replace(three, treatment_share=0.4, further=(("b", 0.25), ("c", 0.1)))
    assert (plan(uneven).units or 0) > (found.units or 0)


def test_a_yes_or_no_in_the_log_is_planned_in_points() -> None:
    log = Story(users=300).log().assign(won=lambda rows: (rows["feedback"] == 1).astype(int))
    sentence = plan(Design(metrics=own_metrics("won")), log).sentence
    assert "a change of +2.0 points in won" in sentence


def scores(users: int) -> pd.DataFrame:
    """A log of one day: a yes or no in three of ten, and a cost with mean 10 and deviation 5."""
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "user_id": np.arange(users),
            "won": rng.random(users) < 0.3,
            "cost": rng.normal(10, 5, users),
            "time": "2026-01-01T00:00:00Z",
        }
    )


def test_the_guardrail_that_needs_most_sets_the_size() -> None:
    # By hand: 4 * (1.95996 + 0.84162)^2 * 5^2 / 0.5^2 = 3,140 units show that the cost rose by
    # no more than 5 % of 10; the primary metric needs far fewer.
    metrics = own_metrics("won", guardrails="cost <= +5 %")
    design = replace(HALF, metrics=metrics, minimum_effect=0.1)
    found = plan(design, scores(5000))
    assert found.guardrails[0].units == pytest.approx(3140, rel=0.05)
    assert found.units == found.guardrails[0].units
    assert (plan(replace(design, metrics=metrics[:1]), scores(5000)).units or 0) < 1000
    assert "no guardrail is broken, takes" in found.sentence
    assert "Guardrails alone: cost " in found.sentence


def test_the_planned_guardrail_holds_as_often_as_promised() -> None:
    # 500 experiments without any harm, at the planned n: 80 % +- 5.4 %.
    metrics = own_metrics("won", guardrails="cost <= +0.5")
    n = (plan(replace(HALF, metrics=metrics, minimum_effect=0.1), scores(5000)).units or 0) // 2
    rng = np.random.default_rng(8)
    held = sum(
        stats.welch_difference(*rng.normal(10, 5, (2, n))).interval.high <= 0.5 for _ in range(500)
    )
    assert abs(held / 500 - 0.8) <= 0.054


def test_a_guardrail_that_no_number_shows_is_named() -> None:
    metrics = (own_metrics("won")[0], replace(own_metrics("cost")[0], role="guardrail"))
    sentence = plan(replace(HALF, metrics=metrics), scores(500)).sentence
    assert "cost has no margin" in sentence
    believed = replace(expecting(level=0.3), metrics=metrics)
    assert "Only a log tells how many units the guardrails need: cost." in plan(believed).sentence


def test_a_quantile_guardrail_is_planned_from_its_own_interval() -> None:
    log = Story(users=1500, feedback=0.0).log()
    found = plan(Design(), log)
    # A margin of twice the size needs a quarter of the units.
    wide = (*REQUEST_METRICS[:-1], replace(REQUEST_METRICS[-1], margin=0.2))
    needs = [each.guardrails[-1].units or 0 for each in (found, plan(Design(metrics=wide), log))]
    assert needs[0] == pytest.approx(4 * needs[1], abs=4)


def test_pairs_pay_for_their_guardrails_too() -> None:
    # By hand: ((1.95996 + 0.84162) * 1 / 0.1)^2 = 785 pairs at differences with a deviation of 1.
    rng = np.random.default_rng(9)
    cost, won = rng.normal(10, 5, 500), rng.random(500) < 0.5
    frame = pd.DataFrame(
        {
            "case_id": np.tile(np.arange(500), 2),
            "variant": np.repeat(["control", "treatment"], 500),
            "won": np.concatenate([won, won ^ (rng.random(500) < 0.1)]),
            "cost": np.concatenate([cost, cost + rng.normal(0, 1, 500)]),
        }
    )
    metrics = own_metrics("won", guardrails="cost <= +0.1")
    design = Design(unit="case_id", paired=True, metrics=metrics, minimum_effect=0.09)
    found = plan(design, frame)
    assert found.guardrails[0].units == pytest.approx(785, rel=0.2)
    assert found.units == found.guardrails[0].units
