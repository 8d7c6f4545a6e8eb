"""Two versions of the corpus: v1 lacks three topics that users ask, v2 covers them."""

import statistics
from pathlib import Path

import pytest

from assistant.corpora import write_version
from assistant.questions import read_questions
from assistant.scenario import UNCOVERED
from mlops_lib.errors import InputError
from mlops_lib.index import build_index, read_corpus

REPOSITORY = Path(__file__).parents[2]
FOLDERS = {
    "fine-tuning": "fine-tuning",
    "agents-and-tools": "agents",
    "voice-and-images": "multimodal",
}


def test_v2_is_v1_and_the_new_pages(tmp_path: Path) -> None:
    counts = [
        write_version(version, tmp_path / version, root=REPOSITORY) for version in ("v1", "v2")
    ]
    first, second = (read_corpus(tmp_path / version).pages for version in ("v1", "v2"))
    assert counts == [len(first), len(second)]
    assert first == read_corpus(REPOSITORY / "corpus").pages
    assert first.items() < second.items()
    assert {page.split("/")[0] for page in second.keys() - first.keys()} == set(FOLDERS.values())


def test_the_new_pages_answer_what_the_old_ones_could_not() -> None:
    old = build_index(REPOSITORY / "corpus")
    new = build_index([REPOSITORY / "corpus", REPOSITORY / "corpus_candidate"])
    for topic in UNCOVERED:
        queries = [question.query for question in read_questions()[topic]]
        before = [hits[0] for hits in old.search_many(queries, 1)]
        after = [hits[0] for hits in new.search_many(queries, 1)]
        right = [hit.section.page.startswith(f"{FOLDERS[topic]}/") for hit in after]
        assert statistics.mean(right) > 0.9
        scores = [statistics.mean(hit.score for hit in hits) for hits in (before, after)]
        assert scores[1] > 2 * scores[0]


def test_a_version_is_written_again_but_never_over_something_else(tmp_path: Path) -> None:
    assert write_version("v2", tmp_path / "out", root=REPOSITORY) == 66
    assert write_version("v1", tmp_path / "out", root=REPOSITORY) == 60
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="not written by this command"):
        write_version("v1", tmp_path / "mine", root=REPOSITORY)
    with pytest.raises(InputError, match="one of v1, v2"):
        write_version("v3", tmp_path / "new", root=REPOSITORY)
    with pytest.raises(InputError, match="no such folder"):
        write_version("v1", tmp_path / "new", root=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]
