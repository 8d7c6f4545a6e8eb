"""What a cluster is about, without a model: its own terms, its medoid, and examples."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.topics.words import telling_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TERMS = 4
"""Terms of a label: enough to tell two topics apart, few enough to read."""

EXAMPLES = 3
"""Examples beside the medoid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The name of a cluster, in its users' words; untrusted text.

    Attributes:
        terms: its most distinctive words, best first.
        medoid: the question nearest to all others.
        examples: further questions, those of most users first.
        phrased: a model's name for it, if one was asked.
    """

    terms: tuple[str, ...]
    medoid: str
    examples: tuple[str, ...]
    phrased: str = ""

    @property
    def text(self) -> str:
        """A model's name, or the terms as one line; the medoid where no word is telling."""
        return self.phrased or ", ".join(self.terms) or self.medoid


def distinctive_terms(
    clusters: Sequence[Sequence[str]], rest: Sequence[str], *, most: int = TERMS
) -> list[tuple[str, ...]]:
    """Class-based TF-IDF (Grootendorst 2022): frequent in the cluster, rare elsewhere.

    The weight of term t in class c is tf(t, c) · log(1 + A / f(t)): its share of the class's
    words, the mean number of words per class, and its frequency in all classes. All other queries
    together are one more class, so that words of the whole domain count little.

    Args:
        clusters: normalised texts of each cluster.
        rest: normalised texts of all other queries.
        most: how many terms.

    Example:
        >>> distinctive_terms([["merge lora", "lora rank"]], ["what is rank", "merge it"], most=1)
        [('lora',)]
    """
    classes = [_words(texts) for texts in (*clusters, rest)]
    total: Counter[str] = Counter()
    for words in classes:
        total.update(words)
    average = sum(total.values()) / len(classes)
    labels = []
    for words in classes[:-1]:
        size = max(sum(words.values()), 1)
        weight = {t: n / size * math.log(1 + average / total[t]) for t, n in words.items()}
        labels.append(tuple(sorted(weight, key=lambda t: (-round(weight[t], 9), t))[:most]))
    return labels


def medoid_order(
    vectors: "NDArray[np.float32]", weights: "NDArray[np.int64]"
) -> "NDArray[np.int64]":
    """Positions of a cluster's texts from the most central outwards.

    Args:
        vectors: shape (m, d), unit length.
        weights: shape (m,), askers.

    Example:
        >>> import numpy as np
        >>> vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
        >>> medoid_order(vectors, np.array([1, 1, 1])).tolist()
        [1, 0, 2]
    """
    import numpy as np

    wide = vectors.astype(np.float64)
    centrality = wide @ (weights @ wide)
    return np.argsort(-np.round(centrality, 6), kind="stable")


def make_label(
    terms: tuple[str, ...],
    spellings: Sequence[str],
    vectors: "NDArray[np.float32]",
    weights: "NDArray[np.int64]",
) -> Label:
    """Name a cluster by its terms, its medoid and the questions that most users asked.

    Args:
        terms: from `distinctive_terms`.
        spellings: the cluster's texts as users spell them, shape (m,).
        vectors: shape (m, d).
        weights: shape (m,), askers.
    """
    order = [int(position) for position in medoid_order(vectors, weights)]
    others = sorted(order[1:], key=lambda position: -int(weights[position]))
    return Label(
        terms=terms,
        medoid=spellings[order[0]],
        examples=tuple(spellings[position] for position in others[:EXAMPLES]),
    )


def _words(texts: Sequence[str]) -> Counter[str]:
    return Counter(word for text in texts for word in telling_words(text))
