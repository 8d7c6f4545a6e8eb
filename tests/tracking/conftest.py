"""A run as it is logged, and a store in a folder of its own."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.tracking import Store, TrackedPrompt, TrackedRun, choose_store

PROMPT = TrackedPrompt(
    name="answer",
    version=1,
    system="Say {what} you know.",
    template="<context>{context}</context> {question}",
    variables=frozenset({"question", "context"}),
    digest="d1",
    aliases=("production",),
)

RUN = TrackedRun(
    experiment="answer",
    name="answer v1",
    run_id="r1",
    content="c1",
    is_whole=True,
    params={"model": "local", "prompt_version": "1"},
    metrics={"similarity": 0.5, "similarity.low": 0.4, "similarity.high": 0.6},
    texts={"prompt.txt": "Ähem: {question}"},
    made_ms=1_700_000_000_000,
    prompt=PROMPT,
)


@pytest.fixture
def run() -> Callable[..., TrackedRun]:
    """A run with other values."""

    def make(**fields: Any) -> TrackedRun:
        return replace(RUN, **fields)

    return make


@pytest.fixture
def fresh(tmp_path: Path) -> Store:
    """A store that does not exist yet."""
    return choose_store(tmp_path, environment={})


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without runs, made once: that takes MLflow seconds."""
    made = choose_store(tmp_path_factory.mktemp("empty"), environment={})
    assert made.database is not None
    with made.client():
        return made.database


@pytest.fixture
def store(fresh: Store, empty_database: Path) -> Store:
    """A store without runs."""
    assert fresh.database is not None
    shutil.copyfile(empty_database, fresh.database)
    return fresh
