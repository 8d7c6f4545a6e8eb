"""Which gap of this run is which of the runs before: one to one, the most alike first."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.topics.words import COMMON_WORDS, STOP_WORDS

SAME_TEXTS = 0.3
"""Overlap of the smaller side's questions from which two gaps are one: most of the days of a
weekly run are also in the next one."""

SAME_TERMS = 0.5
"""Or, where runs lie too far apart to share questions, more than this part of the terms of either
side: half of them is chance where the other half names another thing. Of five intents that two
draws from CLINC150 or banking77 had in common, beside five others each, 68 % are known again by
their terms; 3 of 100 matches are wrong, mostly near twins."""

FEWEST_TERMS = 2
"""Equal terms that this takes at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a gap is known by.

    Attributes:
        keys: content keys of its questions.
        terms: of its label.
    """

    keys: frozenset[str]
    terms: tuple[str, ...]


def match(found: Sequence[Mark], known: Sequence[Mark]) -> dict[int, int]:
    """The known mark of each found one that has one, by their places.

    All pairs are ranked together: shared questions outrank terms, more alike is first, and each
    mark is used once, so that a large gap takes nothing that another fits better. Words that go
    with any topic do not count, and a term that several gaps of one side have counts in part.

    Example:
        >>> first = Mark(keys=frozenset("abc"), terms=("link", "card"))
        >>> other = Mark(keys=frozenset("xyz"), terms=("activate", "card"))
        >>> match([other, first], [first])
        {1: 0}
    """
    weights = _weights(found, known)
    alike = (
        (_shared_texts(new, old), _shared_terms(new, old, weights), there, here)
        for here, new in enumerate(found)
        for there, old in enumerate(known)
    )
    ranked = sorted(
        (-texts, -terms, there, here)
        for texts, terms, there, here in alike
        if texts or terms > SAME_TERMS
    )
    places: dict[int, int] = {}
    for *_, there, here in ranked:
        if here not in places and there not in places.values():
            places[here] = there
    return places


def _weights(found: Sequence[Mark], known: Sequence[Mark]) -> dict[str, float]:
    """Of each telling term: 1, or 1/2 where two gaps of one side have it, and so on."""
    sides = [Counter(term for mark in side for term in set(mark.terms)) for side in (found, known)]
    telling = set().union(*sides) - STOP_WORDS - COMMON_WORDS
    return {term: 1 / max(side[term] for side in sides) for term in telling}


def _shared_texts(new: Mark, old: Mark) -> float:
    """Shared questions among all (Jaccard 1912); 0 where they are too few of the smaller side."""
    shared = len(new.keys & old.keys)
    if not shared or shared < SAME_TEXTS * min(len(new.keys), len(old.keys)):
        return 0.0
    return shared / len(new.keys | old.keys)


def _shared_terms(new: Mark, old: Mark, weights: dict[str, float]) -> float:
    """Weight of the shared terms among those of the side that has more."""
    mine, theirs = ({term for term in mark.terms if term in weights} for mark in (new, old))
    if len(mine & theirs) < FEWEST_TERMS:
        return 0.0
    shared, *sides = (
        math.fsum(weights[term] for term in terms) for terms in (mine & theirs, mine, theirs)
    )
    return shared / max(sides)
