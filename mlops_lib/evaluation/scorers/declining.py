"""Does an answer decline?"""

import re
from functools import lru_cache

from mlops_lib.evaluation.scorers.text import CACHED_TEXTS, sentences

_FIRST_SENTENCES = 2
"""Where a refusal stands; further on, the same words are more likely quoted from the guide."""


@lru_cache(maxsize=CACHED_TEXTS)
def declines(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether the first two sentences say that there is no answer.

    Args:
        text: the answer.
        patterns: regular expressions, read without regard to case.

    Example:
        >>> declines("Sorry. The guide does not cover this.", (r"guide does not cover",))
        True
    """
    opening = " ".join(sentences(text.replace("’", "'"))[:_FIRST_SENTENCES])
    return _any_of(patterns).search(opening) is not None


@lru_cache(maxsize=16)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
