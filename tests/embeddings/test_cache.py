"""The cache changes no vector and asks for none twice."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mlops_lib.embeddings import CallableEmbedder, cached, content_key, fit_lsa
from mlops_lib.errors import InputError

TEXTS = ["roll back a prompt", "sample size", "alert on errors"]


def counting(asked: list[str], *, version: str = "1") -> CallableEmbedder:
    """An embedder that writes down what it was asked for."""

    def lengths(texts: Sequence[str]) -> list[list[float]]:
        asked.extend(texts)
        return [[len(text), 1.0] for text in texts]

    return CallableEmbedder(name="lengths", version=version, function=lengths)


def test_a_cached_embedder_gives_the_vectors_of_the_embedder_within(tmp_path: Path) -> None:
    inner = fit_lsa(TEXTS)
    outer = cached(inner, tmp_path / "vectors.db")
    for _ in range(2):
        assert np.array_equal(outer.embed(TEXTS), inner.embed(TEXTS))
    assert (outer.id, outer.name, outer.version) == (inner.id, inner.name, inner.version)


def test_only_new_texts_are_embedded_also_by_the_next_process(tmp_path: Path) -> None:
    asked: list[str] = []
    cached(counting(asked), tmp_path / "vectors.db").embed([*TEXTS, TEXTS[0]])
    assert asked == TEXTS
    again = cached(counting(asked), tmp_path / "vectors.db")
    assert again.missing([*TEXTS, "new", "new"]) == ("new",)
    again.embed([*TEXTS, "new", "new"])
    assert asked == [*TEXTS, "new"]


def test_another_version_of_the_embedder_is_asked_anew(tmp_path: Path) -> None:
    asked: list[str] = []
    for version in ("1", "2", "1"):
        cached(counting(asked, version=version), tmp_path / "vectors.db").embed(TEXTS)
    assert asked == TEXTS * 2


def test_more_texts_than_one_question_to_the_file_holds(tmp_path: Path) -> None:
    asked: list[str] = []
    texts = [f"text {i}" for i in range(1_203)]
    outer = cached(counting(asked), tmp_path / "vectors.db")
    first = outer.embed(texts)
    assert np.array_equal(outer.embed(texts[::-1]), first[::-1])
    assert len(asked) == len(texts)


def test_no_texts_and_broken_texts_pass_through(tmp_path: Path) -> None:
    outer = cached(counting([]), tmp_path / "vectors.db")
    assert len(outer.embed([])) == 0
    assert outer.embed(["\ud800"]).shape == (1, 2)


def test_a_file_that_is_no_cache_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    path.write_text("something else entirely, and long enough to be no header" * 20)
    with pytest.raises(InputError, match=r"vectors\.db: is no usable cache .* delete it"):
        cached(counting([]), path).embed(TEXTS)


def test_the_folder_is_the_one_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    cached(counting([])).embed(TEXTS)
    assert (tmp_path / "embeddings.db").exists()


def test_equal_texts_have_equal_keys_and_others_do_not() -> None:
    # FIPS 180-2, appendix B.1: the SHA-256 of "abc".
    assert content_key("abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")
    assert len({content_key(text) for text in ("psi", "PSI", "psi ")}) == 3
