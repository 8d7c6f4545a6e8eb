"""The other ways to divide texts: k-means for those who know k, HDBSCAN for uneven densities."""

import math
from typing import TYPE_CHECKING, Literal

from mlops_lib.topics.linkage import OUTSIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Method = Literal["linkage", "kmeans", "hdbscan"]

METHODS = ("linkage", "kmeans", "hdbscan")
"""The first is the default, and the only one that needs neither a seed nor a number."""

TEXTS_PER_CLUSTER = 10
"""For k-means without a number: fine clusters, which are joined where they are related."""

FEW_TEXTS = 20_000
"""Above, k-means learns from batches: the whole would take minutes."""

MOST_CLUSTERS = 500
"""Clusters that are learned from batches; nobody reads more topics than that."""

_BATCH = 4_096
_SEED = 20_260_703


def partition(
    vectors: "NDArray[np.float32]", method: Method, *, k: int = 0, smallest: int = 2
) -> "NDArray[np.int64]":
    """Label texts by k-means or HDBSCAN; texts without a direction stay outside.

    Pass texts in a canonical order: k-means draws its first centres by row.

    Args:
        vectors: shape (t, d), unit length or zero.
        method: "kmeans" or "hdbscan".
        k: clusters for k-means; 0 takes one for every ten texts.
        smallest: texts that make a cluster for HDBSCAN.

    Example:
        >>> import numpy as np
        >>> vectors = np.eye(2, dtype=np.float32)[[0, 0, 0, 1, 1, 1]]
        >>> labels = partition(vectors, "kmeans", k=2)
        >>> len(set(labels[:3])), len(set(labels[3:])), bool(labels[0] != labels[5])
        (1, 1, True)
    """
    import numpy as np

    labels = np.full(len(vectors), OUTSIDE, dtype=np.int64)
    usable = np.flatnonzero(np.linalg.norm(vectors, axis=1) > 0)
    if usable.size > 1:
        known = vectors[usable]
        labels[usable] = _kmeans(known, k) if method == "kmeans" else _hdbscan(known, smallest)
    return labels


def _kmeans(vectors: "NDArray[np.float32]", k: int) -> "NDArray[np.int64]":
    import numpy as np
    from sklearn.cluster import KMeans, MiniBatchKMeans

    wanted = k or math.ceil(len(vectors) / TEXTS_PER_CLUSTER)
    if len(vectors) > FEW_TEXTS:
        many = MiniBatchKMeans(
            n_clusters=min(wanted, MOST_CLUSTERS), n_init=1, batch_size=_BATCH, random_state=_SEED
        )
        return np.asarray(many.fit(vectors).labels_, dtype=np.int64)
    distinct = len(np.unique(np.round(vectors, 6), axis=0))
    few = KMeans(n_clusters=min(wanted, distinct), n_init=1, random_state=_SEED)
    return np.asarray(few.fit(vectors).labels_, dtype=np.int64)


def _hdbscan(vectors: "NDArray[np.float32]", smallest: int) -> "NDArray[np.int64]":
    import numpy as np
    from sklearn.cluster import HDBSCAN

    size = min(max(smallest, 2), len(vectors))
    labels = HDBSCAN(min_cluster_size=size, copy=True).fit(vectors).labels_
    return np.asarray(labels, dtype=np.int64)
