"""Evidently's numbers and ours agree where both mean the same; where they do not, it is said why.

Run where Evidently is installed (`make lab`); its methods are asked one by one.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_lib import drift, tables
from mlops_lib.drift.psi import psi_of_shares

evidently = pytest.importorskip("evidently")
pytestmark = pytest.mark.filterwarnings("ignore")


def _window(seed: int, shift: float, shares: list[float], rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"x": rng.normal(shift, 1, rows), "c": rng.choice(["a", "b", "c"], rows, p=shares)}
    )


BEFORE = _window(1, 0.0, [0.5, 0.3, 0.2], 4000)
AFTER = _window(2, 0.4, [0.4, 0.4, 0.2], 2500)
OURS = drift.compare(BEFORE, AFTER)


def _theirs(
    column: str, method: str, sides: tuple[pd.DataFrame, pd.DataFrame] = (BEFORE, AFTER)
) -> float:
    from evidently import Report
    from evidently.presets import DataDriftPreset

    kind: dict[str, Any] = {"num_method" if column == "x" else "cat_method": method}
    report = Report([DataDriftPreset(columns=[column], **kind)]).run(sides[1], sides[0])
    values = [m for m in report.dict()["metrics"] if m["config"].get("column") == column]
    return float(values[0]["value"])


def test_psi_of_a_category_is_the_same() -> None:
    assert _theirs("c", "psi") == pytest.approx(OURS.column("c").psi, rel=1e-12)


def test_jensen_shannon_differs_by_the_base_of_the_logarithm() -> None:
    base_e = OURS.column("c").jensen_shannon * math.sqrt(math.log(2))
    assert _theirs("c", "jensenshannon") == pytest.approx(base_e, rel=1e-12)


def test_the_exact_ks_pvalue_is_the_same() -> None:
    assert _theirs("x", "ks") == pytest.approx(drift.ks_test(BEFORE, AFTER, "x").pvalue, rel=1e-9)


def test_their_wasserstein_distance_lies_within_our_bounds() -> None:
    moved = _theirs("x", "wasserstein") * float(np.std(BEFORE["x"]))
    low, high = OURS.column("x").wasserstein_bounds
    assert low <= moved <= high


# PSI is the sum of the two divergences; theirs is the one from the reference to the current window
def test_their_divergence_is_the_other_direction() -> None:
    column = OURS.column("c")
    assert _theirs("c", "kl_div") + column.kullback_leibler == pytest.approx(column.psi, rel=1e-9)


# they test the current window as if the reference were the population: chi2 = 2 x ours for N = M
def test_their_chi_square_test_takes_the_reference_for_exact() -> None:
    from scipy import stats

    table = np.array([[2000, 1200, 800], [1910, 1250, 840]])
    sides = tuple(pd.DataFrame({"c": np.repeat(["a", "b", "c"], rows)}) for rows in table)
    as_population = stats.chisquare(table[1], table[0]).pvalue
    two_samples = stats.chi2_contingency(table, correction=False).pvalue
    assert _theirs("c", "chisquare", (sides[0], sides[1])) == pytest.approx(as_population)
    assert drift.compare(*sides).column("c").pvalue == pytest.approx(two_samples)
    assert as_population < 0.05 < two_samples


def test_their_psi_of_a_number_is_cut_on_both_windows_and_ours_on_the_reference() -> None:
    column = OURS.column("x")
    counts = [np.array(side) for side in (column.reference_counts, column.current_counts)]
    on_the_reference = psi_of_shares(counts[0] / 4000, counts[1] / 2500, floor=1e-4)
    assert column.psi == pytest.approx(on_the_reference, abs=2e-3)  # empty cells are half a row
    assert abs(_theirs("x", "psi") - column.psi) > 0.005


def test_missing_values_are_nothing_to_them() -> None:
    gaps = AFTER.assign(x=BEFORE["x"].head(2500).where(np.arange(2500) % 2 == 0))
    assert _theirs("x", "psi", (BEFORE, gaps)) < 0.1
    assert drift.compare(BEFORE, gaps).column("x").psi_excess > 0.25


def test_the_report_shows_both_side_by_side() -> None:
    windows = drift.Windows(reference=tables.read(BEFORE), current=tables.read(AFTER))
    view = windows.second_opinion(windows.compare())
    assert view is not None
    assert "Second opinion: Evidently and we differ on" in view.caption
    assert {row[0] for row in view.rows} == {"x", "c"}
