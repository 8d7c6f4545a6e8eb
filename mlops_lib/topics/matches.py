"""How well a corpus answers questions, by one embedder: the best match of each."""

import re
from collections import Counter
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

FEWEST_WORDS = 8
"""Words below its heading that a piece needs to answer anything: fewer announce or link ("Coming
soon: tire pressure."), though a heading may match a question word for word."""

PASSAGE = 160
"""Characters of a passage that a report shows."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


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
class Piece:
    """A part of a section that is scored at once.

    Attributes:
        section: its id.
        heading: of the section.
        body: what of the section is in this piece.
        is_first: whether the section begins with it.
    """

    section: str
    heading: str
    body: str
    is_first: bool = True

    @property
    def text(self) -> str:
        """The body below its heading: what is embedded."""
        return f"{self.heading} {self.body}".strip()

    @property
    def passage(self) -> str:
        r"""How it begins, for a reader to judge whether it answers; a cut sentence is left out.

        Example:
            >>> Piece(section="a.md#tires", heading="Tires", body="No.\nWe sell cars.").passage
            'No. We sell cars.'
            >>> Piece(section="a.md#a", heading="A", body="ls. Call us.", is_first=False).passage
            '… Call us.'
        """
        words = " ".join(self.body.split())
        if not self.is_first:
            words = f"… {words.partition('. ')[2] or words.partition(' ')[2]}"
        return words if len(words) <= PASSAGE else f"{words[:PASSAGE]}…"

    @property
    def says_enough(self) -> bool:
        """Whether it may answer something, or is but a heading, a stub, a link or a tail.

        Example:
            >>> Piece(section="a.md#tires", heading="Tires", body="Coming soon.").says_enough
            False
        """
        return len(_WORD.findall(self.body)) >= FEWEST_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A corpus that can be asked for the best match.

    Attributes:
        embedder: of questions and pieces.
        pieces: the section of each, and its text.
        vectors: of the pieces, shape (p, d).
    """

    embedder: Embedder
    pieces: tuple[Piece, ...]
    vectors: "NDArray[np.float32]"

    def best(self, texts: Sequence[str]) -> "NDArray[np.float64]":
        """Similarity of each text to the piece nearest to it, shape (t,)."""
        import numpy as np

        similar = vectors_of(self.embedder, texts) @ self.vectors.T
        return np.asarray(np.round(similar.max(axis=1).astype(np.float64), 6))

    def answer(self, texts: Sequence[str], askers: "NDArray[np.int64]") -> Piece:
        """The piece that most askers find, in the section that most find; the first among equals.

        Args:
            texts: questions, at least one.
            askers: distinct users of each, shape (t,).
        """
        places = (vectors_of(self.embedder, texts) @ self.vectors.T).argmax(axis=1)
        sections: Counter[str] = Counter()
        pieces: Counter[Piece] = Counter()
        for place, weight in zip(places, askers, strict=True):
            sections[self.pieces[place].section] += int(weight)
            pieces[self.pieces[place]] += int(weight)
        return min(pieces, key=lambda each: (-sections[each.section], each.section, -pieces[each]))


def make_matcher(embedder: Embedder, pieces: Sequence[Piece]) -> Matcher:
    """Embed the pieces of a corpus.

    Args:
        embedder: the same for every corpus that is compared.
        pieces: from `cut_pieces`; at least one.
    """
    vectors = vectors_of(embedder, [piece.text for piece in pieces])
    return Matcher(embedder=embedder, pieces=tuple(pieces), vectors=vectors)


def cut_pieces(sections: "Sequence[Section]") -> list[Piece]:
    r"""Sections as pieces of like length, each below its heading.

    Example:
        >>> from mlops_lib.topics.markdown import split_sections
        >>> (piece,) = cut_pieces(split_sections("# PSI\nA distance.", page="a.md"))
        >>> piece.section, piece.text
        ('a.md#psi', 'PSI A distance.')
    """
    pieces = []
    for section in sections:
        body = section.text.removeprefix(section.heading).strip()
        room = max(PIECE - len(section.heading), PIECE // 2)
        parts = [body[start : start + room] for start in range(0, max(len(body), 1), room)]
        pieces += [
            Piece(
                section=section.section_id, heading=section.heading, body=part, is_first=not place
            )
            for place, part in enumerate(parts)
        ]
    return pieces
