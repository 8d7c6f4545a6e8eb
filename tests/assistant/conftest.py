"""What the tests of the assistant share: the repository's index, and a small world of its own."""

import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from mlops_lib.index import Index, build_index

REPOSITORY = Path(__file__).parents[2]

STAGES = """# Rollout stages

A rollout moves a change to users in stages. Each stage has a gate.

## Five stages

A canary gets 5 % of the traffic for two to four hours. Then come 25, 50 and 100 percent.

## Rolling back

Roll back when the error rate of the canary lies beyond its margin. Keep the old version warm.
"""
PSI = """# Population stability index

The population stability index compares two windows of one column. It sums over bins.

## Bands of the index

Below 0.1 a column is stable. Above 0.25 it has shifted.
"""


@pytest.fixture(scope="session")
def guide() -> Index:
    return build_index(REPOSITORY / "corpus")


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    for page, text in (("rollout/stages", STAGES), ("drift/psi", PSI)):
        path = tmp_path / "corpus" / f"{page}.md"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "corpus"
