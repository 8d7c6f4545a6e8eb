"""Decisions that products ask for: cheaper without being worse; three arms; a covariate."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import CompareMeans

from mlops_lib.experiments import Action, Design, Metric, analyse, own_metrics


def replies(*, quality: float, cost: float, users: int = 6000) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    treated = rng.random(users) < 0.5
    return pd.DataFrame(
        {
            "user_id": range(users),
            "variant": np.where(treated, "treatment", "control"),
            "good": rng.random(users) < 0.8 + quality * treated,
            "cost": rng.gamma(4, 0.25, users) * np.where(treated, cost, 1),
        }
    )


CHEAPER = Design(
    treatment_share=0.5,
    minimum_effect=0.0,
    metrics=own_metrics("cost", good="low", guardrails="good >= -5 points"),
)


@pytest.mark.parametrize(
    ("quality", "cost", "action"),
    [
        (0.0, 0.8, Action.PROMOTE),
        (-0.15, 0.8, Action.ITERATE),
        (0.0, 1.2, Action.DISCARD),
        (0.0, 1.0, Action.UNDECIDED),
    ],
)
def test_quality_not_worse_and_cost_lower_is_one_decision(
    quality: float, cost: float, action: Action
) -> None:
    assert analyse(replies(quality=quality, cost=cost), CHEAPER).decision.action is action


def test_events_give_what_statsmodels_gives_on_the_users_means() -> None:
    rng = np.random.default_rng(11)
    users = pd.DataFrame(
        {"user_id": range(300), "variant": rng.choice(["control", "treatment"], 300)}
    )
    users["score"] = rng.normal(1e6, 3, 300)
    result = analyse(users, Design(treatment_share=0.5, metrics=own_metrics("score"))).primary
    b, a = (users.loc[users["variant"] == arm, "score"] for arm in ("treatment", "control"))
    peer = CompareMeans.from_data(b, a)
    assert result.interval == pytest.approx(peer.tconfint_diff(usevar="unequal"), rel=1e-9)
    assert result.pvalue == pytest.approx(peer.ttest_ind(usevar="unequal")[1], rel=1e-9)


def test_a_covariate_narrows_and_a_missing_one_is_no_reason_to_leave_a_user_out() -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"user_id": range(4000), "variant": ["control", "treatment"] * 2000})
    frame["before"] = rng.gamma(4, 1, 4000)
    frame["cost"] = (
        frame["before"] + rng.normal(0, 0.5, 4000) + 0.1 * (frame["variant"] == "treatment")
    )
    frame.loc[::10, "before"] = None
    plain = Metric(name="cost", value="cost", columns=("cost", "before"), role="primary")
    with_covariate = Metric(
        name="cost", value="cost", columns=("cost", "before"), role="primary", covariate="before"
    )
    wide, narrow = (
        analyse(frame, Design(treatment_share=0.5, metrics=(metric,))).primary
        for metric in (plain, with_covariate)
    )
    assert narrow.standard_error < 0.6 * wide.standard_error
    assert sum(narrow.units) == 4000
    assert narrow.interval.low < 0.1 < narrow.interval.high
    assert "CUPED" in narrow.method


def test_a_table_of_users_may_say_so_and_is_held_to_it() -> None:
    frame = replies(quality=0.1, cost=0.9)
    design = Design(treatment_share=0.5, metrics=own_metrics("good", secondary="cost"))
    from dataclasses import replace

    from mlops_lib.errors import InputError

    fast = replace(design, one_row_per_unit=True)
    for one, other in zip(
        analyse(frame, design).estimates, analyse(frame, fast).estimates, strict=True
    ):
        assert one.interval == pytest.approx(other.interval, rel=1e-12)
    with pytest.raises(InputError, match="comes in 2 rows"):
        analyse(pd.concat([frame, frame.head(1)]), fast)


def test_two_treatments_share_the_alpha() -> None:
    frame = replies(quality=0.0, cost=1.0)
    third = frame.tail(2000).index
    frame.loc[third, "variant"] = "other"
    design = Design(treatment_share=1 / 3, further=(("other", 1 / 3),), metrics=own_metrics("good"))
    result = analyse(frame, design)
    assert result.is_valid
    assert result.design.confidence == pytest.approx(0.975)
    assert "97.5 % interval" in result.table().columns
