import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from mlops_lib import stats
from mlops_lib.errors import InputError
from mlops_lib.experiments import Action, Design, Metric, analyse, own_metrics
from mlops_lib.experiments.record import read_evidence
from mlops_lib.verdict import Outcome

PAIRED = Design(unit="case_id", paired=True, metrics=own_metrics("won"))


def answered(table: tuple[int, int, int, int]) -> pd.DataFrame:
    """Cases in which both, only control, only treatment, neither succeeded."""
    both = [(1, 1), (1, 0), (0, 1), (0, 0)]
    pairs = [pair for pair, n in zip(both, table, strict=True) for _ in range(n)]
    return pd.DataFrame(
        {
            "case_id": np.repeat(np.arange(len(pairs)), 2),
            "variant": ["control", "treatment"] * len(pairs),
            "won": np.array(pairs).ravel(),
        }
    )


def test_yes_and_no_give_mcnemar() -> None:
    # experiments.json "mcnemar" [[794, 86], [150, 570]]: exact p 3.716e-05; the mid-p is smaller.
    result = analyse(answered((794, 86, 150, 570)), PAIRED).primary
    assert result.difference == pytest.approx((150 - 86) / 1600)
    assert 2e-5 < result.pvalue < 3.7159361395713866e-05
    assert result.units == (1600, 1600)
    assert "McNemar" in result.method


def test_numbers_give_the_paired_t_test_of_scipy() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(5, 2, 60)
    b = a + rng.normal(0.3, 0.5, 60)
    frame = pd.DataFrame(
        {
            "case_id": np.tile(np.arange(60), 2),
            "variant": np.repeat(["control", "treatment"], 60),
            "won": np.concatenate([a, b]),
        }
    )
    result = analyse(frame, PAIRED).primary
    expected = scipy_stats.ttest_rel(b, a)
    assert result.pvalue == pytest.approx(expected.pvalue, rel=1e-9)
    assert result.interval == pytest.approx(tuple(expected.confidence_interval()), rel=1e-9)


def test_a_ratio_of_pairs_is_compared_and_its_lift_guarded() -> None:
    rng = np.random.default_rng(7)
    hard = np.repeat(rng.gamma(4, 1, 200), 4)
    frame = pd.DataFrame(
        {"case_id": np.repeat(np.arange(200), 4), "variant": ["control", "treatment"] * 400}
    )
    frame["words"] = 1 + rng.poisson(20, 800)
    treated = frame["variant"] == "treatment"
    frame["cost"] = frame["words"] * (hard + rng.normal(0, 0.2, 800)) * np.where(treated, 0.9, 1)
    frame["won"] = rng.random(800) < 0.5
    metrics = (
        Metric(name="cost per word", value="cost", per="words", columns=("cost", "words"),
               role="primary", good="low"),
        Metric(name="cost", value="cost", columns=("cost",), role="guardrail", good="low",
               margin=0.05, is_relative=True),
    )  # fmt: skip
    result = analyse(frame, Design(unit="case_id", paired=True, metrics=metrics))
    primary, guardrail = result.estimates
    sums = frame.groupby("variant")[["cost", "words"]].sum()
    levels = sums["cost"] / sums["words"]
    assert primary.difference == pytest.approx(levels["treatment"] - levels["control"])
    assert primary.lift_interval.low < -0.1 < primary.lift_interval.high
    assert "pairs" in primary.method
    assert guardrail.lift_interval.high < 0
    assert result.judged[1].unit == "share"
    assert result.decision.action is Action.PROMOTE
    assert analyse(read_evidence(result.record())).record() == result.record()


def test_cases_with_one_answer_are_left_out_and_too_many_are_invalid() -> None:
    frame = answered((40, 5, 30, 25))
    assert analyse(frame.iloc[1:], PAIRED).trust[0].outcome is Outcome.WARN
    lost = frame.drop(index=range(0, 20, 2))
    result = analyse(lost, PAIRED)
    assert result.decision.action is Action.INVALID
    assert "10 of 100 cases" in result.trust[0].explanation


def test_a_paired_experiment_is_decided_and_replayed() -> None:
    result = analyse(answered((40, 5, 30, 25)), PAIRED)
    assert result.decision.action is Action.PROMOTE
    assert analyse(read_evidence(result.record())).record() == result.record()
    assert "no split" in result.plot_ratio().alt


