"""The offline model: it answers a question with the best sentences of the sections it is given.

It never writes a word of its own, needs no key and costs nothing; what it takes is billed at a
nominal price, so that cost is a signal in the demo. Like a real model it varies from repeat to
repeat: each sentence's score gets seeded random noise.
"""

import hashlib
import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mlops_lib.llm.errors import RejectedRequestError
from mlops_lib.llm.model import Completion, Message
from mlops_lib.llm.prices import cost_usd
from mlops_lib.llm.sentences import sentences
from mlops_lib.llm.words import content_words

CHARACTERS_PER_TOKEN = 4
"""English text has about four characters per token; the rule by which this model counts."""

_SECTION = re.compile(r"<section id=(['\"])(?P<id>[^'\"]+)\1>(?P<text>.*?)</section>", re.DOTALL)
_QUESTION = re.compile(r"<question>(?P<text>.*?)</question>", re.DOTALL)

_RANK_DISCOUNT = 1.0
"""A sentence of the second section counts 1/2 of one of the first, of the third 1/3."""

_OPENING_BONUS = 0.2
"""For the first sentence of a section, which most often states its answer."""

_LENGTH_POWER = 0.2
"""Long sentences match by chance; the exponent of their length in the score."""

_REMEMBERED = 1_000
"""Sections whose sentences are kept between calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    section: str
    place: tuple[int, int]
    text: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """Quotes the sentences that best match the question.

    The user's message holds `<question>…</question>` and `<section id="…">…</section>`, best
    section first. The system text is counted as read, and otherwise not followed.

    Attributes:
        max_sentences: sentences of an answer.
        temperature: scale of the Gumbel noise on a sentence's score, whose best is about 1.
        cite_source: whether the answer ends with the id of the section it comes from.
        seed: of the noise; the same seed and message give the same answer.
        id: the model's name.
    """

    max_sentences: int = 3
    temperature: float = 0.0
    cite_source: bool = False
    seed: int = 0
    id: str = "local"

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        """Answer from the sections of the last message.

        Args:
            messages: the turns so far; only the last one is read.
            max_tokens: the longest answer; a longer one is cut.
            system: counted, not followed.

        Raises:
            RejectedRequestError: if the message holds no question or no section.
        """
        content = messages[-1].content if messages else ""
        question = _QUESTION.search(content)
        candidates = _candidates(content)
        if question is None or not candidates:
            raise RejectedRequestError("the local model needs a <question> and a <section>")
        rng = random.Random(_noise_seed(self.seed, content))  # noqa: S311
        scored = _scored(candidates, question["text"], self.temperature, rng)
        text = _answer(scored[: self.max_sentences], cite_source=self.cite_source)
        cut = text[: max_tokens * CHARACTERS_PER_TOKEN]
        read = count_tokens(system) + sum(count_tokens(message.content) for message in messages)
        return Completion(
            text=cut,
            input_tokens=read,
            output_tokens=count_tokens(cut),
            cost_usd=cost_usd(self.id, read, count_tokens(cut)),
            stop_reason="end" if cut == text else "max_tokens",
            model=self.id,
        )


def count_tokens(text: str) -> int:
    """Tokens of a text by the rule of four characters each, rounded up.

    Example:
        >>> count_tokens("abcde")
        2
    """
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _candidates(content: str) -> list[_Candidate]:
    return [
        _Candidate(section=section["id"], place=(rank, position), text=text, words=words)
        for rank, section in enumerate(_SECTION.finditer(content))
        for position, (text, words) in enumerate(_read(section["text"]))
    ]


@lru_cache(maxsize=_REMEMBERED)
def _read(section: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Sentences and their words; a corpus has few sections, and each is given again and again."""
    return tuple((text, frozenset(content_words(text))) for text in sentences(section))


def _scored(
    candidates: Sequence[_Candidate], question: str, temperature: float, rng: random.Random
) -> list[_Candidate]:
    """Best first; ties by place."""
    wanted = set(content_words(question))
    weights = _weights(candidates, wanted)
    plain = [_score(candidate, weights) for candidate in candidates]
    best = max(plain) or 1.0
    noisy = [score / best + temperature * _gumbel(rng) for score in plain]
    order = sorted(range(len(candidates)), key=lambda i: (-noisy[i], candidates[i].place))
    return [candidates[i] for i in order]


def _weights(candidates: Sequence[_Candidate], wanted: set[str]) -> dict[str, float]:
    counts = Counter(word for each in candidates for word in each.words & wanted)
    return {word: math.log1p(len(candidates) / count) for word, count in counts.items()}


def _score(candidate: _Candidate, weights: dict[str, float]) -> float:
    rank, position = candidate.place
    matched = sum(weights.get(word, 0.0) for word in sorted(candidate.words))
    length = math.pow(max(len(candidate.words), 1), _LENGTH_POWER)
    opening = _OPENING_BONUS if position == 0 else 0.0
    return (matched / length + opening) / (1 + _RANK_DISCOUNT * rank)


def _gumbel(rng: random.Random) -> float:
    # The best of noisy scores is then a draw from the softmax of the scores over temperature.
    return -math.log(-math.log(rng.uniform(1e-12, 1 - 1e-12)))


def _answer(chosen: Sequence[_Candidate], *, cite_source: bool) -> str:
    ordered = sorted(chosen, key=lambda candidate: candidate.place)
    text = " ".join(candidate.text for candidate in ordered)
    return f"{text} (Source: {chosen[0].section})" if cite_source else text


def _noise_seed(seed: int, content: str) -> int:
    digest = hashlib.sha256(f"{seed}\0{content}".encode("utf-8", errors="surrogatepass"))
    return int.from_bytes(digest.digest()[:8], "big")
