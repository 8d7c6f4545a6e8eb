"""How simulated users judge an answer: by what it says, never by which version said it."""

import math
import random

from assistant.answer import Answer
from assistant.latency import Latency
from assistant.people import Person
from assistant.questions import Question
from mlops_lib.llm.words import content_words

_BASE = -0.65
_ANSWERS_FROM_PAGE = 1.9
"""Every word of the answer is from the page that answers the question; less for a part."""

_FOUND_PAGE = 0.4
"""The page is among the sections found; the rest of the answer helps a little."""

_NAMES_SOURCE = 0.3
"""A reader can check an answer that names its source, and trusts it more."""

_HONEST = 0.3
"""To hear that the guide does not cover a question beats a wrong answer."""

_WRONGLY_DECLINED = -0.8
_COMFORTABLE_WORDS = 70
_PER_EXTRA_WORD = -0.006
_PER_SECOND = -0.10
_SOURCE = "(Source:"


def feedback(
    answer: Answer, question: Question, times: Latency, person: Person, rng: random.Random
) -> int | None:
    """Draw a thumbs up (1), a thumbs down (-1) or, most often, nothing.

    Args:
        answer: what the user read.
        question: what they wanted to know, and the page that says so.
        times: how long they waited.
        person: their habits.
        rng: always two draws, so that one answer changed changes one judgement.
    """
    judges, likes = rng.random(), rng.random()
    if answer.text is None or answer.outcome == "refused" or judges >= person.feedback:
        return None
    return 1 if likes < satisfaction(answer, question, times, person.generosity) else -1


def satisfaction(answer: Answer, question: Question, times: Latency, generosity: float) -> float:
    """Probability that a user who judges an answer likes it.

    Args:
        answer: what the user read.
        question: what they wanted to know.
        times: how long they waited.
        generosity: the user's own shift of the log-odds.
    """
    text = answer.text or ""
    extra = max(len(text.split()) - _COMFORTABLE_WORDS, 0)
    log_odds = (
        _BASE
        + generosity
        + _usefulness(answer, question.page, text)
        + _PER_EXTRA_WORD * extra
        + _PER_SECOND * times.total / 1000
    )
    return 1 / (1 + math.exp(-log_odds))


def _usefulness(answer: Answer, page: str | None, text: str) -> float:
    if answer.outcome == "no_answer":
        return _HONEST if page is None else _WRONGLY_DECLINED
    trust = _NAMES_SOURCE if _SOURCE in text else 0.0
    if page is None:
        return trust
    pages = [hit.section.page for hit in answer.hits]
    return trust + _FOUND_PAGE * (page in pages) + _ANSWERS_FROM_PAGE * _quotes(answer, page, text)


def _quotes(answer: Answer, page: str, text: str) -> float:
    """Share of the answer's words that the sections found on the page hold."""
    texts = [hit.section.text for hit in answer.hits if hit.section.page == page]
    wanted = set(content_words(" ".join(texts)))
    said = content_words(text.split(_SOURCE, maxsplit=1)[0])
    return sum(word in wanted for word in said) / len(said) if said else 0.0
