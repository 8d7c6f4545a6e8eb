"""Clusters: numbered by weight, whatever the order, whatever the size."""

import numpy as np
import pytest

from mlops_lib.topics.cluster import Rules, cut_tree
from mlops_lib.topics.linkage import link
from mlops_lib.topics.partition import Method
from mlops_lib.topics.scale import Scale

EYE = np.eye(6, dtype=np.float32)
NARROW = Rules(
    scale=Scale(cut=0.3, tight=0.58, apart=0.18, common=0.7, related=0.25, page=0.14, near=0.3)
)


def test_directions_far_apart_make_their_own_clusters() -> None:
    vectors = EYE[[0, 0, 1, 1, 2]]
    clusters = cut_tree(link(vectors, np.array([4, 4, 3, 3, 1])))
    assert clusters.labels.tolist() == [0, 0, 1, 1, -1]


def test_a_chain_is_cut_by_its_average_not_by_its_links() -> None:
    # Average linkage by hand: cosines .8 (a, b) and .8 (b, c), .28 (a, c). b joins a at distance
    # .2; c is then .2 and .72 away, on average .46: in at a cut of .5, out at .45.
    vectors = np.array([[1, 0], [0.8, 0.6], [0.28, 0.96]], dtype=np.float32)
    weights = np.array([9, 9, 9])
    tree = link(vectors, weights)
    assert tree.linkage[:, 2] == pytest.approx([0.2, 0.46], abs=1e-6)


def test_zero_vectors_are_alone_and_do_no_harm() -> None:
    vectors = np.vstack([EYE[[0, 0]], np.zeros((2, 6), dtype=np.float32)])
    clusters = cut_tree(link(vectors, np.array([3, 3, 7, 1])))
    assert clusters.labels.tolist() == [1, 1, 0, -1]


@pytest.mark.parametrize("size", [0, 1, 2])
def test_few_texts_are_no_error(size: int) -> None:
    clusters = cut_tree(link(EYE[:size], np.full(size, 9)))
    assert clusters.count == size


def test_related_clusters_are_one_topic() -> None:
    # Centres at a cosine of .5, members of one cluster at 1: two at a cut of .3, but related.
    vectors = np.array([[1, 0, 0], [0.5, 0.866, 0], [0, 0, 1]], dtype=np.float32)
    clusters = cut_tree(link(vectors, np.array([8, 7, 6])), NARROW)
    assert clusters.labels.tolist() == [0, 0, 1]


def test_the_smallest_cluster_grows_with_the_texts() -> None:
    assert link(np.zeros((1_000, 2), dtype=np.float32), np.ones(1_000, int)).smallest() == 20
    assert link(np.zeros((10, 2), dtype=np.float32), np.ones(10, int)).smallest() == 6
    assert link(np.zeros((10, 2), dtype=np.float32), np.ones(10, int)).smallest(3) == 3


def test_texts_beyond_the_sample_join_the_same_clusters() -> None:
    rng = np.random.default_rng(0)
    centres = np.eye(5, 40, dtype=np.float64)[rng.integers(0, 5, 600)]
    noisy = centres + rng.normal(scale=0.05, size=centres.shape)
    vectors = (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)
    weights = np.ones(600, dtype=np.int64)
    whole = cut_tree(link(vectors, weights))
    sampled = cut_tree(link(vectors, weights, most=200))
    assert sampled.labels.tolist() == whole.labels.tolist()


def test_the_smaller_a_cluster_the_more_alike_or_apart_it_must_be() -> None:
    # Unit vectors with one cosine to each other; of n askers it takes .58 * sqrt(6 / n): .502 of 8,
    # .474 of 9; of 10 to 13 askers .3; from 14 on nothing.
    for askers, cosine, found in (
        (6, 0.5, 0), (8, 0.5, 0), (9, 0.5, 1), (10, 0.35, 1), (13, 0.28, 0), (14, 0.28, 1)
    ):  # fmt: skip
        gram = np.full((20, 20), cosine) + (1 - cosine) * np.eye(20)
        vectors = np.linalg.cholesky(gram).astype(np.float32)
        tree = link(vectors[:askers], np.ones(askers, dtype=np.int64))
        assert cut_tree(tree, rules()).count == found
        assert cut_tree(tree, rules(), served=vectors[14:]).count == found
        assert cut_tree(tree, rules(), served=-vectors[14:]).count == 1


def rules() -> Rules:
    return Rules(
        scale=Scale(cut=0.75, tight=0.58, apart=0.18, common=0.7, related=0.9, page=0.9, near=0.3)
    )


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["best {}"] * 6, 0),
        (["best {}"] * 4 + ["{} here"] * 2, 0),
        (["best helmet {}"] * 6, 1),
        (["best helmet {}"] * 3 + ["best {}"] * 3, 1),
        (
            ["best {}"] * 2 + ["{} here"] * 2 + ["{} today"] * 2,
            1,
        ),  # nothing is shared by half of them
        (["{} here"] * 6, 0),
        (["helmet {}"] * 6, 1),
    ],
)
def test_an_everyday_word_in_common_is_no_topic(texts: list[str], found: int) -> None:
    # Cosines of .65 and nothing like them served: apart by far, tight enough for .58, not for .7.
    gram = np.full((12, 12), 0.65) + 0.35 * np.eye(12)
    vectors = np.linalg.cholesky(gram).astype(np.float32)
    asked = [text.format(f"subject{number}") for number, text in enumerate(texts)]
    tree = link(vectors[:6], np.ones(6, dtype=np.int64), texts=asked)
    assert cut_tree(tree, rules(), served=-vectors[6:]).count == found


def test_one_question_of_enough_users_is_tight_by_itself() -> None:
    vectors = np.vstack([EYE[:1], np.zeros((1, 6), dtype=np.float32)])
    assert cut_tree(link(vectors, np.array([6, 6]))).count == 2


@pytest.mark.parametrize("method", ["kmeans", "hdbscan"])
def test_the_other_methods_find_what_lies_apart(method: Method) -> None:
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, 20), 15, axis=0)
    noisy = centres + rng.normal(scale=0.05, size=centres.shape)
    vectors = (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)
    tree = link(vectors, np.ones(len(vectors), dtype=np.int64))
    clusters = cut_tree(tree, Rules(method=method, k=3))
    assert clusters.labels.tolist() == [0] * 15 + [1] * 15 + [2] * 15


@pytest.mark.parametrize("method", ["kmeans", "hdbscan"])
@pytest.mark.parametrize("size", [0, 1, 2, 6])
def test_the_other_methods_take_few_and_equal_texts(method: Method, size: int) -> None:
    tree = link(EYE[[0] * size], np.full(size, 9))
    assert cut_tree(tree, Rules(method=method, k=4)).count == min(size, 1)