def test_a_judge_that_changed_between_the_cases_is_found() -> None:
    frame = answered((40, 5, 30, 25))
    design = Design(unit="case_id", paired=True, metrics=own_metrics("won"), steady=("judge",))
    assert analyse(frame.assign(judge="v1"), design).is_valid
    frame["judge"] = np.where(frame["case_id"] < 50, "v1", "v2")
    assert analyse(frame, design).decision.action is Action.INVALID


def test_what_has_no_pairs_is_refused() -> None:
    frame = answered((4, 4, 4, 4))
    with pytest.raises(InputError, match="no case was answered by both"):
        analyse(frame.assign(case_id=range(len(frame))), PAIRED)
    p95 = Metric(name="p95", value="won", columns=("won",), role="primary", quantile=0.9)
    with pytest.raises(InputError, match="has no pairs"):
        analyse(frame, Design(unit="case_id", paired=True, metrics=(p95,)))
    with pytest.raises(InputError, match=r"two variants, not more(.|\n)*not analysed"):
        Design(paired=True, further=(("c", 0.1),), segments=("plan",))


def test_pairs_of_one_conversation_count_as_a_cluster() -> None:
    # Against an estimator of its own: cluster-robust (CR1) over the case differences.
    rng = np.random.default_rng(11)
    talk = np.repeat(np.arange(80), rng.integers(1, 8, 80))
    mood = rng.normal(0, 1, 80)[talk]
    a = rng.normal(5, 1, talk.size)
    b = a + 0.2 + mood + rng.normal(0, 0.3, talk.size)
    frame = pd.DataFrame(
        {
            "talk": np.tile(talk, 2),
            "variant": np.repeat(["control", "treatment"], talk.size),
            "rating": np.concatenate([a, b]),
            "answers": 1,
        }
    )
    metric = Metric(
        name="rating", value="rating", per="answers", columns=("rating", "answers"), role="primary"
    )
    found = analyse(frame, Design(unit="talk", paired=True, metrics=(metric,))).primary
    expected = stats.paired_by_cluster(a.tolist(), b.tolist(), [str(each) for each in talk])
    assert found.difference == pytest.approx(expected.estimate, rel=1e-9)
    assert found.interval == pytest.approx(tuple(expected.interval), rel=1e-9)
    assert found.units == (80, 80)
    alone = scipy_stats.ttest_rel(b, a).confidence_interval()
    assert found.interval.high - found.interval.low > 1.3 * (alone.high - alone.low)


def test_scores_that_are_missing_on_one_side_are_an_alarm() -> None:
    # No true effect, and no score for the worst third of the treatment's answers.
    rng = np.random.default_rng(12)
    scores = rng.normal(0, 1, (400, 2))
    scores[scores[:, 1] < np.quantile(scores[:, 1], 0.3), 1] = np.nan
    frame = pd.DataFrame({"case_id": np.repeat(np.arange(400), 2), "won": scores.ravel()})
    frame["variant"] = ["control", "treatment"] * 400
    result = analyse(frame, PAIRED)
    assert result.decision.action is Action.INVALID
    check = next(each for each in result.trust if each.name == "missing values of won")
    assert check.estimate == pytest.approx(120 / 400)
    assert analyse(read_evidence(result.record())).record() == result.record()


def test_scores_that_are_missing_alike_are_rarely_an_alarm() -> None:
    # 60 experiments of 200 pairs, one score in ten missing, more so for hard cases: 0.1 % each;
    # more than 1 would come by chance with a probability of .002.
    rng, alarms = np.random.default_rng(13), 0
    for _ in range(60):
        scores, chance = rng.normal(0, 1, (200, 2)), rng.beta(1, 9, 200)[:, None]
        scores[rng.random((200, 2)) < chance] = np.nan
        frame = pd.DataFrame({"case_id": np.repeat(np.arange(200), 2), "won": scores.ravel()})
        frame["variant"] = ["control", "treatment"] * 200
        alarms += not analyse(frame, PAIRED).is_valid
    assert alarms <= 1


def test_pairs_take_no_covariate() -> None:
    metric = Metric(name="x", value="x", columns=("x", "b"), covariate="b", role="primary")
    with pytest.raises(InputError, match="pairs take no covariate"):
        Design(paired=True, metrics=(metric,))
