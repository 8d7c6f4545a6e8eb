"""Error rates of the drift checks: power at a new topic, false alarms without one."""

import numpy as np
import pytest

from mlops_lib.topics.checks import Policy, check_drift, rise_outcome
from mlops_lib.topics.scores import ScoreDrift, score_drift
from mlops_lib.topics.windows import difference_of_means
from mlops_lib.verdict import Outcome
from tests.topics.logs import frame_of, read

REFERENCE, CURRENT, USERS = 2_000, 500, 250
DRAWS = 200
ALPHA = Policy().alpha


def draw(rng: np.random.Generator, new_topic: float, *, habit: float) -> ScoreDrift | None:
    """Scores like MiniLM's on CLINC150 (covered .82, uncovered .49); users differ by habit."""
    total = REFERENCE + CURRENT
    users = rng.integers(0, USERS, total)
    current = np.arange(total) >= REFERENCE
    scores = rng.normal(0.82, 0.15, total) + habit * rng.normal(size=USERS)[users]
    uncovered = current & (rng.random(total) < new_topic)
    scores[uncovered] = rng.normal(0.49, 0.12, int(uncovered.sum()))
    limit = np.quantile(scores[~current], 0.05)
    low = difference_of_means((scores < limit).astype(float), current, users)
    mean = difference_of_means(scores, current, users)
    return ScoreDrift(
        low_score=float(limit), calibrated=True, low_share=low, mean=mean, days=(), unscored=0
    )


def draws(new_topic: float, *, habit: float, seed: int) -> list[ScoreDrift]:
    rng = np.random.default_rng(seed)
    found = (draw(rng, new_topic, habit=habit) for _ in range(DRAWS))
    return [each for each in found if each is not None]


def share(flags: list[bool]) -> float:
    return float(np.mean(flags))


@pytest.mark.parametrize("habit", [0.0, 0.1])
def test_false_alarms_stay_at_the_level_of_the_test(habit: float) -> None:
    # 200 draws at 1 %: at most 2 % is the target; P(more than 7 of 200) is 0.1 % at exactly 1 %.
    found = draws(0.0, habit=habit, seed=11)
    assert share([each.low_share.pvalue_rise < ALPHA for each in found]) <= 0.02
    assert not any(rise_outcome(each.low_share, Policy()) is Outcome.FAIL for each in found)


@pytest.mark.parametrize("habit", [0.0, 0.1])
def test_a_new_topic_of_ten_percent_is_found(habit: float) -> None:
    found = draws(0.10, habit=habit, seed=12)
    assert share([each.low_share.pvalue_rise < ALPHA for each in found]) >= 0.9
    alarms = [check_drift(each, Policy())[0].outcome for each in found]
    assert share([outcome in {Outcome.FAIL, Outcome.WARN} for outcome in alarms]) >= 0.9


def test_the_mean_rule_alone_misses_it() -> None:
    # The seed's rule, mean difference below -0.05, fires in 1 % of such draws
    # (reference/topics_versioning.md, detection power).
    found = draws(0.10, habit=0.0, seed=13)
    assert share([each.mean.estimate < -0.05 for each in found]) <= 0.05


def test_one_noisy_client_raises_no_alarm() -> None:
    rng = np.random.default_rng(14)
    alarms = []
    for _ in range(50):
        scores = rng.normal(0.82, 0.15, REFERENCE + CURRENT)
        users = rng.integers(0, USERS, scores.size)
        current = np.arange(scores.size) >= REFERENCE
        scores[-100:], users[-100:] = 0.1, USERS + 1
        low = (scores < np.quantile(scores[~current], 0.05)).astype(float)
        alarms.append(difference_of_means(low, current, users).pvalue_rise < ALPHA)
    assert share(alarms) == 0.0


def test_the_whole_path_from_the_log_gives_the_same_numbers() -> None:
    rng = np.random.default_rng(15)
    rows = [
        (f"q{i}", float(score), float(days), f"u{i % 40}")
        for i, (score, days) in enumerate(
            zip(rng.normal(0.8, 0.1, 600), rng.uniform(0, 36.9, 600), strict=True)
        )
    ]
    rows.append(("last", 0.8, 0.0, "u0"))
    drift = score_drift(read(frame_of(rows)))
    before = np.array([score for _, score, days, _ in rows if days >= 7])
    now = np.array([score for _, score, days, _ in rows if days < 7])
    assert drift.low_score == pytest.approx(np.quantile(before, 0.05))
    assert drift.low_share.current == pytest.approx((now < drift.low_score).mean())
    assert drift.mean.estimate == pytest.approx(now.mean() - before.mean())
    assert sum(day.n for day in drift.days) == len(rows)
    assert {day.days_ago for day in drift.days if day.is_current} <= set(range(7))
