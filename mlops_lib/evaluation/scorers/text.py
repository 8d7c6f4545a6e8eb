"""Words and sentences of a text, as the lexical scorers compare them."""

import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_LINK = re.compile(r"\[([^\]\[\n]{0,200})\]\([^)\n]{0,200}\)")
_REFERENCE = re.compile(
    r"\[(?:[\d, ]{1,80}|[^\]\[\s]{0,200}(?:\.md|#)[^\]\[\s]{0,200})\]"
    r"|\((?:Sources?|See):[^)\n]{0,400}\)"
)
_STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be been before both but by can could did do
    does each for from had has have how i if in into is it its may more most must no not of
    on one only or other our out over should so some such than that the their them then
    there these they this to too up use used was we were what when where which while who why
    will with would you your
    """.split()  # noqa: SIM905 - a list of one word per line reads worse
)
_SHORTEST_STEM = 3
_CACHED_WORDS = 65_536
CACHED_TEXTS = 8192
"""Several scorers look at one answer, and repeats and versions often give the same one."""


@lru_cache(maxsize=CACHED_TEXTS)
def content_words(text: str) -> Counter[str]:
    """Count the words that carry meaning: stop words dropped, endings cut, 1,000 as 1000.

    Example:
        >>> sorted(content_words("The cached answers of 1,000 cases").items())
        [('1000', 1), ('answer', 1), ('cach', 1), ('cas', 1)]
    """
    words = _WORD.findall(_without_references(text).casefold())
    return Counter(_stem(word) for word in words if word not in _STOP_WORDS)


@lru_cache(maxsize=CACHED_TEXTS)
def sentences(text: str) -> tuple[str, ...]:
    """Cut a text into sentences, without references to sources and list marks.

    Example:
        >>> sentences("Use [Wilson](a.md). It holds at 50/50. (Source: a.md#b)")
        ('Use Wilson.', 'It holds at 50/50.')
    """
    parts = (part.strip(" \t-*#>`|") for part in _SENTENCE_END.split(_without_references(text)))
    return tuple(part for part in parts if part)


def is_number(word: str) -> bool:
    """Whether a content word is a number.

    Example:
        >>> is_number("0.95"), is_number("wilson")
        (True, False)
    """
    return word[0].isdigit()


def _without_references(text: str) -> str:
    """Links become their text; what only names a source is no part of the answer."""
    return _REFERENCE.sub("", _LINK.sub(r"\1", text))


@lru_cache(maxsize=_CACHED_WORDS)
def _stem(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", "")
    if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    for ending in ("ing", "ed", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
