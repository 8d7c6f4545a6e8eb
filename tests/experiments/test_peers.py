"""What tea-tasting and statsmodels say of generated data, to 1e-9: vectors/generate.py wrote it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_lib import stats
from mlops_lib.experiments import Analysis, Design, Metric, analyse, own_metrics
from mlops_lib.stats.proportions import newcombe_interval

PEERS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "peers.json").read_text(encoding="utf-8")
)
TOLERANCE = 1e-9

MEAN = Metric(name="mean", value="cost", columns=("cost",), role="primary")
METRICS = (
    MEAN,
    Metric(name="cuped", value="cost", columns=("cost", "before"), covariate="before"),
    Metric(name="ratio", value="tokens", per="requests", columns=("tokens", "requests")),
)


def close(value: object) -> Any:
    return pytest.approx(value, rel=TOLERANCE, abs=TOLERANCE)


def analysed(table: dict[str, Any], *, one_row_per_unit: bool, alpha: float = 0.05) -> Analysis:
    frame = pd.DataFrame(table["data"])
    frame["user_id"] = range(len(frame))
    design = Design(
        treatment_share=0.5, metrics=METRICS, one_row_per_unit=one_row_per_unit, alpha=alpha
    )
    return analyse(frame, design)


@pytest.mark.parametrize("one_row_per_unit", [True, False])
@pytest.mark.parametrize("table", PEERS["tables"])
def test_means_ratios_and_cuped_agree_with_tea_tasting(
    table: dict[str, Any], *, one_row_per_unit: bool
) -> None:
    for each in analysed(table, one_row_per_unit=one_row_per_unit).estimates:
        peer = table["tea_tasting"][each.metric.name]
        assert each.difference == close(peer["effect_size"])
        assert each.interval.low == close(peer["effect_size_ci_lower"])
        assert each.interval.high == close(peer["effect_size_ci_upper"])
        assert each.pvalue == close(peer["pvalue"])
        assert (each.control, each.treatment) == close((peer["control"], peer["treatment"]))
        if each.metric.name != "cuped":  # where the lift's baseline is a convention
            assert each.lift == close(peer["rel_effect_size"])


@pytest.mark.parametrize("one_row_per_unit", [True, False])
@pytest.mark.parametrize("table", PEERS["sparse"])
def test_a_ratio_with_divisors_of_zero_agrees_with_tea_tasting(
    table: dict[str, Any], *, one_row_per_unit: bool
) -> None:
    assert 0 in table["data"]["solved"]
    frame = pd.DataFrame(table["data"]).assign(user_id=range(len(table["data"]["cost"])))
    metric = Metric(
        name="r", value="cost", per="solved", columns=("cost", "solved"), role="primary"
    )
    design = Design(treatment_share=0.5, metrics=(metric,), one_row_per_unit=one_row_per_unit)
    found, peer = analyse(frame, design).primary, table["ratio"]
    assert found.difference == close(peer["effect_size"])
    assert tuple(found.interval) == close(
        (peer["effect_size_ci_lower"], peer["effect_size_ci_upper"])
    )
    assert found.pvalue == close(peer["pvalue"])
    assert (found.control, found.treatment) == close((peer["control"], peer["treatment"]))


@pytest.mark.parametrize("table", PEERS["tables"])
def test_another_confidence_and_the_sample_ratio_agree_with_tea_tasting(
    table: dict[str, Any],
) -> None:
    found, peer = analysed(table, one_row_per_unit=True, alpha=0.01), table["tea_tasting"]
    bounds = (peer["narrow"]["effect_size_ci_lower"], peer["narrow"]["effect_size_ci_upper"])
    assert tuple(found.primary.interval) == close(bounds)
    assert found.trust[0].pvalue == close(peer["split"]["pvalue"])


@pytest.mark.parametrize("case", PEERS["counts"])
def test_shares_agree_with_statsmodels_and_scipy(case: dict[str, Any]) -> None:
    hits_a, n_a, hits_b, n_b = case["counts"]
    a, b = (hits_a / n_a, n_a), (hits_b / n_b, n_b)
    assert tuple(newcombe_interval(a, b)) == close(tuple(case["newcombe"]))
    won = [1] * hits_a + [0] * (n_a - hits_a) + [1] * hits_b + [0] * (n_b - hits_b)
    frame = pd.DataFrame({"user_id": range(n_a + n_b), "won": won})
    frame["variant"] = ["control"] * n_a + ["treatment"] * n_b
    design = Design(treatment_share=n_b / (n_a + n_b), metrics=own_metrics("won"))
    found = analyse(frame, design).primary
    test = next(name for name in ("boschloo", "fisher", "z") if name in found.method.lower())
    assert found.pvalue == pytest.approx(case[test], rel=1e-7)  # Boschloo's is itself a search


@pytest.mark.parametrize("case", PEERS["pairs"])
def test_pairs_agree_with_statsmodels(case: dict[str, Any]) -> None:
    n = len(case["before"])
    frame = pd.DataFrame(
        {"case_id": [*range(n), *range(n)], "score": case["before"] + case["after"]}
    )
    frame["variant"] = ["control"] * n + ["treatment"] * n
    design = Design(unit="case_id", paired=True, metrics=own_metrics("score"))
    found = analyse(frame, design).primary
    assert tuple(found.interval) == close(tuple(case["interval"]))
    assert found.pvalue == close(case["pvalue"])
    (_, lost), (won, _) = case["table"]
    assert stats.mcnemar(lost, won).exact == close(case["mcnemar_exact"])


def test_corrections_agree_with_statsmodels() -> None:
    raw = PEERS["pvalues"]["raw"]
    assert stats.holm(raw) == close(PEERS["pvalues"]["holm"])
    assert stats.benjamini_hochberg(raw) == close(PEERS["pvalues"]["fdr_bh"])


@pytest.mark.parametrize("case", PEERS["sizes"])
def test_planned_sizes_agree_with_statsmodels(case: dict[str, float]) -> None:
    # `ratio` is the size of the second group over the first, `units` the first's.
    ratio, total = case["ratio"], case["units"] * (1 + case["ratio"])
    found = stats.planned_units(
        (1.0, 1.0),
        case["effect"],
        power=case["power"],
        shares=(1 / (1 + ratio), ratio / (1 + ratio)),
    )
    assert found == pytest.approx(total, abs=1.01)


def test_the_query_keeps_the_digits_of_numacc4() -> None:
    # NIST StRD, univariate summary statistics, NumAcc4 (itl.nist.gov/div898/strd/univ): 1,001
    # values around ten million, certified mean 10000000.2 and standard deviation 0.1.
    values = [10_000_000.2, *[10_000_000.1, 10_000_000.3] * 500]
    frame = pd.DataFrame({"user_id": range(2002), "score": values * 2})
    frame["variant"] = np.repeat(["control", "treatment"], 1001)
    design = Design(treatment_share=0.5, metrics=own_metrics("score"))
    found = analyse(frame, design).primary
    assert (found.control, found.treatment) == pytest.approx((10_000_000.2,) * 2, rel=1e-15)
    # The data themselves are only given to 2e-9 in floats: eight digits of the deviation.
    assert found.standard_error == pytest.approx(0.1 * (2 / 1001) ** 0.5, rel=1e-8)
