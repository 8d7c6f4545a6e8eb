"""Writes peers.json: small generated tables and what tea-tasting and statsmodels say of them.

Not run by the tests. In an environment of its own (tea-tasting needs Python 3.12):

    pip install tea-tasting statsmodels pandas
    python tests/experiments/vectors/generate.py
"""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats as scipy_stats

SEEDS = range(8)
COUNTS = [(3, 40, 9, 35), (0, 60, 4, 55), (120, 900, 150, 910), (48, 50, 49, 52), (1, 400, 12, 380)]


def main() -> None:
    """Write the file beside this one."""
    content = {
        "versions": {name: version(name) for name in ("tea-tasting", "statsmodels", "numpy")},
        "python": sys.version.split()[0],
        "tables": [_table(seed) for seed in SEEDS],
        "sparse": [_sparse(seed) for seed in SEEDS],
        "counts": [_counts(*each) for each in COUNTS],
        "pairs": [_pairs(seed) for seed in SEEDS],
        "pvalues": _pvalues(),
        "sizes": _sizes(),
    }
    text = ",\n".join(f"{json.dumps(name)}: {_lines(part)}" for name, part in content.items())
    Path(__file__).with_name("peers.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


def _lines(part: Any) -> str:
    """A list as one line for each of its members."""
    if isinstance(part, list):
        return "[\n" + ",\n".join(json.dumps(each) for each in part) + "\n]"
    return json.dumps(part)


def _table(seed: int) -> dict[str, Any]:
    """Users with a mean that a covariate foretells, and a ratio of events."""
    tt, pd = import_module("tea_tasting"), import_module("pandas")
    rng = np.random.default_rng(seed)
    n = int(rng.integers(24, 60))
    treated = rng.permutation(np.arange(n) % 2)
    before = rng.gamma(3, 2, n)
    frame = pd.DataFrame(
        {
            "variant": np.where(treated, "treatment", "control"),
            "before": np.round(before, 3),
            "cost": np.round(10.0 ** (seed % 4) + before + rng.normal(0.4 * treated, 1, n), 3),
            "tokens": np.round(rng.gamma(4, 30, n), 1),
            "requests": rng.integers(1, 9, n),
        }
    )
    found = tt.Experiment(
        mean=tt.Mean("cost"),
        cuped=tt.Mean("cost", "before"),
        ratio=tt.RatioOfMeans("tokens", "requests"),
        narrow=tt.Mean("cost", confidence_level=0.99),
        split=tt.SampleRatio(method="norm", correction=False),
    ).analyze(frame, control="control")
    return {
        "data": frame.to_dict(orient="list"),
        "tea_tasting": {
            name: {key: float(value) for key, value in result._asdict().items()}
            for name, result in found.items()
        },
    }


def _sparse(seed: int) -> dict[str, Any]:
    """Users most of whom cost something and solve nothing: a ratio with many divisors of 0."""
    tt, pd = import_module("tea_tasting"), import_module("pandas")
    rng = np.random.default_rng(200 + seed)
    n = int(rng.integers(40, 90))
    treated = rng.permutation(np.arange(n) % 2)
    frame = pd.DataFrame(
        {
            "variant": np.where(treated, "treatment", "control"),
            "cost": np.round(rng.gamma(3, 2, n), 3),
            "solved": rng.binomial(2, 0.2, n),
        }
    )
    ratio = tt.Experiment(ratio=tt.RatioOfMeans("cost", "solved")).analyze(frame, control="control")
    result = ratio["ratio"]._asdict()
    return {
        "data": frame.to_dict(orient="list"),
        "ratio": {key: float(value) for key, value in result.items()},
    }


def _counts(hits_a: int, n_a: int, hits_b: int, n_b: int) -> dict[str, Any]:
    """Two shares: Newcombe's interval, the pooled z-test and the exact tests.

    Not the score interval: statsmodels 0.15 multiplies by a count where Miettinen and Nurminen's
    cubic has a size, so that its shares are not the likeliest (tests/stats/test_score.py searches
    the likelihood instead).
    """
    proportion = import_module("statsmodels.stats.proportion")
    newcombe = proportion.confint_proportions_2indep(
        hits_b, n_b, hits_a, n_a, method="newcomb", compare="diff"
    )
    table = [[hits_b, hits_a], [n_b - hits_b, n_a - hits_a]]
    return {
        "counts": [hits_a, n_a, hits_b, n_b],
        "newcombe": [float(bound) for bound in newcombe],
        "z": float(proportion.proportions_ztest([hits_b, hits_a], [n_b, n_a])[1]),
        "fisher": float(scipy_stats.fisher_exact(table).pvalue),
        "boschloo": float(scipy_stats.boschloo_exact(table).pvalue),
    }


def _pairs(seed: int) -> dict[str, Any]:
    """Cases that both variants answered: with a score, and with pass or fail."""
    weights = import_module("statsmodels.stats.weightstats")
    contingency = import_module("statsmodels.stats.contingency_tables")
    rng = np.random.default_rng(100 + seed)
    n = int(rng.integers(20, 50))
    before = np.round(rng.normal(50, 9, n), 2)
    after = np.round(before + rng.normal(0.8, 2, n), 2)
    described = weights.DescrStatsW(after - before)
    passed = rng.random((n, 2)) < np.array([0.6, 0.75])
    table = [[int((passed[:, 0] & passed[:, 1]).sum()), int((passed[:, 0] & ~passed[:, 1]).sum())]]
    table.append(
        [int((~passed[:, 0] & passed[:, 1]).sum()), int((~passed[:, 0] & ~passed[:, 1]).sum())]
    )
    return {
        "before": before.tolist(),
        "after": after.tolist(),
        "interval": [float(bound) for bound in described.tconfint_mean()],
        "pvalue": float(described.ttest_mean(0)[1]),
        "table": table,
        "mcnemar_exact": float(contingency.mcnemar(table, exact=True).pvalue),
    }


def _pvalues() -> dict[str, list[float]]:
    multipletests = import_module("statsmodels.stats.multitest").multipletests
    raw = np.round(np.random.default_rng(7).random(12) ** 3, 6)
    return {
        "raw": raw.tolist(),
        "holm": multipletests(raw, method="holm")[1].tolist(),
        "fdr_bh": multipletests(raw, method="fdr_bh")[1].tolist(),
    }


def _sizes() -> list[dict[str, float]]:
    """Units per arm by the normal approximation."""
    power = import_module("statsmodels.stats.power").NormalIndPower()
    return [
        {"effect": effect, "power": chance, "ratio": ratio,
         "units": float(power.solve_power(effect, power=chance, alpha=0.05, ratio=ratio))}
        for effect, chance, ratio in [(0.1, 0.8, 1.0), (0.02, 0.9, 1.0), (0.05, 0.8, 4.0)]
    ]  # fmt: skip


if __name__ == "__main__":
    main()
