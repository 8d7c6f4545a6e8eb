"""Clusters of unique texts: heavy enough, tight enough, and joined to what is related."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.topics.linkage import OUTSIDE, Tree, cosine_distances, cut_labels
from mlops_lib.topics.partition import Method, partition
from mlops_lib.topics.scale import LSA, Scale
from mlops_lib.topics.words import share_only_common_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SURE = 5 / 3
"""From this many times the smallest weight on (10 for 6) a cluster need only be `LOOSE`ly alike."""

LOOSE = 0.3
"""Mean cosine of a cluster of that size; chance built three of 10 to 13 in 300 logs, all below."""

CERTAIN = 7 / 3
"""From here (14 for 6) on it need not be alike at all: chance built none in 300 logs."""

NEIGHBOURS = 5
"""Well served queries that tell how near the corpus is to a cluster."""

FEWEST_USERS = 3
"""Distinct users before anything of theirs is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Which text belongs to which cluster at one cut.

    Attributes:
        labels: shape (t,), 0, 1, … or -1 for a text that is too far from all others, shape (t,).
        cut: the distance.
        smallest: the weight that a cluster needs.
    """

    labels: "NDArray[np.int64]"
    cut: float
    smallest: int

    @property
    def count(self) -> int:
        """How many clusters."""
        return int(self.labels.max(initial=OUTSIDE)) + 1

    def members(self, cluster: int) -> "NDArray[np.int64]":
        """Indices of its texts, ascending."""
        import numpy as np

        return np.flatnonzero(self.labels == cluster)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes a cluster.

    Attributes:
        scale: what is near for the embedder of the vectors.
        smallest: weight that a cluster needs; 0 takes 6 and at least 2 % of the unique texts.
        method: "linkage" cuts the tree, "kmeans" and "hdbscan" divide the vectors anew.
        k: clusters for "kmeans"; 0 takes one for every ten texts.
    """

    scale: Scale = LSA
    smallest: int = 0
    method: Method = "linkage"
    k: int = 0


def cut_tree(
    tree: Tree, rules: Rules | None = None, *, served: "NDArray[np.float32] | None" = None
) -> Clusters:
    """Cluster the texts, and drop what chance alone would build.

    A text too far from all others is a cluster of its own, heavy enough if enough users ask just
    that; one without a letter or digit is in none. Clusters lighter than `smallest` dissolve; what
    is left is joined to what is related to it; those that are still small must be tight, or stand
    apart from what is served well, the more so the smaller they are. Standing apart is not enough
    for questions that share nothing but an everyday word.
    Clusters are numbered by weight, then by their first text, so that the number does not depend
    on the algorithm.

    Args:
        tree: from `link`.
        rules: what makes a cluster.
        served: vectors of well served texts, shape (s, d).
    """
    import numpy as np

    rules = rules or Rules()
    needed = tree.smallest(rules.smallest)
    if rules.method == "linkage":
        labels = cut_labels(tree, rules.scale.cut)
    else:
        labels = partition(tree.vectors, rules.method, k=rules.k, smallest=needed)
    alone = np.flatnonzero(labels == OUTSIDE)
    labels[alone] = labels.max(initial=0) + 1 + np.arange(alone.size)
    labels[~_has_words(tree)] = OUTSIDE
    heavy = _numbered(labels, tree.weights, needed)
    joined = _related(heavy, tree, rules.scale.related)
    kept = np.append(_stands(joined, tree, rules.scale, served, needed), [False])
    labels = _numbered(np.where(kept[joined], joined, OUTSIDE), tree.weights, needed)
    return Clusters(labels=labels, cut=rules.scale.cut, smallest=needed)


def _has_words(tree: Tree) -> "NDArray[np.bool_]":
    """Which texts have a letter or digit: marks alone ("???") are about nothing."""
    import numpy as np

    if not tree.texts:
        return np.ones(len(tree.weights), dtype=bool)
    return np.array([any(map(str.isalnum, text)) for text in tree.texts], dtype=bool)


