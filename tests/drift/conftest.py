"""A request log whose last seven days have drifted on purpose."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from mlops_lib.request_log import Request, RequestLog

START = dt.datetime(2026, 5, 25, tzinfo=dt.UTC)
DAYS = 37
ROWS = 7400


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """37 days; in the last 7, retrieval scores fall and a new prompt version is rolled out."""
    path = tmp_path_factory.mktemp("drift") / "requests.db"
    rng = np.random.default_rng(20260630)
    days = np.linspace(0, DAYS, ROWS, endpoint=False)
    recent = days > DAYS - 7
    scores = np.clip(rng.normal(np.where(recent, 0.45, 0.62), 0.12), 0, 1)
    versions = np.where(recent, 2, 1)
    refused = rng.random(ROWS) < 0.05
    latency = rng.lognormal(6, 0.5, ROWS)
    with RequestLog(path) as writer:
        writer.append(
            Request(
                request_id=f"r{row:06d}",
                time=START + dt.timedelta(days=float(days[row])),
                user_id=f"u{row % 300}",
                session_id=f"s{row // 3}",
                query=f"question {row}",
                answer=None,
                outcome="refused" if refused[row] else "answered",
                prompt_name="assistant",
                prompt_version=int(versions[row]),
                model="local",
                index_id="index-1",
                embedder="embedder-1",
                top_score=float(scores[row]),
                retrieved=(),
                input_tokens=900 + row % 50,
                output_tokens=80 + row % 30,
                cost_usd=None,
                latency_ms=float(latency[row]),
                ttft_ms=None,
            )
            for row in range(ROWS)
        )
    return path
