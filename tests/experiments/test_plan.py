import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlops_lib import stats
from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, Expectation, own_metrics, plan, read
from mlops_lib.experiments.estimates import estimate_all
from tests.experiments.story import Story

HALF = Design(treatment_share=0.5, minimum_effect=0.02)


def expecting(**beliefs: float) -> Design:
    return replace(HALF, expected=Expectation(**beliefs))


def test_shares_need_what_the_unpooled_formula_says() -> None:
    # experiments.json "power": .10 to .12, 80 %: 3838.102 per arm, unpooled.
    assert plan(expecting(level=0.10)).units == 2 * 3838 + 1


def test_means_need_what_the_normal_approximation_says() -> None:
    # experiments.json "power": mean .1, variance .09, 20 %: 7,066 in all (t), 7,065 normal.
    design = replace(expecting(level=0.1, deviation=0.3), minimum_effect=0.02)
    assert plan(design).units == pytest.approx(7065, abs=2)


def test_pairs_need_fewer_the_more_they_agree() -> None:
    sizes = [plan(expecting(level=0.5, correlation=r)).units or 0 for r in (0.0, 0.5, 0.9)]
    assert sizes == sorted(sizes, reverse=True)
    # By hand: without correlation, a pair is a unit on either side: half of the two groups' sum.
    assert sizes[0] == pytest.approx((plan(expecting(level=0.5)).units or 0) / 2, abs=1)
    assert "pairs" in plan(expecting(level=0.5, correlation=0.5)).sentence


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
