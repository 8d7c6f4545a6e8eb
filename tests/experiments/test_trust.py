import math

import numpy as np
import pandas as pd
import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import REQUEST_METRICS, Design, Metric, own_metrics, read
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.trust import check_trust
from mlops_lib.verdict import Check, Outcome
from tests.experiments.story import Story

FEEDBACK = Design(treatment_share=0.5, metrics=REQUEST_METRICS[:1])


def trust(evidence: Evidence) -> dict[str, Check]:
    return {check.name: check for check in check_trust(evidence)}


def split(control: int, treatment: int, share: float, extra: int = 0) -> Evidence:
    """One row per user: so many in each variant."""
    variants = ["control"] * control + ["treatment"] * treatment + ["holdout"] * extra
    frame = pd.DataFrame({"user_id": range(len(variants)), "variant": variants, "won": 1})
    frame.loc[::2, "won"] = 0
    return read(frame, Design(treatment_share=share, metrics=own_metrics("won")))


@pytest.mark.parametrize(
    ("control", "treatment", "share", "outcome"),
    [
        # experiments.json "srm": p = 2e-9; p = .0086 (Cookie Cats, scaled down: p > .001);
        # an unequal split as planned, p = .49.
        (5300, 4700, 0.5, Outcome.FAIL),
        (4470, 4549, 0.5, Outcome.PASS),
        (950, 55, 0.05, Outcome.PASS),
        (950, 55, 0.2, Outcome.FAIL),
    ],
)
def test_the_sample_ratio_is_held_against_the_plan(
    control: int, treatment: int, share: float, outcome: Outcome
) -> None:
    check = trust(split(control, treatment, share))["share of units in treatment"]
    assert check.outcome is outcome
    assert check.n == control + treatment


def test_a_mismatch_says_what_to_look_at() -> None:
    check = trust(split(700, 300, 0.5))["share of units in treatment"]
    assert "Sample ratio mismatch" in check.explanation
    assert "300 of 1,000 units" in check.explanation
    assert "treatment_share" in check.explanation


def test_units_outside_the_plan_are_a_leak() -> None:
    check = trust(split(500, 500, 0.5, extra=3))["units outside the plan"]
    assert check.outcome is Outcome.FAIL
    assert "'holdout' (3)" in check.explanation


@pytest.mark.parametrize(
    ("crossed", "outcome"), [(0, Outcome.PASS), (3, Outcome.WARN), (60, Outcome.FAIL)]
)
def test_units_in_two_variants_are_found(crossed: int, outcome: Outcome) -> None:
    evidence = read(Story(users=600, crossed=crossed).log(), Design())
    check = trust(evidence)["units in two variants"]
    assert check.outcome is outcome
    assert check.estimate == pytest.approx(crossed / 600)


def test_rows_of_nobody_are_reported() -> None:
    log = Story(users=200).log()
    log.loc[:9, "user_id"] = None
    check = trust(read(log, Design()))["rows without unit or variant"]
    assert check.outcome is Outcome.WARN
    assert "10 rows without a unit" in check.explanation


def test_feedback_that_is_missing_alike_is_no_alarm() -> None:
    check = trust(read(Story().log(), Design()))["missing values of positive feedback"]
    assert check.outcome is Outcome.PASS


def test_feedback_that_is_lost_in_treatment_is_an_alarm() -> None:
    found = trust(read(Story(silent=0.4).log(), Design()))
    check = found["missing values of positive feedback"]
    assert check.outcome is Outcome.FAIL
    assert check.estimate == pytest.approx(0.35 * 0.4, abs=0.03)


def test_a_certain_but_small_gap_is_only_a_warning() -> None:
    frame = pd.DataFrame(
        {
            "user_id": range(60_000),
            "variant": ["control", "treatment"] * 30_000,
            "won": [0.0, 1.0] * 30_000,
        }
    )
    frame.loc[1:1000:2, "won"] = None
    evidence = read(frame, Design(treatment_share=0.5, metrics=own_metrics("won")))
    check = trust(evidence)["missing values of won"]
    assert check.pvalue is not None
    assert check.pvalue < 0.001
    assert check.outcome is Outcome.WARN


