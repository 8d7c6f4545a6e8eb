"""Language: the answer is in the language that was asked for."""

import re
from typing import Literal

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer

FEWEST_WORDS = 8
"""Fewer words hold too few of the small words by which a language is known."""

_SMALL_WORDS = {
    "de": "der die das und ist nicht ein eine zu den mit von für auf dem sich werden wird sind "
    "als auch es an bei oder aus nach wenn im wie nur sie wir",
    "en": "the and is of to in a that it for with as on are this be not or by an from at which "
    "when if can you we they have has",
    "es": "el la los las y es de que en un una por con para no se del al como más pero su lo "
    "cuando si son o está",
    "fr": "le la les et est de des que en un une pour avec pas ne se du au comme plus mais son "
    "ce quand si sont ou dans qui vous",
    "it": "il lo la gli le e è di che in un una per con non si del al come più ma suo quando se "
    "sono o nella dei della",
    "nl": "de het een en is van dat in op te met voor niet zijn er aan als ook om bij of uit naar "
    "wanneer deze die wordt",
    "pt": "o a os as e é de que em um uma por com para não se do da ao como mais mas seu quando "
    "são ou na no dos",
}
_WORDS = {code: frozenset(text.split()) for code, text in _SMALL_WORDS.items()}
_TOKEN = re.compile(r"[^\W\d_]+")


class LanguageOptions(Options):
    """The language.

    Attributes:
        language: its two letters.
    """

    language: Literal["de", "en", "es", "fr", "it", "nl", "pt"]


def language_of(text: str) -> str:
    """The language whose small words are the most frequent; empty where two are level.

    Example:
        >>> language_of("Der Kandidat ist nicht besser als die Version, die wir jetzt haben.")
        'de'
    """
    tokens = _TOKEN.findall(text.casefold())
    counts = {code: sum(token in words for token in tokens) for code, words in _WORDS.items()}
    first, second = sorted(counts, key=lambda code: -counts[code])[:2]
    return first if counts[first] > counts[second] else ""


def language(name: str, options: LanguageOptions) -> Scorer:
    """1 when the answer's small words are of the language asked for, else 0.

    Seven languages are known by their most frequent words. An answer of a few words says nothing
    about its language and is not asked; one that cannot be told is unscored.
    """

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case, evidence
        if len(_TOKEN.findall(answer.text)) < FEWEST_WORDS:
            return Score.not_applicable(f"fewer than {FEWEST_WORDS} words")
        found = language_of(answer.text)
        if not found:
            return Score.unscored("the language cannot be told")
        return Score(value=float(found == options.language), explanation=f"reads as {found}")

    return Scorer(name=name, meaning=f"answers in {options.language}", score=score)


LANGUAGE = Factory(name="language", options=LanguageOptions, make=language)
