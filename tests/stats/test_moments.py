from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from mlops_lib import stats
from mlops_lib.stats import moments

# NIST Statistical Reference Datasets, univariate summary statistics, certified values:
# itl.nist.gov/div898/strd/univ. The data of NumAcc are given by a rule.
NUMACC = {
    # name: (level, number of repeats of the pair around it, step, certified mean, certified sd)
    "NumAcc2": (1.2, 500, 0.1, 1.2, 0.1),
    "NumAcc3": (1_000_000.2, 500, 0.1, 1_000_000.2, 0.1),
    "NumAcc4": (10_000_000.2, 500, 0.1, 10_000_000.2, 0.1),
}


@pytest.mark.parametrize("name", NUMACC)
def test_a_large_level_with_a_small_spread_keeps_its_digits(name: str) -> None:
    level, pairs, step, mean, deviation = NUMACC[name]
    values = np.concatenate([[level], np.tile([level - step, level + step], pairs)])
    result = stats.ratio(values, np.ones(values.size))
    assert result.estimate == pytest.approx(mean, rel=1e-13)
    assert result.standard_error * np.sqrt(values.size) == pytest.approx(deviation, rel=1e-7)


# NIST StRD analysis of variance (itl.nist.gov/div898/strd/anova), as scipy ships it. With two
# groups the F statistic is the square of Student's t; with more, Welch's test of two of them has
# no certified value, but the certified within-group spread is that of the groups' moments.
@pytest.mark.parametrize("name", ["SiRstv.dat", "AtmWtAg.dat"])
def test_the_spread_within_groups_is_the_certified_one(name: str) -> None:
    text = (resources.files("scipy") / "stats/tests/data/nist_anova" / name).read_text()
    lines = text.splitlines()
    within = next(line for line in lines if line.startswith("Within"))
    freedom, squares = (float(part) for part in within.split()[-3:-1])
    rows = np.array([line.split() for line in lines[60:] if len(line.split()) == 2], dtype=float)
    groups = [rows[rows[:, 0] == label, 1] for label in np.unique(rows[:, 0])]
    each = [moments(values, np.ones(values.size)) for values in groups]
    assert sum(one.units - 1 for one in each) == freedom
    assert sum(one.residuals for one in each) == pytest.approx(squares, rel=1e-8)


def test_moments_of_two_halves_add_up() -> None:
    rng = np.random.default_rng(1)
    x, d = rng.normal(5, 1, 100), rng.integers(1, 5, 100).astype(float)
    whole = moments(x, d)
    halves = [_with_pivot(x[part], d[part], whole.pivot) for part in (slice(50), slice(50, 100))]
    joined = halves[0] + halves[1]
    assert joined.ratio == pytest.approx(whole.ratio, rel=1e-12)
    assert joined.residuals == pytest.approx(whole.residuals, rel=1e-12)
    with pytest.raises(ValueError, match="different pivots"):
        halves[0] + replace(halves[1], pivot=0.0)


def _with_pivot(x: np.ndarray, d: np.ndarray, pivot: float) -> stats.Moments:
    e = x - pivot * d
    return stats.Moments(
        units=x.size, total=float(d.sum()), dd=float(d @ d), e=float(e.sum()), ee=float(e @ e),
        ed=float(e @ d), pivot=pivot,
    )  # fmt: skip


def test_any_pivot_gives_the_same_ratio() -> None:
    x, d = np.array([1.0, 0, 2, 3, 1, 0]), np.array([4.0, 3, 5, 6, 2, 4])
    for pivot in (0.0, 0.3, -2.0):
        result = stats.ratio_of(_with_pivot(x, d, pivot))
        assert result.estimate == pytest.approx(7 / 24)
        assert result.standard_error == pytest.approx(stats.ratio(x, d).standard_error)


def test_units_that_do_not_fit_are_refused() -> None:
    for x, d in (([1, 2], [1]), ([np.nan], [1]), ([1], [-1])):
        with pytest.raises(ValueError, match="finite"):
            moments(x, d)
