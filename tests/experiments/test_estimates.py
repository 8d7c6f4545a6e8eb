import math

import numpy as np
import pandas as pd
import pytest

from mlops_lib import stats
from mlops_lib.experiments import Design, Estimate, Metric, own_metrics, read
from mlops_lib.experiments.estimates import estimate_all
from tests.experiments.story import Story


def estimates(frame: pd.DataFrame, design: Design) -> dict[str, Estimate]:
    return {each.metric.name: each for each in estimate_all(read(frame, design))}


def two_shares(control: tuple[int, int], treatment: tuple[int, int]) -> pd.DataFrame:
    """One row per user from (successes, n) of each variant."""
    won = [int(i < wins) for wins, n in (control, treatment) for i in range(n)]
    variant = ["control"] * control[1] + ["treatment"] * treatment[1]
    return pd.DataFrame({"user_id": range(len(won)), "variant": variant, "won": won})


def test_users_with_a_yes_or_no_give_newcombe_and_the_z_test() -> None:
    # experiments.json "two_proportion_z": 5/83 v 12/99, statsmodels docstring.
    each = estimates(two_shares((5, 83), (12, 99)), Design(metrics=own_metrics("won")))["won"]
    assert each.interval == pytest.approx((-0.027909954665286396, 0.14688264097875414), rel=1e-9)
    assert each.pvalue == pytest.approx(0.15918129181156992, rel=1e-9)
    assert each.lift == pytest.approx(1.0121212121212122)
    assert (each.units, each.rows) == ((83, 99), (83, 99))


def test_a_ratio_of_sums_agrees_with_tea_tasting() -> None:
    # experiments.json "ratio_delta".
    frame = pd.DataFrame(
        {
            "user_id": range(12),
            "variant": ["control"] * 6 + ["treatment"] * 6,
            "good": [1, 0, 2, 3, 1, 0, 2, 1, 3, 4, 2, 0],
            "given": [4, 3, 5, 6, 2, 4, 4, 3, 6, 6, 3, 4],
        }
    )
    metric = Metric(
        name="rate", value="good", per="given", columns=("good", "given"), role="primary"
    )
    each = estimates(frame, Design(metrics=(metric,)))["rate"]
    assert each.difference == pytest.approx(0.16987179487179488)
    assert each.interval == pytest.approx((-0.13355478336154858, 0.47329837310513834), rel=1e-9)
    assert each.pvalue == pytest.approx(0.2405575895401059, rel=1e-9)


def test_missing_scores_do_not_change_the_mean_of_the_others() -> None:
    # experiments.md, defects of peers: tea-tasting says 1.6641 for (1, 2, 3, 4, null) v 2..6;
    # correct is Welch's t = 1.5667.
    frame = pd.DataFrame(
        {
            "user_id": range(10),
            "variant": ["control"] * 5 + ["treatment"] * 5,
            "score": [1, 2, 3, 4, None, 2, 3, 4, 5, 6],
        }
    )
    each = estimates(frame, Design(metrics=own_metrics("score")))["score"]
    assert each.difference / each.standard_error == pytest.approx(1.5667, abs=5e-5)
    assert each.units == (4, 5)


def test_events_of_one_user_count_as_one_unit() -> None:
    once = estimates(two_shares((30, 80), (50, 90)), Design(metrics=own_metrics("won")))["won"]
    frame = pd.concat([two_shares((30, 80), (50, 90))] * 10)
    tenfold = estimates(frame, Design(metrics=own_metrics("won")))["won"]
    assert tenfold.interval == pytest.approx(once.interval, rel=1e-2)
    assert tenfold.rows == (800, 900)


def test_swapping_the_labels_flips_every_difference() -> None:
    log = Story(users=400, share=0.5).log()
    forward = estimates(log, Design(treatment_share=0.5))
    swapped = Design(treatment_share=0.5, control="treatment", treatment="control")
    backward = estimates(log, swapped)
    for name, each in forward.items():
        assert each.difference == pytest.approx(-backward[name].difference)
        low, high = backward[name].interval
        assert each.interval == pytest.approx((-high, -low))


def test_the_control_is_the_one_that_is_named_and_not_the_first_in_the_alphabet() -> None:
    # experiments.md, defects of peers: tea-tasting takes "candidate" for the control.
    frame = two_shares((10, 100), (30, 100)).replace(
        {"control": "production", "treatment": "candidate"}
    )
    design = Design(control="production", treatment="candidate", metrics=own_metrics("won"))
    assert estimates(frame, design)["won"].difference == pytest.approx(0.2)


def test_p95_is_the_quantile_of_the_rows() -> None:
    log = Story(users=300).log()
    each = estimates(log, Design())["P95 latency"]
    treated = log[log["variant"] == "treatment"]["latency_ms"]
    assert each.treatment == pytest.approx(float(np.quantile(treated, 0.95)))
    assert math.isnan(each.pvalue)
    assert each.lift_interval.is_known


def test_secondary_pvalues_are_adjusted_together_and_no_others() -> None:
    rng = np.random.default_rng(3)
    frame = two_shares((40, 100), (60, 100))
    for name in "abc":
        frame[name] = rng.random(200)
    frame["constant"] = 1.5
    design = Design(metrics=own_metrics("won", secondary="a, b, c, constant"))
    found = estimates(frame, design)
    raw = [found[name].pvalue for name in "abc"]
    assert [found[name].adjusted_pvalue for name in "abc"] == pytest.approx(stats.holm(raw))
    assert found["won"].adjusted_pvalue == found["won"].pvalue
    assert math.isnan(found["constant"].adjusted_pvalue)


def test_a_metric_that_one_variant_lacks_is_unknown() -> None:
    frame = two_shares((40, 100), (60, 100))
    frame["score"] = np.where(frame["variant"] == "control", 0.5, np.nan)
    each = estimates(frame, Design(metrics=own_metrics("won", secondary="score")))["score"]
    assert math.isnan(each.difference)
    assert not each.interval.is_known
    assert not each.always_valid.is_known
    assert each.units == (100, 0)


def test_the_always_valid_interval_contains_the_fixed_one() -> None:
    for each in estimates(Story().log(), Design()).values():
        assert each.always_valid.low < each.interval.low
        assert each.always_valid.high > each.interval.high
        if each.lift_interval.is_known:
            assert each.lift_always_valid.low < each.lift_interval.low


def test_the_minimum_detectable_effect_is_2_8_standard_errors() -> None:
    # z(.975) + z(.8) = 1.959964 + 0.841621.
    each = estimates(Story().log(), Design())["positive feedback"]
    assert each.minimum_detectable == pytest.approx(2.801585 * each.standard_error, rel=1e-6)
