"""How well a corpus answers questions, by one embedder: the best match of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.embeddings import Embedder
from mlops_lib.topics.embed import vectors_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.topics.markdown import Section

PIECE = 400
"""Characters of a section that are scored at once, heading included: a long section would hide
what one of its paragraphs says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Questions of one topic.

    Attributes:
        name: of the topic; untrusted text.
        typical: the most typical question; untrusted text.
        texts: all, normalised.
        askers: distinct users of each, shape (t,).
    """

    name: str
    typical: str
    texts: tuple[str, ...]
    askers: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A corpus that can be asked for the best match.

    Attributes:
        embedder: of questions and pieces.
        names: section of each piece.
        vectors: of the pieces, shape (p, d).
    """

    embedder: Embedder
    names: tuple[str, ...]
    vectors: "NDArray[np.float32]"

    def best(self, texts: Sequence[str]) -> "NDArray[np.float64]":
        """Similarity of each text to the piece nearest to it, shape (t,)."""
        import numpy as np

        similar = vectors_of(self.embedder, texts) @ self.vectors.T
        return np.asarray(np.round(similar.max(axis=1).astype(np.float64), 6))

    def section(self, questions: Questions) -> str:
        """The section that most askers find, the first by name among equals."""
        found: dict[str, int] = {}
        places = (vectors_of(self.embedder, questions.texts) @ self.vectors.T).argmax(axis=1)
        for place, weight in zip(places, questions.askers, strict=True):
            found[self.names[place]] = found.get(self.names[place], 0) + int(weight)
        return min(found, key=lambda name: (-found[name], name))


def make_matcher(embedder: Embedder, pieces: Sequence[tuple[str, str]]) -> Matcher:
    """Embed the pieces of a corpus.

    Args:
        embedder: the same for every corpus that is compared.
        pieces: from `cut_pieces`; at least one.
    """
    names, texts = zip(*pieces, strict=True)
    return Matcher(embedder=embedder, names=names, vectors=vectors_of(embedder, texts))


def cut_pieces(sections: "Sequence[Section]") -> list[tuple[str, str]]:
    r"""Sections as pieces of like length, each below its heading, with the section's id.

    Example:
        >>> from mlops_lib.topics.markdown import split_sections
        >>> cut_pieces(split_sections("# PSI\nA distance.", page="a.md"))
        [('a.md#psi', 'PSI A distance.')]
    """
    pieces = []
    for section in sections:
        body = section.text.removeprefix(section.heading).strip()
        room = max(PIECE - len(section.heading), PIECE // 2)
        parts = [body[start : start + room] for start in range(0, max(len(body), 1), room)]
        pieces += [(section.section_id, f"{section.heading} {part}".strip()) for part in parts]
    return pieces
