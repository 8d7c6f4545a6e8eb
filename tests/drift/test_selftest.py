"""The policy's own false alarms on halves of the reference."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlops_lib import drift
from mlops_lib.drift.psi import deciding_rows, detectable_psi, psi, psi_of_shares
from mlops_lib.drift.selftest import split_halves
from mlops_lib.verdict import Outcome

ALERT = drift.Policy(warn=0.001, alpha=0.9, fewest=50)


def _result(rows: int = 1000, columns: int = 3) -> drift.DriftResult:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"x{index}": rng.normal(size=rows) for index in range(columns)})
    return drift.compare(frame, frame)


def test_the_usual_policy_is_quiet_where_nothing_changed() -> None:
    test = _result().self_test()
    assert test.runs == 200
    assert test.alarmed.successes == 0
    assert "0.0 %" in test._repr_html_()


def test_a_nervous_policy_is_caught() -> None:
    assert _result().self_test(ALERT).alarmed.estimate > 0.5


def test_splitting_counts_alarms_as_often_as_splitting_rows() -> None:
    # the multivariate hypergeometric distribution is that of the counts of a random half
    rng = np.random.default_rng(2)
    values = pd.DataFrame({"x": rng.normal(size=600)})
    policy = drift.Policy(warn=0.02, alpha=0.5, fewest=50)
    from_counts = split_halves(drift.compare(values, values), policy, runs=2000).alarmed.estimate
    alarms = []
    frozen = drift.profile(values)
    for _ in range(250):
        first = values.sample(frac=0.5, random_state=int(rng.integers(2**31)))
        counts = drift.count(first, frozen).cells["x"]
        rest = tuple(a - b for a, b in zip(frozen.columns[0].counts, counts, strict=True))
        column = drift.columns.measure_column(
            drift.ColumnProfile(
                name="x", kind="number", edges=frozen.columns[0].edges, counts=counts
            ),
            rest,
            role="column",
        )
        alarms.append(column.psi - column.psi_chance > 0.02 and column.pvalue < 0.5)
    assert abs(np.mean(alarms) - from_counts) < 0.08


def test_the_same_seed_gives_the_same_answer() -> None:
    assert _result().self_test(ALERT) == _result().self_test(ALERT)


def test_a_reference_too_small_to_halve_says_nothing() -> None:
    test = _result(rows=100).self_test()
    assert test.runs == 0
    assert "too small" in test.table().caption


def test_the_detectable_psi_is_detected_in_four_of_five_comparisons() -> None:
    rng = np.random.default_rng(8)
    n, m, limit, runs = 4000, 1500, 0.25, 400
    shares = np.full(10, 0.1)
    goal = detectable_psi((n, m), limit=limit, cells=10, power=0.8)
    tilt = np.linspace(-1, 1, 10)

    def moved(strength: float) -> NDArray[np.float64]:
        weights: NDArray[np.float64] = shares * np.exp(strength * tilt)
        weights /= weights.sum()
        return weights

    strengths = np.linspace(0, 2, 2001)
    strength = min(strengths, key=lambda s: abs(psi_of_shares(shares, moved(s)) - goal))
    found = [
        psi(rng.multinomial(n, shares), rng.multinomial(m, moved(strength))).interval.low > limit
        for _ in range(runs)
    ]
    assert 0.72 <= np.mean(found) <= 0.88


def test_the_volume_named_decides_unchanged_columns_in_four_of_five_comparisons() -> None:
    rng = np.random.default_rng(9)
    columns, runs = 15, 40
    rows, _ = deciding_rows(0.25, cells=10, columns=columns, power=0.8)
    open_ = 0
    for _ in range(runs):
        sides = [pd.DataFrame(rng.normal(size=(rows, columns))).add_prefix("x") for _ in range(2)]
        open_ += drift.compare(*sides).verdict().outcome is Outcome.UNDECIDED
    assert 0.05 <= open_ / runs <= 0.4


def test_a_larger_reference_needs_fewer_current_rows() -> None:
    alike, _ = deciding_rows(0.25, cells=10, columns=5, power=0.8)
    before, now = deciding_rows(0.25, cells=10, columns=5, power=0.8, reference_rows=100_000)
    assert before == 100_000
    assert alike / 2 <= now < 0.51 * alike + 2


def test_an_undecided_verdict_says_what_volume_would_decide() -> None:
    rng = np.random.default_rng(10)
    sides = [pd.DataFrame(rng.normal(size=(100, 15))).add_prefix("x") for _ in range(2)]
    verdict = drift.compare(*sides).verdict()
    assert verdict.outcome is Outcome.UNDECIDED
    rows, _ = deciding_rows(0.25, cells=10, columns=15, power=0.8)
    assert f"some {rows:,} rows in each window" in verdict.advice
    assert f"{rows:,}" in drift.compare(*sides).self_test().table()._repr_html_()
