"""The assistant serves what is live, follows a swap, and builds in memory where nothing is."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.__main__ import main
from assistant.retrieval import load_index, serving
from assistant.scenario import Scenario
from assistant.simulate import simulate
from mlops_lib import index
from mlops_lib.index import Recipe, Signature, Store
from mlops_lib.request_log import read_requests

REPOSITORY = Path(__file__).parents[2]
PROBES = REPOSITORY / "eval" / "probes.jsonl"
WHY = Signature(why="a test", by="tester")


def make_live(store: Store, *corpus: Path) -> str:
    built = index.build(store, Recipe(corpus=tuple(map(str, corpus))))
    verdict = index.check_health(store, built.folder, probes=PROBES)
    return index.swap(store, built.manifest.version, verdict, WHY).version


def test_without_a_store_the_corpus_is_indexed_in_memory(
    small_corpus: Path, tmp_path: Path
) -> None:
    current = serving(tmp_path / "nowhere", small_corpus)
    assert current().id == index.build_index(small_corpus).id
    assert current() is current()


def test_a_swap_shows_at_the_next_request(tmp_path: Path, small_corpus: Path) -> None:
    store = Store(root=tmp_path / "index")
    first = make_live(store, REPOSITORY / "corpus")
    current = serving(store.root, small_corpus)
    during = current()
    second = make_live(store, REPOSITORY / "corpus", small_corpus)
    assert during.version == first
    assert current().version == second
    index.rollback(store, WHY)
    assert current().version == first


def test_a_stored_index_answers_as_the_corpus_in_memory_does(tmp_path: Path) -> None:
    # To the byte of the log: ids, scores, answers.
    small = replace(Scenario(), days=2, users=20, requests_per_day=30.0)
    store = Store(root=tmp_path / "index")
    built = index.build(store, Recipe(corpus=(str(REPOSITORY / "corpus"),)))
    logs = []
    for name, source in (("memory", REPOSITORY / "corpus"), ("stored", built.folder)):
        path = tmp_path / f"{name}.db"
        simulate(path, small, corpus=source, prompts=REPOSITORY / "prompts")
        logs.append(list(read_requests(path)))
    assert logs[0] == logs[1]
    assert logs[0]
    assert {r.index_id for r in logs[0] if r.release == "stable"} == {
        f"{built.manifest.version}-w0.2"
    }


def test_every_probe_of_the_guide_is_found() -> None:
    guide = load_index(REPOSITORY / "corpus")
    probes = index.read_probes(PROBES)
    assert len(probes) >= 60
    assert {page for probe in probes for page in probe.expected} == {
        section.page for section in guide.sections
    }


def test_questions_from_standard_input_are_answered_one_by_one(
    tmp_path: Path,
    small_corpus: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    monkeypatch.setattr(
        "sys.stdin", io.StringIO("how much traffic does a canary get?\npsi bands\n")
    )
    log = tmp_path / "asked.db"
    options = [
        "--index", str(tmp_path / "none"), "--corpus", str(small_corpus),
        "--prompts", str(REPOSITORY / "prompts"), "--model", "local", "--log", str(log),
    ]  # fmt: skip
    assert main(["ask", "-", *options]) == 0
    assert len(list(read_requests(log))) == 2
    assert "5 %" in capsys.readouterr().out
