"""The decision: its rules, and by simulation how often it errs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mlops_lib import drift
from mlops_lib.drift.columns import ColumnDrift, measure_column
from mlops_lib.drift.frozen import ColumnProfile
from mlops_lib.errors import InputError
from mlops_lib.stats import Interval
from mlops_lib.verdict import Outcome, Verdict

POLICY = drift.Policy()
EDGES = stats.norm.ppf(np.arange(1, 10) / 10)
RUNS = 600


def _column(**changes: object) -> ColumnDrift:
    frame = pd.DataFrame({"x": [0, 1] * 500})
    base = drift.compare(frame, frame).columns[0]
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("excess", "interval", "pvalue", "expected"),
    [
        (0.05, (0.02, 0.08), 0.001, Outcome.PASS),
        (0.15, (0.12, 0.18), 0.001, Outcome.WARN),
        (0.40, (0.30, 0.50), 0.001, Outcome.FAIL),
        (0.40, (0.30, 0.50), 0.200, Outcome.UNDECIDED),
        (0.40, (0.20, 0.60), 0.001, Outcome.UNDECIDED),
        (0.05, (0.00, 0.30), 0.400, Outcome.UNDECIDED),
        (0.15, (0.00, 0.20), 0.200, Outcome.UNDECIDED),
    ],
)
def test_drift_needs_effect_and_significance(
    excess: float, interval: tuple[float, float], pvalue: float, expected: Outcome
) -> None:
    column = _column(psi_excess=excess, interval=Interval(*interval), adjusted_pvalue=pvalue)
    assert drift.decide_column(column, POLICY) is expected


@pytest.mark.parametrize(
    ("excess", "interval", "pvalue", "limit"),
    [
        (0.05, (0.02, 0.08), 0.001, 0.1),
        (0.12, (0.09, 0.15), 0.001, 0.1),  # WARN although the interval holds the watch limit
        (0.09, (0.07, 0.12), 0.001, 0.1),  # PASS although the interval holds the watch limit
        (0.40, (0.30, 0.50), 0.001, 0.25),
        (0.40, (0.20, 0.60), 0.001, 0.25),
        (0.15, (0.00, 0.20), 0.200, 0.1),  # open for want of significance alone
    ],
)
def test_the_drawn_limit_is_the_one_that_decided(
    excess: float, interval: tuple[float, float], pvalue: float, limit: float
) -> None:
    column = _column(psi_excess=excess, interval=Interval(*interval), adjusted_pvalue=pvalue)
    check = drift.check_column(column, POLICY)
    assert check.limit == limit
    if check.outcome in {Outcome.PASS, Outcome.WARN}:
        assert (excess <= limit) is (check.outcome is Outcome.PASS)


def test_the_output_has_a_lower_limit_and_our_own_changes_only_warn() -> None:
    column = _column(psi_excess=0.22, interval=Interval(0.21, 0.23), adjusted_pvalue=0.0)
    outcomes = {
        role: drift.decide_column(replace(column, role=role), POLICY)
        for role in ("users", "output", "ours")
    }
    assert outcomes == {"users": Outcome.WARN, "output": Outcome.FAIL, "ours": Outcome.WARN}


def test_an_open_answer_says_how_many_rows_would_decide() -> None:
    # half-width .2, distance to the limit .1: four times the rows
    column = _column(psi_excess=0.35, interval=Interval(0.15, 0.55), adjusted_pvalue=0.0)
    assert drift.check_column(column, POLICY).needed == pytest.approx(4000, abs=2)


def test_checks_come_worst_first_and_many_columns_share_one() -> None:
    rng = np.random.default_rng(1)
    old = pd.DataFrame({f"c{index:03d}": rng.normal(size=300) for index in range(200)})
    new = old.assign(c150=old["c150"] + 2)
    result = drift.compare(old, new)
    verdict = result.verdict()
    assert verdict.checks[0].name == "PSI of c150"
    assert len(verdict.checks) == 42
    assert any("the other 160 columns" in check.name for check in verdict.checks)


def test_limits_that_contradict_each_other_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        drift.Policy(warn=0.3, alpha=5, fewest=0)
    assert {problem.field for problem in caught.value.problems} == {"warn", "alpha", "fewest"}


def test_the_verdict_names_whose_doing_it_is() -> None:
    old = pd.DataFrame({"top_score": [0.1, 0.9] * 500, "outcome": ["a", "b"] * 500})
    new = old.assign(top_score=[0.1] * 950 + [0.9] * 50)
    result = drift.compare(old, new, roles={"top_score": "users", "outcome": "output"})
    verdict = result.verdict()
    assert isinstance(verdict, Verdict)
    assert verdict.meaning == (
        "1 of 2 compared columns drifted (top_score): what users ask changed."
    )
    assert 3 <= len(verdict.metrics) <= 5


def test_a_single_column_is_not_called_one_of_many() -> None:
    frame = pd.DataFrame({"x": ["a", "b"] * 300})
    verdict = drift.compare(frame, frame).verdict()
    assert verdict.meaning == "The one compared column has not moved beyond the limits."


def _outcomes(shift: float, rows: tuple[int, int]) -> list[Outcome]:
    """Decisions about one normal column of which the mean moved by `shift` deviations."""
    rng = np.random.default_rng(11)
    shares = np.diff(np.concatenate([[0], stats.norm.cdf(EDGES - shift), [1]]))
    old = rng.multinomial(rows[0], np.full(10, 0.1), size=RUNS)
    new = rng.multinomial(rows[1], shares, size=RUNS)
    return [
        drift.decide_column(
            measure_column(
                ColumnProfile(
                    name="x",
                    kind="number",
                    edges=tuple(float(edge).hex() for edge in EDGES),
                    counts=(*a.tolist(), 0),
                ),
                (*b.tolist(), 0),
                role="column",
            ),
            POLICY,
        )
        for a, b in zip(old, new, strict=True)
    ]


@pytest.mark.parametrize("rows", [(200, 200), (5000, 300), (1000, 1000)])
def test_without_change_almost_nothing_alarms(rows: tuple[int, int]) -> None:
    outcomes = _outcomes(0.0, rows)
    alarms = sum(each in {Outcome.WARN, Outcome.FAIL} for each in outcomes)
    undecided = outcomes.count(Outcome.UNDECIDED)
    assert alarms / RUNS < 0.01
    assert undecided / RUNS < 0.08


def test_at_the_limit_a_fail_is_as_rare_as_the_confidence_says() -> None:
    # 0.513 deviations are PSI 0.25 on deciles; nominal 2.5 %
    shares = np.diff(np.concatenate([[0], stats.norm.cdf(EDGES - 0.513), [1]]))
    assert drift.psi.psi_of_shares(np.full(10, 0.1), shares) == pytest.approx(0.25, abs=0.003)
    outcomes = _outcomes(0.513, (1000, 1000))
    assert outcomes.count(Outcome.FAIL) / RUNS < 0.05


def test_a_large_change_is_found() -> None:
    outcomes = _outcomes(0.9, (1000, 500))
    assert outcomes.count(Outcome.FAIL) / RUNS > 0.95


def test_a_change_between_the_bands_warns() -> None:
    # 0.42 deviations are PSI 0.17
    outcomes = _outcomes(0.42, (5000, 3000))
    assert outcomes.count(Outcome.WARN) / RUNS > 0.95
