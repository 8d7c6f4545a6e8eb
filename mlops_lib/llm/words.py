"""Words of English text, reduced to what carries meaning: no stop words, no endings."""

import re
from functools import lru_cache

_STOP_WORDS = """
a about an and any are as at be by can could did do does for from get had has have how i if
in into is it its just me my need no not of on one or our please shall should so some tell than
that the their them then there these they this those to us want was we were what when where
which who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that say nothing about the topic of a question."""

_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
_ENDINGS = (
    "ations", "ation", "ings", "ing", "edly", "ies", "ied", "ers", "er", "ed", "es", "s", "ly", "e",
)  # fmt: skip
_SHORTEST_STEM = 3
_REMEMBERED = 50_000


def content_words(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order.

    Example:
        >>> content_words("How do I roll back the evaluations of v1.2?")
        ['roll', 'back', 'evalu', 'v1.2']
    """
    return [stem(word) for word in _WORD.findall(text.lower()) if word not in STOP_WORDS]


@lru_cache(maxsize=_REMEMBERED)
def stem(word: str) -> str:
    """Cut the longest known English ending; crude, but the same for question and text.

    Example:
        >>> [stem(word) for word in ("evaluate", "evaluation", "policies", "policy", "as")]
        ['evaluat', 'evalu', 'policy', 'policy', 'as']
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            kept = word[: -len(ending)]
            return f"{kept}y" if ending in {"ies", "ied"} else kept
    return word
