"""Simulated users, each with habits: how often, about what, how they type, how they judge."""

import hashlib
import random
from dataclasses import dataclass

_ACTIVITY_SPREAD = 0.9
"""Of the logarithm: the busiest tenth of the users sends about a third of the requests."""

_FAVOURITES = 2
_FAVOURITE_WEIGHT = 4.0
_FEEDBACK_SHAPE = (1.5, 3.5)
"""Of the beta distribution of how readily a user gives feedback; the mean is .30."""

_GENEROSITY_SPREAD = 0.5
_ID_DIGITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One user.

    Attributes:
        id: pseudonym.
        activity: weight among all users.
        interests: weight of each covered topic.
        curiosity: how much more than others they ask about new topics; the mean is 1.
        feedback: probability that they judge an answer.
        generosity: added to the log-odds of a thumbs up.
    """

    id: str
    activity: float
    interests: dict[str, float]
    curiosity: float
    feedback: float
    generosity: float


def people(count: int, topics: list[str], seed: int) -> tuple[Person, ...]:
    """Draw users; the n-th is the same whatever the count.

    Args:
        count: how many.
        topics: covered by the corpus.
        seed: of the draw.
    """
    return tuple(_person(number, topics, seed) for number in range(count))


def pseudonym(kind: str, seed: int, number: int) -> str:
    """An id that says nothing about its bearer, for example `u-3fa1…`.

    Example:
        >>> pseudonym("u", 7, 1) == pseudonym("u", 7, 1), pseudonym("u", 7, 1)[:2]
        (True, 'u-')
    """
    digest = hashlib.sha256(f"{kind}\0{seed}\0{number}".encode()).hexdigest()
    return f"{kind}-{digest[:_ID_DIGITS]}"


def _person(number: int, topics: list[str], seed: int) -> Person:
    rng = random.Random(f"person {seed} {number}")  # noqa: S311
    favourites = set(rng.sample(topics, min(_FAVOURITES, len(topics))))
    return Person(
        id=pseudonym("u", seed, number),
        activity=rng.lognormvariate(0.0, _ACTIVITY_SPREAD),
        interests={t: _FAVOURITE_WEIGHT if t in favourites else 1.0 for t in topics},
        curiosity=rng.expovariate(1.0) * 0.5 + 0.5,
        feedback=rng.betavariate(*_FEEDBACK_SHAPE),
        generosity=rng.gauss(0.0, _GENEROSITY_SPREAD),
    )
