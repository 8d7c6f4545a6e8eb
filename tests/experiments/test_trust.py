import pandas as pd
import pytest

from mlops_lib.experiments import Design, own_metrics, read
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.trust import check_trust
from mlops_lib.verdict import Check, Outcome
from tests.experiments.story import Story


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
