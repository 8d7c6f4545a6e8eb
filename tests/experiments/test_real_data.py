"""Production requests, split at random: nothing changed, so nothing may be found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_lib import stats
from mlops_lib.experiments import Design, analyse, own_metrics

DATA = Path(__file__).parents[2].parent / "shared" / "data"
TRACES = DATA / "azure_llm_traces" / "AzureLLMInferenceTrace_conv.csv"

pytestmark = pytest.mark.skipif(not TRACES.exists(), reason="the real data are not here")


def test_a_random_split_of_azure_requests_rarely_shows_a_difference() -> None:
    # 300 A/A splits of 19,366 requests into minutes-long sessions: 5 % +- 3.8 %.
    frame = pd.read_csv(TRACES, parse_dates=["TIMESTAMP"])
    session = (frame["TIMESTAMP"].astype("int64") // 10**9 // 5).rank(method="dense").astype(int)
    tokens, counts = (
        np.bincount(session, weights=weights)
        for weights in (frame["GeneratedTokens"], np.ones(len(frame)))
    )
    rng = np.random.default_rng(16)
    alarms = 0
    for _ in range(300):
        treated = rng.random(tokens.size) < 0.2
        a, b = (stats.ratio(tokens[which], counts[which]) for which in (~treated, treated))
        alarms += stats.ratio_difference(a, b).interval.excludes(0.0)
    assert alarms / 300 <= 0.05 + 0.038


def test_azure_requests_can_be_read_as_an_experiment() -> None:
    frame = pd.read_csv(TRACES)
    frame["variant"] = np.where(
        np.random.default_rng(17).random(len(frame)) < 0.2, "treatment", "control"
    )
    frame["request"] = range(len(frame))
    design = Design(
        unit="request", time="TIMESTAMP",
        metrics=own_metrics("GeneratedTokens", good="low", guardrails="ContextTokens <= +10 %"),
    )  # fmt: skip
    result = analyse(frame, design)
    assert result.is_valid
    assert sum(result.units) == len(frame)