def test_metrics_without_missing_values_are_not_asked() -> None:
    assert "missing values of cost per request" not in trust(read(Story().log(), Design()))


def test_units_in_a_variant_with_a_share_of_zero_are_a_leak() -> None:
    frame = pd.DataFrame({"user_id": range(1003), "variant": ["a", "b"] * 500 + ["c"] * 3})
    frame["won"] = frame["user_id"] % 2
    design = Design(
        control="a", treatment="b", treatment_share=0.5, further=(("c", 0.0),),
        metrics=own_metrics("won"),
    )  # fmt: skip
    check = trust(read(frame, design))["units outside the plan"]
    assert check.outcome is Outcome.FAIL
    assert "'c' (3)" in check.explanation


def test_the_ratio_of_three_variants_is_tested_as_one() -> None:
    frame = pd.DataFrame({"user_id": range(3000), "variant": ["a", "b", "c"] * 1000})
    frame["won"] = frame["user_id"] % 2
    design = Design(
        control="a", treatment="b", treatment_share=0.3, further=(("c", 0.3),),
        metrics=own_metrics("won"),
    )  # fmt: skip
    # By hand: 200^2 / 1200 + 2 * 100^2 / 900 = 55.6 with 2 degrees of freedom: e^-27.8.
    check = trust(read(frame, design))["share of units in treatment"]
    assert check.outcome is Outcome.FAIL
    assert check.pvalue == pytest.approx(math.exp(-(200**2 / 1200 + 2 * 100**2 / 900) / 2))


def test_peeking_reads_the_sequential_test() -> None:
    design = Design(treatment_share=0.5, peeking=True, metrics=own_metrics("won"))
    frame = pd.DataFrame(
        {"user_id": range(10_000), "variant": ["control"] * 5300 + ["treatment"] * 4700}
    )
    frame["won"] = frame["user_id"] % 2
    check = trust(read(frame, design))["share of units in treatment"]
    # experiments.json "srm": chi-square 2e-9, sequential 1.8e-7.
    assert check.pvalue == pytest.approx(1.811370910068954e-07, rel=1e-9)


def test_a_prompt_that_changed_within_a_variant_is_found() -> None:
    log = Story(users=300).log()
    log["prompt_version"] = (log["variant"] == "treatment").astype(int)
    design = Design(steady=("prompt_version",))
    assert trust(read(log, design))["changes of prompt_version"].outcome is Outcome.PASS
    changed = (log["variant"] == "treatment") & (log["time"] > "2026-06-20")
    log.loc[changed, "prompt_version"] = 7
    check = trust(read(log, design))["changes of prompt_version"]
    assert check.outcome is Outcome.FAIL
    assert check.explanation == "prompt_version changed within 'treatment': '1', '7'."


def test_an_effect_that_wears_off_is_found_and_a_steady_one_is_not() -> None:
    log = Story(users=3000, feedback=0.1, share=0.5).log()
    design = Design(treatment_share=0.5)
    assert trust(read(log, design))["change of the effect over time"].outcome is Outcome.PASS
    late = (log["variant"] == "treatment") & (log["time"] > "2026-06-19") & log["feedback"].notna()
    rng = np.random.default_rng(3)
    log.loc[late, "feedback"] = rng.choice([1.0, -1.0], late.sum())
    check = trust(read(log, design))["change of the effect over time"]
    assert check.outcome is Outcome.FAIL


def test_few_units_cannot_show_a_change_over_time() -> None:
    check = trust(read(Story(users=60).log(), Design()))["change of the effect over time"]
    assert check.outcome is Outcome.WARN
    assert "too few to compare" in check.explanation


def test_an_experiment_that_must_not_be_read_shows_no_effect_over_time() -> None:
    log = Story(users=800).log()
    assert "change of the effect over time" in trust(read(log, Design()))
    assert "change of the effect over time" not in trust(read(log, Design(treatment_share=0.5)))


def test_a_prompt_that_changed_in_a_request_log_is_found_without_being_named() -> None:
    log = Story(users=300).log()
    log["prompt_version"] = (log["variant"] == "treatment").astype(int)
    log.loc[log["time"] > "2026-06-20", "prompt_version"] = 9
    assert trust(read(log, Design()))["changes of prompt_version"].outcome is Outcome.FAIL
    assert "changes of prompt_version" not in trust(read(log, Design(steady=())))


