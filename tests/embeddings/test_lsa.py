"""Embeddings: unit vectors, equal on every run, and near where texts are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib.embeddings import LsaEmbedder, fit_lsa, lsa
from mlops_lib.errors import InputError

TEXTS = (
    "roll back a prompt version",
    "how large must a sample be",
    "the sample size of an experiment",
    "alert on the error rate",
    "population stability index of a column",
)


@pytest.fixture(scope="module")
def embedder() -> LsaEmbedder:
    return fit_lsa(TEXTS)


def test_vectors_have_length_one(embedder: LsaEmbedder) -> None:
    vectors = embedder.embed(["sample sizes", "rollback"])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_nothing_known_gives_zeros_and_no_nan(embedder: LsaEmbedder) -> None:
    assert not embedder.embed(["", "жщ", "??"]).any()


def test_no_texts_give_no_rows(embedder: LsaEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.directions.shape[1])


def test_with_all_directions_the_similarity_is_that_of_the_counts(embedder: LsaEmbedder) -> None:
    # Law: a projection onto the whole row space keeps every inner product of the rows.
    counts = embedder.vectoriser.transform(TEXTS)
    vectors = embedder.embed(TEXTS)
    assert vectors @ vectors.T == pytest.approx((counts @ counts.T).toarray(), abs=1e-5)


def test_directions_agree_with_the_singular_vectors_of_numpy() -> None:
    embedder = fit_lsa(TEXTS, dimensions=3)
    counts = embedder.vectoriser.transform(TEXTS).toarray()
    _, _, rows = np.linalg.svd(counts, full_matrices=False)
    overlap = np.abs(np.sum(embedder.directions * rows[:3].T, axis=0))
    assert overlap == pytest.approx([1, 1, 1], abs=1e-8)


def test_the_randomised_way_gives_the_same_similarities(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{a} {b}" for a in TEXTS for b in TEXTS]
    exact = fit_lsa(texts, dimensions=4).embed(texts)
    monkeypatch.setattr(lsa, "EXACT_UP_TO", 1)
    near = fit_lsa(texts, dimensions=4, seed=3).embed(texts)
    assert near @ near.T == pytest.approx(exact @ exact.T, abs=0.02)


def test_fitting_again_gives_the_same_id_and_vectors(embedder: LsaEmbedder) -> None:
    again = fit_lsa(TEXTS)
    assert again.id == embedder.id
    assert np.array_equal(again.embed(TEXTS), embedder.embed(TEXTS))


def test_other_texts_or_settings_give_another_id(embedder: LsaEmbedder) -> None:
    ids = {embedder.id, fit_lsa(TEXTS[:-1]).id, fit_lsa(TEXTS, dimensions=2).id}
    assert len(ids) == 3


def test_the_cut_between_texts_is_part_of_the_id() -> None:
    assert fit_lsa(["ab cd", "ef"]).id != fit_lsa(["ab", "cd ef"]).id


def test_a_typo_stays_near(embedder: LsaEmbedder) -> None:
    right, typo, other = embedder.embed(["sample size", "smaple size", "alert"])
    assert right @ typo > 0.5 > right @ other


def test_the_same_text_twice_is_no_new_direction() -> None:
    assert fit_lsa(["sample size", "sample size"]).directions.shape[1] == 1


@pytest.mark.parametrize("texts", [[], [""], ["?!", "…"]])
def test_nothing_to_learn_from_is_refused(texts: list[str]) -> None:
    with pytest.raises(InputError, match="letter or digit"):
        fit_lsa(texts)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_text_gives_finite_vectors_of_length_one_or_zero(texts: list[str]) -> None:
    lengths = np.linalg.norm(fit_lsa(TEXTS).embed(texts), axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))
