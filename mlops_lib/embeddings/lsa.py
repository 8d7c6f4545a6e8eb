"""The offline default: character n-grams, projected onto their main directions (LSA)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.embeddings.protocol import SHORTEST_LENGTH, digest_of, embedder_id, unit_rows
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

DIMENSIONS = 256
"""Directions kept; on labelled queries 100 separate intents worse, more gain nothing."""

NGRAMS = (3, 5)
"""Lengths of the character n-grams, inside words: a typo spoils a few of them, never the word."""

EXACT_UP_TO = 1_500
"""Texts up to which the directions come exactly from the n by n matrix of similarities; above,
the randomised decomposition is faster."""

_POWER_ITERATIONS = 4
_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LsaEmbedder:
    """Character n-gram TF-IDF, projected onto the main directions of the texts it was fitted on.

    Made by `fit_lsa`. An embedder is its texts: fitting again on the same texts gives the same id.

    Attributes:
        name: for example `lsa-char-256`.
        fingerprint: hash of settings and texts.
        vectoriser: the fitted counter of n-grams.
        directions: (n-grams, dimensions).
    """

    name: str
    fingerprint: str
    vectoriser: "TfidfVectorizer"
    directions: "NDArray[np.float64]"

    @property
    def version(self) -> str:
        """Of the method."""
        return _VERSION

    @property
    def id(self) -> str:
        """For example `lsa-char-256-0f3a…`."""
        return embedder_id(self.name, self.fingerprint)

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row per text, of length 1; all zeros where no n-gram of the text is known.

        Args:
            texts: any number, also none.

        Returns:
            float32, shape (texts, dimensions).
        """
        import numpy as np

        if not texts:
            return np.zeros((0, self.directions.shape[1]), dtype=np.float32)
        projected = np.asarray(self.vectoriser.transform(texts) @ self.directions)
        return unit_rows(projected).astype(np.float32)


def fit_lsa(texts: Sequence[str], *, dimensions: int = DIMENSIONS, seed: int = 0) -> LsaEmbedder:
    """Fit the offline embedder.

    Exact for up to `EXACT_UP_TO` texts, where `seed` is not used; a seeded randomised
    decomposition above. The sign of each direction is fixed, so that machines agree.

    Args:
        texts: what to learn n-grams and directions from: the corpus, or corpus and queries.
        dimensions: directions to keep; fewer are kept where the texts span fewer.
        seed: of the randomised decomposition.

    Raises:
        InputError: if there is no text with a letter or digit.

    Source:
        Deerwester et al. (1990), Indexing by latent semantic analysis, JASIS 41(6).

    Example:
        >>> embedder = fit_lsa(["roll back a prompt", "sample size of a test", "rolling back"])
        >>> vectors = embedder.embed(["rollback", "sample sizes"])
        >>> vectors.shape, bool(vectors[0] @ vectors[1] < 0.5)
        ((2, 3), True)
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(character.isalnum() for text in texts for character in text):
        raise InputError.of("an embedder needs at least one text with a letter or digit")
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=NGRAMS, sublinear_tf=True)
    counts = vectoriser.fit_transform(texts)
    directions = _directions(counts, dimensions, seed)
    settings = {"dimensions": dimensions, "ngrams": NGRAMS, "seed": seed}
    return LsaEmbedder(
        name=f"lsa-char-{directions.shape[1]}",
        fingerprint=digest_of([json.dumps(settings, sort_keys=True), *texts]),
        vectoriser=vectoriser,
        directions=directions,
    )


def _directions(counts: "csr_matrix", dimensions: int, seed: int) -> "NDArray[np.float64]":
    if counts.shape[0] <= EXACT_UP_TO:
        return _fixed_signs(_exact_directions(counts, dimensions))
    from sklearn.decomposition import TruncatedSVD

    kept = min(dimensions, counts.shape[1] - 1)
    svd = TruncatedSVD(kept, n_iter=_POWER_ITERATIONS, random_state=seed).fit(counts)
    return _fixed_signs(svd.components_.T)


def _exact_directions(counts: "csr_matrix", dimensions: int) -> "NDArray[np.float64]":
    # The right singular vectors of X are X'u / s, with u and s² the eigenpairs of the small XX'.
    import numpy as np
    from scipy.linalg import eigh

    texts = counts.shape[0]
    wanted = (max(texts - dimensions, 0), texts - 1)
    values, vectors = eigh((counts @ counts.T).toarray(), subset_by_index=wanted)
    kept = np.flatnonzero(values > SHORTEST_LENGTH)[::-1]
    return np.asarray(counts.T @ (vectors[:, kept] / np.sqrt(values[kept])))


def _fixed_signs(directions: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Turn each direction, in place, so that its largest coordinate is positive."""
    import numpy as np

    directions *= np.where(directions.max(axis=0) < -directions.min(axis=0), -1.0, 1.0)
    return directions