def _related(labels: "NDArray[np.int64]", tree: Tree, related: float) -> "NDArray[np.int64]":
    """Give clusters with near centres one label (average linkage of the centres)."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    count = int(labels.max(initial=OUTSIDE)) + 1
    if count < 2:  # noqa: PLR2004
        return labels
    sums = _sums(labels, tree)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    centres = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    groups = fcluster(linkage(cosine_distances(centres), "average"), 1 - related, "distance")
    return np.where(labels >= 0, groups[np.maximum(labels, 0)] - 1, OUTSIDE).astype(np.int64)


def _stands(
    labels: "NDArray[np.int64]",
    tree: Tree,
    scale: Scale,
    served: "NDArray[np.float32] | None",
    smallest: int,
) -> "NDArray[np.bool_]":
    """Which clusters are large, tight, or apart from what is served well; shape (clusters,).

    What is asked of a small one falls with the root of its weight: chance builds the larger
    cluster the less alike. A text is like itself, also where the embedder knows nothing of it.
    """
    import numpy as np

    count = int(labels.max(initial=OUTSIDE)) + 1
    inside = labels >= 0
    weight = np.bincount(labels[inside], weights=tree.weights[inside], minlength=count)
    blank = inside & ~tree.vectors.any(axis=1)
    same = np.bincount(labels[blank], weights=tree.weights[blank] ** 2, minlength=count)
    sums = _sums(labels, tree)
    squares = np.sum(np.square(sums), axis=1) + same
    alike = (squares - weight) / np.maximum(weight * (weight - 1), 1.0)
    size = weight / smallest
    stands: NDArray[np.bool_] = (size >= CERTAIN) | ((size >= SURE) & (alike >= LOOSE))
    everyday = _share_only_common_words(labels, tree, count)
    stands |= alike * np.sqrt(size) >= np.where(everyday, scale.common, scale.tight)
    if served is not None and len(served) >= NEIGHBOURS and count:
        nearest = np.sort(served @ (sums / weight[:, None]).T, axis=0)[-NEIGHBOURS:].mean(axis=0)
        stands |= ~everyday & ((alike - nearest) * np.sqrt(size) >= scale.apart)
    return stands


def _share_only_common_words(
    labels: "NDArray[np.int64]", tree: Tree, count: int
) -> "NDArray[np.bool_]":
    import numpy as np

    flags = np.zeros(count, dtype=bool)
    for cluster in range(count if tree.texts else 0):
        members = np.flatnonzero(labels == cluster)
        texts = [tree.texts[member] for member in members]
        flags[cluster] = share_only_common_words(texts, tree.weights[members].tolist())
    return flags


def _sums(labels: "NDArray[np.int64]", tree: Tree) -> "NDArray[np.float64]":
    """Sum of the askers' vectors of each cluster, shape (clusters, d)."""
    import numpy as np

    inside = labels >= 0
    sums = np.zeros((int(labels.max(initial=OUTSIDE)) + 1, tree.vectors.shape[1]))
    weighted = tree.vectors[inside].astype(np.float64) * tree.weights[inside][:, None]
    np.add.at(sums, labels[inside], weighted)
    return sums


def _numbered(
    labels: "NDArray[np.int64]", weights: "NDArray[np.int64]", smallest: int
) -> "NDArray[np.int64]":
    import numpy as np

    inside = labels != OUTSIDE
    names, first = np.unique(labels[inside], return_index=True)
    weight = {int(name): int(weights[labels == name].sum()) for name in names}
    position = {int(name): int(index) for name, index in zip(names, first, strict=True)}
    kept = sorted(
        (name for name in weight if weight[name] >= smallest),
        key=lambda name: (-weight[name], position[name]),
    )
    numbers = {name: number for number, name in enumerate(kept)}
    return np.array([numbers.get(int(label), OUTSIDE) for label in labels], dtype=np.int64)
