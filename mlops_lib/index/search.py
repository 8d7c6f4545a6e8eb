"""Find the sections that answer a question: by words, and by vectors for what words miss."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.embeddings import Embedder, fit_lsa
from mlops_lib.index.chunks import Section
from mlops_lib.index.corpus import read_corpus
from mlops_lib.index.lexical import LexicalIndex, index_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DENSE_WEIGHT = 0.2
"""Share of the vectors in a score. On the 720 covered traffic questions .2 to .3 finds the right
page most often; above, questions that the corpus does not cover score too high."""

_BATCH = 256
_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One section that was found, and its score between 0 and 1."""

    section: Section
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A searchable corpus. Made by `build_index`, or by `open_index` from a stored version.

    Attributes:
        version: names corpus, chunker and embedder; the name of a stored version.
        sections: what can be found.
        embedder: of the vectors.
        words: the lexical half.
        vectors: (sections, dimensions).
        dense_weight: share of the vectors in a score.
    """

    version: str
    sections: tuple[Section, ...] = field(repr=False)
    embedder: Embedder = field(repr=False)
    words: LexicalIndex = field(repr=False)
    vectors: "NDArray[np.float32]" = field(repr=False)
    dense_weight: float

    @property
    def id(self) -> str:
        """Version and weighting; equal ids give equal scores."""
        return f"{self.version}-w{self.dense_weight:g}"

    def search(self, query: str, k: int) -> tuple[Hit, ...]:
        """Find the `k` best sections for a question, best first."""
        return self.search_many([query], k)[0]

    def search_many(self, queries: Sequence[str], k: int) -> list[tuple[Hit, ...]]:
        """Find the `k` best sections for each question; faster than one by one.

        Args:
            queries: any number of questions.
            k: sections for each; the parts of a split section count as one, by their best.
        """
        batches = [queries[start : start + _BATCH] for start in range(0, len(queries), _BATCH)]
        return [self._best(row, k) for batch in batches for row in self._scores(batch)]

    def reweighted(self, dense_weight: float) -> "Index":
        """The same sections and vectors under another weight, which is another index."""
        return replace(self, dense_weight=dense_weight)

    def _scores(self, queries: Sequence[str]) -> "NDArray[np.float64]":
        dense = (self.embedder.embed(queries) @ self.vectors.T).clip(0, 1)
        lexical = self.words.scores(queries)
        return self.dense_weight * dense + (1 - self.dense_weight) * lexical

    def _best(self, scores: "NDArray[np.float64]", k: int) -> tuple[Hit, ...]:
        found: dict[str, Hit] = {}
        for place in (-scores).argsort(kind="stable"):
            section = self.sections[place]
            # Rounded, so that the log shows what was decided on.
            score = round(float(scores[place]), 4)
            found.setdefault(section.id, Hit(section=section, score=score))
            if len(found) == k:
                break
        return tuple(found.values())


def build_index(
    corpus: str | Path | Sequence[str | Path],
    *,
    embedder: Embedder | None = None,
    dense_weight: float = DENSE_WEIGHT,
) -> Index:
    """Read, cut, count and embed a corpus, in memory.

    Args:
        corpus: its directory, or several.
        embedder: of the vectors; by default the offline one, fitted on the corpus.
        dense_weight: share of the vectors in a score, 0 to 1.

    Raises:
        InputError: if the corpus is missing or bad.
    """
    read = read_corpus(corpus)
    texts = [section.embedded for section in read.sections]
    used = fit_lsa(texts) if embedder is None else embedder
    return Index(
        version=version_id(read.sections, chunker=read.chunker, embedder=used.id),
        sections=read.sections,
        embedder=used,
        words=index_words(read.sections),
        vectors=used.embed(texts),
        dense_weight=dense_weight,
    )


def version_id(sections: Sequence[Section], *, chunker: str, embedder: str) -> str:
    """Name an index by what it holds: equal sections, chunker and embedder give equal names."""
    digest = hashlib.sha256(f"{chunker}\0{embedder}".encode())
    for section in sections:
        for part in (section.id, section.title, section.heading, section.text):
            content = part.encode()
            digest.update(len(content).to_bytes(8, "big"))
            digest.update(content)
    return f"idx-{digest.hexdigest()[:_DIGITS]}"
