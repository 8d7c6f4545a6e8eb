"""Which words tell what a question is about, and which go with any topic."""

from collections import Counter
from collections.abc import Sequence

STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been but by can cannot could did
    do does doesn doing don for from get had has have having he her his how i if in into is isn it
    its just like may me more my need no not of on or our out please should so some than thank
    thanks that the their them then there these they this to too us use used using want was way we
    were what when where which while who whom why will with would you your yours
    ll re ve""".split()  # noqa: SIM905
)
"""English function words; in another language c-TF-IDF alone has to push them down."""

COMMON_WORDS = frozenset(
    """able again ago always another anyone anything back bad best better big come day days
    different ever everyone everything find first found gave give given go goes going gone good
    got great happen happens help here high keep kind kinds know known last least less let long
    look looking lot lots low made make makes making many mean means month months most much never
    new next nice nothing now number often old one other people person place places possible put
    real really right same say says see seeing short show small somebody someone something soon
    start still sure take takes taking tell things thing think three time times today tomorrow
    tonight top try trying two type types very ways week weeks well work working works world worse
    worst wrong year years yesterday
    create describe explain generate provide suggest write""".split()  # noqa: SIM905
)
"""Everyday English words that go with any topic, and verbs of form: questions that share nothing
else ("what is the best ...") are not about one thing."""

SHARED = 0.5
"""Share of a cluster's askers from which on a word is theirs in common."""


def telling_words(text: str) -> list[str]:
    """Words of a normalised text that are neither function words nor single letters, in order.

    Example:
        >>> telling_words("how do i merge a lora adapter")
        ['merge', 'lora', 'adapter']
    """
    return [word for word in text.split() if len(word) > 1 and word not in STOP_WORDS]


def share_only_common_words(texts: Sequence[str], weights: Sequence[int]) -> bool:
    """Whether what half of the askers have in common are words that go with any topic.

    Questions without a word in common are another matter: they may be alike by meaning, or by
    forms of one word.

    Args:
        texts: normalised texts of a cluster.
        weights: askers of each.

    Example:
        >>> share_only_common_words(["best car", "best song", "rent a boat"], [1, 1, 1])
        True
        >>> share_only_common_words(["best helmet", "best helmet size", "rent a boat"], [1, 1, 1])
        False
    """
    askers: Counter[str] = Counter()
    for text, weight in zip(texts, weights, strict=True):
        for word in set(telling_words(text)):
            askers[word] += int(weight)
    least = SHARED * sum(weights)
    shared = {word for word, count in askers.items() if count >= least}
    return bool(shared) and shared <= COMMON_WORDS