def test_a_column_that_is_named_must_be_there() -> None:
    with pytest.raises(InputError, match="prompt_version: no such column"):
        read(Story(users=50).log(), Design(steady=("prompt_version",)))


def test_a_stray_time_does_not_hide_an_effect_that_wears_off() -> None:
    log = Story(users=3000, feedback=0.1, share=0.5).log()
    late = (log["variant"] == "treatment") & (log["time"] > "2026-06-19") & log["feedback"].notna()
    log.loc[late, "feedback"] = np.random.default_rng(3).choice([1.0, -1.0], late.sum())
    log.loc[0, "time"] = "1970-01-01T00:00:00.000Z"
    check = trust(read(log, Design(treatment_share=0.5)))["change of the effect over time"]
    assert check.outcome is Outcome.FAIL


def test_a_quantile_says_that_its_change_over_time_was_not_tested() -> None:
    p95 = Metric(
        name="p95", value="latency_ms", columns=("latency_ms",), role="primary", quantile=0.95
    )
    check = trust(read(Story(users=300).log(), Design(metrics=(p95,))))
    assert check["change of the effect over time"].outcome is Outcome.WARN


def test_a_steady_effect_is_rarely_taken_for_one_that_wears_off() -> None:
    # 40 experiments with a true effect and habits of users: 0.1 % each; more than 1 would come
    # by chance with a probability of .0008.
    alarms = 0
    for seed in range(40):
        log = Story(users=250, days=8, share=0.5, feedback=0.1, seed=seed).log()
        check = trust(read(log, FEEDBACK))["change of the effect over time"]
        alarms += check.outcome is Outcome.FAIL
    assert alarms <= 1


def test_units_that_are_lost_in_one_variant_only_are_an_alarm() -> None:
    log = Story(users=2000, share=0.5).log()
    rng = np.random.default_rng(4)
    lost = (log["variant"] == "treatment") & (rng.random(len(log)) < 0.08)
    log.loc[lost, "user_id"] = None
    check = trust(read(log, Design(treatment_share=0.5)))["rows without unit or variant"]
    assert check.outcome is Outcome.FAIL
    assert "0.0 % in 'control'" in check.explanation


def test_a_large_part_without_units_is_an_alarm() -> None:
    log = Story(users=500, share=0.5).log()
    log.loc[np.random.default_rng(5).random(len(log)) < 0.3, "user_id"] = None
    check = trust(read(log, Design(treatment_share=0.5)))["rows without unit or variant"]
    assert check.outcome is Outcome.FAIL


def test_users_without_a_name_in_both_variants_are_rarely_an_alarm() -> None:
    # 40 experiments in which one user in twenty is nobody with all of their rows, however many:
    # 0.1 % each; more than 1 would come by chance with a probability of .0008.
    alarms = 0
    for seed in range(40):
        log = Story(users=250, days=8, share=0.5, seed=seed).log()
        users = log["user_id"].unique()
        nobody = np.random.default_rng(seed).choice(users, len(users) // 20, replace=False)
        log.loc[log["user_id"].isin(nobody), "user_id"] = None
        check = trust(read(log, FEEDBACK))["rows without unit or variant"]
        alarms += check.outcome is Outcome.FAIL
    assert alarms <= 1


@pytest.mark.parametrize(
    "design",
    [{"steady": ("judge_version",)}, {"same": ("judge_version",)}],
)
def test_two_judges_do_not_measure_one_thing(design: dict[str, tuple[str, ...]]) -> None:
    log = Story(users=300).log()
    log["judge_version"] = np.where(log["variant"] == "treatment", "j2", "j1")
    check = trust(read(log, Design(**design)))["changes of judge_version"]  # type: ignore[arg-type]
    assert check.outcome is Outcome.FAIL
    assert check.explanation == (
        "judge_version differs between the variants: 'j1' in 'control'; 'j2' in 'treatment'."
    )
    log["judge_version"] = "j1"
    found = trust(read(log, Design(**design)))  # type: ignore[arg-type]
    assert found["changes of judge_version"].outcome is Outcome.PASS
