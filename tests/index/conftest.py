"""A small corpus, its probes, and a store with one live version."""

import json
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from mlops_lib import index
from mlops_lib.index import Recipe, Signature, Store

_WORDS = """
refunds invoices payments chargebacks vouchers currencies taxes receipts discounts subscriptions
passwords sessions tokens roles invitations teams projects exports imports webhooks quotas backups
regions encryption
"""
TOPICS = _WORDS.split()
WHY = Signature(why="a test", by="tester")


def write_corpus(folder: Path, topics: list[str], *, note: str = "") -> str:
    for topic in topics:
        page = folder / "guide" / f"{topic}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(
            f"# About {topic}\n\nWhat {topic} are.{note}\n\n## Limits of {topic}\n\n"
            f"There is a limit on {topic} for every plan.\n",
            encoding="utf-8",
        )
    return str(folder)


def write_probes(path: Path, topics: list[str]) -> Path:
    lines = [
        json.dumps({"query": f"how do {topic} work", "expected": [f"guide/{topic}.md"]})
        for topic in topics
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_live(store: Store, corpus: str, probes: Path, *, keep: bool = False) -> str:
    """Build, check, swap in."""
    built = index.build(store, Recipe(corpus=(corpus,), keep_embedder=keep))
    verdict = index.check_health(store, built.folder, probes=probes)
    return index.swap(store, built.manifest.version, verdict, WHY).version


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    return write_corpus(tmp_path / "corpus", TOPICS)


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    return write_probes(tmp_path / "probes.jsonl", TOPICS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(root=tmp_path / "index")


@pytest.fixture
def live(store: Store, corpus: str, probes: Path) -> str:
    return make_live(store, corpus, probes)
