"""How much of a question's information a section holds, word by word."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.index.chunks import Section
from mlops_lib.llm.words import content_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_TITLE_WEIGHT = 2
"""A word of the title or the heading counts as two in the text."""

_SATURATION = 1.2
"""BM25's k1: how soon more of the same word adds nothing."""

_LENGTH_PENALTY = 0.3
"""BM25's b; below its usual .75, because sections differ little in length."""

_PRIOR = 2.0
"""Information added to each question, so that one known word alone scores low: "help", "test"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalIndex:
    """Saturated word counts of sections, and the information of each word.

    Attributes:
        columns: word to column.
        information: of each word: BM25's inverse document frequency.
        unknown: information of a word that no section holds.
        counts: (sections, words), each between 0 and 1.
    """

    columns: dict[str, int]
    information: "NDArray[np.float64]"
    unknown: float
    counts: "csr_matrix"

    def scores(self, queries: Sequence[str]) -> "NDArray[np.float64]":
        """Share of each question's information that each section holds.

        Words that no section knows count in full against the score. That is what tells a
        question that the corpus does not cover from one that it does.

        Returns:
            Shape (queries, sections), 0 to 1.
        """
        import numpy as np
        from scipy.sparse import csr_matrix

        rows, columns, values = list[int](), list[int](), list[float]()
        for row, query in enumerate(queries):
            words = sorted(set(content_words(query)))
            known = [self.columns[word] for word in words if word in self.columns]
            unknown = (len(words) - len(known)) * self.unknown
            total = _PRIOR + unknown + float(self.information[known].sum())
            rows += [row] * len(known)
            columns += known
            values += [self.information[column] / total for column in known]
        shape = (len(queries), len(self.columns))
        weights = csr_matrix((values, (rows, columns)), shape=shape)
        return np.asarray((weights @ self.counts.T).toarray())


def index_words(sections: Sequence[Section]) -> LexicalIndex:
    """Count the words of sections.

    Source:
        Robertson and Zaragoza (2009), The probabilistic relevance framework: BM25 and beyond;
        here divided by the question's total information.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    bags = [_bag(section) for section in sections]
    holders = Counter(word for bag in bags for word in bag)
    words = sorted(holders)
    columns = {word: column for column, word in enumerate(words)}
    mean_length = sum(bag.total() for bag in bags) / len(bags)
    entries = [
        (row, columns[word], _saturated(count, bag.total() / mean_length))
        for row, bag in enumerate(bags)
        for word, count in sorted(bag.items())
    ]
    rows, cols, values = zip(*entries, strict=True)
    return LexicalIndex(
        columns=columns,
        information=np.array([_information(holders[word], len(bags)) for word in words]),
        unknown=_information(0, len(bags)),
        counts=csr_matrix((values, (rows, cols)), shape=(len(bags), len(words))),
    )


def _bag(section: Section) -> Counter[str]:
    names = f"{section.title}\n{section.heading} " * _TITLE_WEIGHT
    return Counter(content_words(f"{names}\n{section.text}"))


def _saturated(count: int, relative_length: float) -> float:
    length = 1 - _LENGTH_PENALTY + _LENGTH_PENALTY * relative_length
    return count / (count + _SATURATION * length)


def _information(holders: int, sections: int) -> float:
    return math.log(1 + (sections - holders + 0.5) / (holders + 0.5))
