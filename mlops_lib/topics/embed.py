"""Vectors for the texts of one analysis: the default embedder learns from history and corpus."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_lib.embeddings import EXACT_UP_TO, Embed, Embedder, as_embedder, choose, fit_lsa

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.topics.markdown import Section
    from mlops_lib.topics.scale import Scale

DEFAULT = "lsa"
"""Name of the embedder that learns from the history; it needs no download."""

SECTION_CHARACTERS = 400
"""Heading and first sentences say what a section is about; the rest costs time and adds little."""

MOST_FIT_TEXTS = EXACT_UP_TO
"""Unique queries and sections to learn from: twice as many recover hidden topics hardly better,
and take four times as long."""

FEWEST_FIT_QUERIES = 1_000
"""Queries to learn from even if the corpus is large."""

MOST_DIMENSIONS = 160
"""Directions for clusters: with 256 a topic falls apart into its words, with 100 noise turns into
topics (measured on CLINC150 and banking77, three hidden topics among noise)."""

TEXTS_PER_DIMENSION = 4
"""As many directions as texts would only repeat the words of a short log."""

FEWEST_DIMENSIONS = 16
"""Fewer would leave no direction at all for some texts of a short log."""

FEWEST_COMMON = 30
"""Texts whose mean tells what a domain has in common; that of fewer tells of themselves."""

_ROUNDING = 1e-7
_SEED = 20_260_702


def history_embedder(
    badly_served: Sequence[str], others: Sequence[str], sections: "Sequence[Section]"
) -> Embedder | None:
    """Fit the offline embedder on what users asked and what the corpus says.

    Learning from the badly served queries alone recovers fewer topics: the handful does not tell
    common n-grams from telling ones. They come first, a seeded sample of the others follows.

    Args:
        badly_served: unique normalised queries in a fixed order.
        others: the other unique queries, in a fixed order.
        sections: of the corpus; may be none.

    Returns:
        None where no text has a letter or digit: there is nothing to learn.
    """
    most = max(FEWEST_FIT_QUERIES, MOST_FIT_TEXTS - len(sections))
    first = _sample(badly_served, most)
    texts = [*first, *_sample(others, most - len(first))]
    texts += [section_text(section) for section in sections]
    if not any(character.isalnum() for text in texts for character in text):
        return None
    dimensions = max(FEWEST_DIMENSIONS, min(MOST_DIMENSIONS, len(texts) // TEXTS_PER_DIMENSION))
    return fit_lsa(texts, dimensions=dimensions)


def named_embedder(embedder: Embedder | Embed | str | None) -> Embedder | None:
    """An embedder, function or name as an embedder; None for the one that learns from the history.

    Args:
        embedder: "lsa" and None both mean the default.

    Raises:
        InputError: for a name that means nothing, or an embedder that is not installed.
    """
    if embedder is None or embedder == DEFAULT:
        return None
    return choose(embedder) if isinstance(embedder, str) else as_embedder(embedder)


def vectors_of(embedder: Embedder | None, texts: Sequence[str]) -> "NDArray[np.float32]":
    """One row per text; zeros without an embedder."""
    import numpy as np

    if embedder is None or not texts:
        return np.zeros((len(texts), 1), dtype=np.float32)
    return embedder.embed(texts)


def common_part(served: "NDArray[np.float32]", scale: "Scale") -> "NDArray[np.float64] | None":
    """What all questions of the domain have in common: the mean of the well served ones.

    Sentence embeddings of one domain all point one way: two unrelated questions to a bank are as
    alike as two about one subject elsewhere. Seen from this mean they are told apart (Mu and
    Viswanath 2018).

    Args:
        served: vectors of well served texts, shape (s, d).
        scale: of the embedder.

    Returns:
        Shape (d,); None for an embedder that learned from the log itself, or too few texts.
    """
    import numpy as np

    if not scale.centred or len(served) < FEWEST_COMMON:
        return None
    return np.asarray(served.mean(axis=0, dtype=np.float64))


def seen_from(
    vectors: "NDArray[np.float32]", common: "NDArray[np.float64] | None"
) -> "NDArray[np.float32]":
    """Unit vectors from what is common; a zero vector stays zero.

    Example:
        >>> import numpy as np
        >>> rows = np.array([[0.6, 0.8], [0.0, 0.0]], dtype=np.float32)
        >>> seen_from(rows, np.array([0.6, 0.0])).tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """
    import numpy as np

    if common is None:
        return vectors
    apart = np.where(vectors.any(axis=1, keepdims=True), vectors - common, 0.0)
    apart[np.abs(apart) < _ROUNDING] = 0.0
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(
        apart, lengths, out=np.zeros_like(apart), where=lengths > 0
    ).astype(np.float32)
    return unit


def section_text(section: "Section") -> str:
    """What of a section is embedded."""
    return section.text[:SECTION_CHARACTERS]


def _sample(texts: Sequence[str], most: int) -> list[str]:
    import numpy as np

    if len(texts) <= most:
        return list(texts)
    picked = np.random.default_rng(_SEED).choice(len(texts), most, replace=False)
    return [texts[i] for i in np.sort(picked)]
