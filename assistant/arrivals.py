"""Who asks what, when: visits through the days and hours of the week."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate

from assistant.people import Person, people, pseudonym
from assistant.questions import ATTACK, OFF_TOPIC, Question, varied
from assistant.scenario import UNCOVERED, Scenario

_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 17, 13, 16, 18, 17, 15, 12, 9, 7, 6, 5, 3, 2)
"""Relative traffic of each hour, UTC."""

_FRIDAY = 4
_NEXT_QUESTION = 0.42
"""Probability that a visit goes on after a question: 1.7 questions on average."""

_SECONDS_BETWEEN = (20.0, 240.0)
_SAME_TOPIC = 0.7
"""Within a visit, the next question stays on its topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request, before it is answered.

    Attributes:
        request_id: unique.
        time: of its arrival, aware.
        person: who asks.
        session_id: of the visit.
        question: of the files.
        query: as typed.
    """

    request_id: str
    time: datetime
    person: Person
    session_id: str
    question: Question
    query: str


def arrivals(scenario: Scenario, questions: dict[str, tuple[Question, ...]]) -> list[Arrival]:
    """All requests of a scenario in order of time; the same seed gives the same ones.

    Args:
        scenario: the story.
        questions: by topic.
    """
    special = {*UNCOVERED, OFF_TOPIC, ATTACK}
    crowd = people(
        scenario.users, [topic for topic in questions if topic not in special], scenario.seed
    )
    found: list[Arrival] = []
    for number, (start, person, rng) in enumerate(_visits(scenario, crowd)):
        session = pseudonym("s", scenario.seed, number)
        for moment, question in _asked(start, person, scenario, questions, rng):
            found.append(
                Arrival(
                    request_id=pseudonym("r", scenario.seed, len(found)),
                    time=moment,
                    person=person,
                    session_id=session,
                    question=question,
                    query=varied(question.query, rng),
                )
            )
    return sorted(found, key=lambda each: (each.time, each.request_id))


def _visits(
    scenario: Scenario, crowd: tuple[Person, ...]
) -> Iterator[tuple[datetime, Person, random.Random]]:
    weights = list(accumulate(person.activity for person in crowd))
    for day in range(scenario.days):
        rng = random.Random(f"day {scenario.seed} {day}")  # noqa: S311
        midnight = datetime.combine(scenario.first_day + timedelta(days=day), time(), tzinfo=UTC)
        for _ in range(_visits_on(midnight, scenario, rng)):
            hour = rng.choices(range(len(_HOURS)), weights=_HOURS)[0]
            start = midnight + timedelta(hours=hour, milliseconds=rng.randrange(3_600_000))
            person = rng.choices(crowd, cum_weights=weights)[0]
            yield start, person, random.Random(rng.getrandbits(64))  # noqa: S311


def _visits_on(midnight: datetime, scenario: Scenario, rng: random.Random) -> int:
    working_day = scenario.requests_per_day * 7 / (5 + 2 * scenario.weekend)
    factor = scenario.weekend if midnight.weekday() > _FRIDAY else 1.0
    mean = working_day * factor * (1 - _NEXT_QUESTION)
    return max(round(rng.gauss(mean, mean**0.5)), 0)  # Poisson, near enough at these sizes


def _asked(
    start: datetime,
    person: Person,
    scenario: Scenario,
    questions: dict[str, tuple[Question, ...]],
    rng: random.Random,
) -> Iterator[tuple[datetime, Question]]:
    end = datetime.combine(scenario.last_day + timedelta(days=1), time(), tzinfo=UTC)
    moment, topic = start, _topic(start, person, scenario, rng)
    while moment < end:
        yield moment, rng.choice(questions[topic])
        if rng.random() >= _NEXT_QUESTION:
            return
        moment += timedelta(milliseconds=round(1000 * rng.uniform(*_SECONDS_BETWEEN)))
        if rng.random() >= _SAME_TOPIC:
            topic = _topic(moment, person, scenario, rng)


def _topic(moment: datetime, person: Person, scenario: Scenario, rng: random.Random) -> str:
    shifted = scenario.is_within_last(scenario.shift_days, moment)
    uncovered = scenario.uncovered_after if shifted else scenario.uncovered_before
    draw = rng.random()
    if draw < scenario.off_topic:
        return OFF_TOPIC
    if draw < scenario.off_topic + scenario.attacks:
        return ATTACK
    if rng.random() < min(uncovered * person.curiosity, 1.0):
        return _weighted(UNCOVERED, rng)
    return _weighted(person.interests, rng)


def _weighted(weights: dict[str, float], rng: random.Random) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]
