"""Several treatments against one control: one decision, one page, one record."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlops_lib import stats
from mlops_lib.errors import InputError
from mlops_lib.experiments import Action, Analysis, Design, Metric, analyse, own_metrics, read
from mlops_lib.experiments.record import read_evidence
from mlops_lib.plots import Picture
from mlops_lib.verdict import Outcome
from tests.experiments.story import Story


def users(rates: dict[str, float], *, each: int = 4000, seed: int = 3) -> pd.DataFrame:
    """Users of every arm with the given share that won, two days, two plans."""
    rng = np.random.default_rng(seed)
    arm = np.repeat(list(rates), each)
    n = arm.size
    return pd.DataFrame(
        {
            "user_id": range(n),
            "variant": arm,
            "time": np.where(rng.random(n) < 0.5, "2026-06-01", "2026-06-02"),
            "plan": np.where(rng.random(n) < 0.5, "free", "paid"),
            "won": rng.random(n) < np.array([rates[name] for name in arm]),
            "cost": rng.gamma(4, 0.25, n) * np.where(arm == "dear", 2.0, 1.0),
        }
    )


def three(*names: str, **more: object) -> Design:
    """Control and the named treatments in equal shares."""
    share = 1 / (len(names) + 1)
    design = Design(
        treatment=names[0],
        treatment_share=share,
        further=tuple((name, share) for name in names[1:]),
        metrics=own_metrics("won", guardrails="cost <= +15 %"),
    )
    return replace(design, **more)  # type: ignore[arg-type]


def compare(rates: dict[str, float], **more: object) -> Analysis:
    return analyse(users({"control": 0.5, **rates}), three(*rates, **more))


@pytest.mark.parametrize(
    ("rates", "treatment", "action"),
    [
        ({"bad": 0.4, "good": 0.6}, "good", Action.PROMOTE),
        ({"good": 0.6, "better": 0.7}, "better", Action.PROMOTE),
        ({"bad": 0.4, "flat": 0.52}, "flat", Action.UNDECIDED),
        ({"bad": 0.4, "worse": 0.3}, "bad", Action.DISCARD),
        ({"bad": 0.4, "dear": 0.6}, "dear", Action.ITERATE),
        ({"good": 0.55, "dear": 0.7}, "good", Action.PROMOTE),
    ],
)
def test_the_decision_names_one_treatment(
    rates: dict[str, float], treatment: str, action: Action
) -> None:
    result = compare(rates)
    assert (result.decision.treatment, result.decision.action) == (treatment, action)
    assert result.design.treatment == treatment
    assert [each.treatment for each in result.decision.others] != [treatment]
    assert all(repr(name) in result.verdict().meaning for name in rates)


def test_a_losing_treatment_does_not_stop_a_winning_one_and_is_told_of() -> None:
    verdict = compare({"bad": 0.4, "good": 0.6}).verdict()
    assert verdict.outcome is Outcome.WARN
    warning = next(check for check in verdict.checks if check.outcome is Outcome.WARN)
    assert warning.name == "difference in won, bad"
    assert "'bad' would be: discard" in warning.explanation


def test_two_winners_are_compared_with_each_other() -> None:
    assert "more than 'good', beyond chance" in compare({"good": 0.6, "best": 0.7}).decision.reason
    level = compare({"good": 0.6, "same": 0.6})
    assert "though not beyond chance" in level.decision.reason


def test_the_order_of_the_treatments_in_the_plan_does_not_matter() -> None:
    frame = users({"control": 0.5, "bad": 0.4, "good": 0.6})
    one, other = (analyse(frame, three(*names)) for names in (("bad", "good"), ("good", "bad")))
    assert one.decision == other.decision
    assert one.judged == other.judged


def test_each_treatment_is_read_as_alone_at_the_shared_alpha() -> None:
    frame = users({"control": 0.5, "bad": 0.4, "good": 0.6})
    alone = analyse(
        frame[frame["variant"] != "bad"],
        Design(treatment="good", treatment_share=0.5, alpha=0.025, metrics=own_metrics("won")),
    )
    together = analyse(frame, three("bad", "good", metrics=own_metrics("won")))
    assert together.primary.interval == pytest.approx(alone.primary.interval, rel=1e-12)
    assert together.primary.adjusted_pvalue == pytest.approx(2 * alone.primary.pvalue, rel=1e-9)


def test_secondary_metrics_of_all_treatments_are_corrected_together() -> None:
    frame = users({"control": 0.5, "a": 0.5, "b": 0.5})
    frame["one"], frame["two"] = frame["won"], frame["cost"]
    metrics = own_metrics("won", secondary="one, two")
    result = analyse(frame, three("a", "b", metrics=metrics))
    watched = [
        each for arm in result.arms for each in arm.estimates if each.metric.role == "secondary"
    ]
    assert len(watched) == 4
    holm = stats.holm([each.pvalue for each in watched])
    assert [each.adjusted_pvalue for each in watched] == pytest.approx(holm)


def test_four_treatments_without_effect_promote_none_in_95_percent() -> None:
    # 400 A/A/A/A/A experiments: some arm is taken for better or worse in at most
    # 5 % + 3.3 % (three standard errors); with an alpha for each it would be some 13 %.
    rng = np.random.default_rng(21)
    wins = rng.binomial(500, 0.4, (400, 5))
    confidence = Design(treatment_share=0.2, further=tuple((x, 0.2) for x in "abc")).confidence
    together = naive = 0
    for control, *treated in wins.tolist():
        together += any(_differs(control, each, confidence) for each in treated)
        naive += any(_differs(control, each, 0.95) for each in treated)
    assert together / 400 <= 0.083
    assert naive / 400 > 0.09


def _differs(control: int, treated: int, confidence: float) -> bool:
    found = stats.newcombe_difference(control, 500, treated, 500, confidence=confidence)
    return found.interval.excludes(0.0)


def test_one_page_shows_every_treatment() -> None:
    result = compare({"bad": 0.4, "good": 0.6}, segments=("plan",))
    assert "Variant" in result.table().columns
    assert [row[:2] for row in result.table().rows] == [
        ("won (primary)", "good"),
        ("won (primary)", "bad"),
        ("cost (guardrail)", "good"),
        ("cost (guardrail)", "bad"),
    ]
    assert {row[1] for row in result.segment_table().rows} == {"good", "bad"}
    assert list(result.to_frame()["variant"]) == ["good", "bad", "good", "bad"]
    for picture in (result.plot_effect(), result.plot_path(), result.plot_ratio()):
        assert "bad" in svg(picture)
        assert "good" in svg(picture)
        assert len(svg(picture)) < 60_000
        assert svg(picture) == svg(picture)
    assert "Treatment 'good' changes won" in result.verdict().meaning
    assert "Promote 'good'" in result.verdict().advice


def svg(picture: Picture) -> str:
    return picture._repr_mimebundle_()[0]["image/svg+xml"]


def test_one_record_holds_every_treatment_and_replays() -> None:
    result = compare({"bad": 0.4, "good": 0.6}, segments=("plan",))
    text = result.record()
    assert analyse(read_evidence(text)).record() == text
    content = json.loads(text)
    assert content["decision"]["treatment"] == "good"
    assert [each["action"] for each in content["decision"]["others"]] == ["discard"]
    assert len(content["others"]["bad"]) == 2


def test_a_broken_split_in_any_arm_shows_no_effect_at_all() -> None:
    frame = users({"control": 0.5, "bad": 0.4, "good": 0.6})
    lost = frame[(frame["variant"] != "bad") | (frame["user_id"] % 5 > 0)]
    result = analyse(lost, three("bad", "good"))
    assert result.decision.action is Action.INVALID
    assert "in 'bad' (28.6 %, planned 33.3 %)" in result.trust[0].explanation
    assert [row[0] for row in result.table().rows] == ["control", "bad", "good"]
    assert result.to_frame().empty
    assert not [check for check in result.checks() if "won" in check.name]


def test_a_treatment_without_any_unit_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"no unit is in the treatment alone.*got 'ghost'"):
        read(users({"control": 0.5, "good": 0.6}), three("good", "ghost"))


def test_an_arm_that_is_planned_with_no_units_costs_no_alpha() -> None:
    assert Design(treatment_share=0.5, further=(("off", 0.0),)).confidence == 0.95


def test_quantiles_and_covariates_of_every_treatment_are_compared() -> None:
    frame = users({"control": 0.5, "a": 0.5, "dear": 0.5})
    frame["before"] = frame["cost"] * 0.5
    metrics = (
        Metric(name="P90", value="cost", columns=("cost",), role="primary", quantile=0.9,
               good="low"),
        Metric(name="mean", value="cost", columns=("cost", "before"), covariate="before"),
    )  # fmt: skip
    result = analyse(frame, three("a", "dear", metrics=metrics, minimum_effect=0.0))
    arms = {arm.label: arm for arm in result.arms}
    assert arms["dear"].primary.lift == pytest.approx(1.0, abs=0.1)
    assert arms["a"].primary.lift == pytest.approx(0.0, abs=0.05)
    assert arms["dear"].decision.action is Action.DISCARD


def test_a_method_without_a_pvalue_reports_none() -> None:
    # The smaller of 1 and an unknown is unknown, and never printed as p = 1.
    found = analyse(Story(users=600).log(), Design())
    latency = next(each for each in found.estimates if each.metric.quantile is not None)
    assert math.isnan(latency.adjusted_pvalue)
    check = next(each for each in found.checks() if latency.metric.name in each.name)
    assert check.pvalue is None
