"""What simulated users ask: questions from files, typed as people type."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError, Problem

TRAFFIC = Path(__file__).with_name("traffic")

OFF_TOPIC = "off-topic"
ATTACK = "attack"

_KEYS = {"topic", "page", "query"}

_UNCHANGED = 0.45
"""Share of questions typed exactly as in the file."""

_TYPO = 0.12
_SHORTEST_TYPO = 5
_OPENINGS = ("hi, ", "hello, ", "please: ", "quick question: ", "hey ", "a question: ")
_CLOSINGS = (" please", " thanks", " thx", "??", " pls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, and the page that answers it; None where no page does."""

    topic: str
    page: str | None
    query: str


def read_questions(directory: str | Path = TRAFFIC) -> dict[str, tuple[Question, ...]]:
    """Read the questions of every `*.jsonl` of a directory, by topic, in order of file and line.

    Raises:
        InputError: if there is none, or if lines are wrong; names every bad line.
    """
    paths = sorted(Path(directory).glob("*.jsonl"))
    if not paths:
        raise InputError.of("holds no *.jsonl with questions", source=str(directory))
    found: dict[str, list[Question]] = {}
    problems: list[Problem] = []
    for path in paths:
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            question = _question(line)
            if isinstance(question, str):
                problems.append(Problem(message=question, source=str(path), row=row))
            else:
                found.setdefault(question.topic, []).append(question)
    if problems:
        raise InputError(problems)
    return {topic: tuple(questions) for topic, questions in found.items()}


def varied(query: str, rng: random.Random) -> str:
    """Type a question as a person might: other case, other punctuation, politeness, a typo.

    Args:
        query: the question of the file.
        rng: of the person's whims.
    """
    if rng.random() < _UNCHANGED:
        return query
    text = query.lower() if rng.random() < 1 / 2 else query
    if rng.random() < 1 / 3:
        text = text.rstrip("?.! ") or text
    if rng.random() < 1 / 4:
        text = rng.choice(_OPENINGS) + text
    elif rng.random() < 1 / 4:
        text = text + rng.choice(_CLOSINGS)
    return _with_typo(text, rng) if rng.random() < _TYPO / (1 - _UNCHANGED) else text


def _with_typo(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= _SHORTEST_TYPO]
    if not long:
        return text
    place = rng.choice(long)
    word = words[place]
    at = rng.randrange(1, len(word) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    dropped = word[:at] + word[at + 1 :]
    words[place] = rng.choice((swapped, dropped))
    return " ".join(words)


def _question(line: str) -> Question | str:
    """A question, or what is wrong with the line."""
    try:
        content: Any = json.loads(line)
    except json.JSONDecodeError as error:
        return f"no valid JSON: {error}"
    if not isinstance(content, dict) or set(content) != _KEYS:
        return f"must be an object with exactly the keys {', '.join(sorted(_KEYS))}"
    topic, page, query = content["topic"], content["page"], content["query"]
    if not (isinstance(topic, str) and isinstance(query, str) and topic and query.strip()):
        return "topic and query must be text"
    if page is not None and not isinstance(page, str):
        return "page must be text or null"
    return Question(topic=topic, page=page, query=query)
