"""Killed anywhere, the pointer is valid; under a thousand swaps, no reader sees half an index."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_lib import index
from mlops_lib.index import Recipe, Signature, Store
from mlops_lib.index.swap import swap
from mlops_lib.verdict import Verdict
from tests.index.conftest import TOPICS, write_corpus, write_probes

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SWAPS = 1_000
READERS = 2
STEP = 13
"""Of the some 160 touches of the disk each so many-th is tried; 1 tries all, in a minute."""


def program(name: str, *arguments: object) -> list[str]:
    return [sys.executable, str(HERE / name), *map(str, arguments)]


@pytest.mark.slow
def test_killed_at_any_touch_of_the_disk_the_pointer_is_valid(
    corpus: str, probes: Path, tmp_path: Path
) -> None:
    more = write_corpus(tmp_path / "more", ["agents"])
    done = subprocess.run(
        program("kills.py", tmp_path / "store", corpus, more, probes, STEP),
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


def two_versions(store: Store, folder: Path) -> dict[str, Verdict]:
    """Versions whose pages say which one they are of, with their verdicts."""
    probes = write_probes(folder / "probes.jsonl", TOPICS)
    verdicts: dict[str, Verdict] = {}
    for number in ("one", "two"):
        corpus = folder / number / "guide"
        corpus.mkdir(parents=True)
        for topic in TOPICS:
            text = f"# About {topic}\n\nWhat {topic} are, in version {number}\n"
            (corpus / f"{topic}.md").write_text(text)
        built = index.build(store, Recipe(corpus=(str(corpus.parent),)))
        verdicts[built.manifest.version] = index.check_health(store, built.folder, probes=probes)
    return verdicts


@pytest.mark.slow
def test_no_reader_sees_half_an_index_in_a_thousand_swaps(tmp_path: Path) -> None:
    store = Store(root=tmp_path / "index")
    verdicts = two_versions(store, tmp_path)
    versions = list(verdicts)
    swap(store, versions[0], verdicts[versions[0]], Signature(why="first"))
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            program("readers.py", store.root, stop, number),
            cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
        )
        for number in range(READERS)
    ]  # fmt: skip
    while not all(Path(f"{stop}.ready.{number}").exists() for number in range(READERS)):
        assert all(reader.poll() is None for reader in readers)
        time.sleep(0.02)
    for count in range(1, SWAPS + 1):
        version = versions[count % 2]
        assert swap(store, version, verdicts[version], Signature(why="again")).version == version
        time.sleep(0.001)
    stop.touch()
    reports = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    assert [report["torn"] for report in reports] == [[]] * READERS
    assert all(report["reads"] > 50 for report in reports)
    assert all(report["seen"] == sorted(versions) for report in reports)
    moves = [event for event in index.read_history(store) if event.number]
    assert [move.number for move in moves] == list(range(1, SWAPS + 2))
