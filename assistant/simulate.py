"""Weeks of traffic through the real application, written as a request log.

Retrieval and answers are real; people, their habits, their patience and the network are modelled.
The same seed gives the same rows.
"""

import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.answer import Answer, Assistant
from assistant.arrivals import Arrival, arrivals
from assistant.feedback import feedback
from assistant.files import replaced_when_complete
from assistant.latency import latency
from assistant.progress import silent
from assistant.questions import TRAFFIC, read_questions
from assistant.release import PROMPT, release
from assistant.retrieval import load_index
from assistant.scenario import CANARY_SALT, EXPERIMENT, EXPERIMENT_SALT, Scenario, is_in
from assistant.serve import Caller, request_of
from mlops_lib.index import Hit
from mlops_lib.prompts import active_version
from mlops_lib.request_log import Request, RequestLog

ENVIRONMENT = "production"
CORPUS = Path("corpus")
PROMPTS = Path("prompts")

_FAILURE = "ModelUnavailableError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which release serves a request, and why."""

    version: int
    release: str
    experiment: str | None
    variant: str | None


Releases = dict[tuple[int, str], Assistant]


def simulate(
    out: str | Path,
    scenario: Scenario,
    *,
    corpus: str | Path = CORPUS,
    prompts: str | Path = PROMPTS,
    traffic: str | Path = TRAFFIC,
    progress: Callable[[str], None] = silent,
) -> int:
    """Simulate, and write the log to `out` when it is whole.

    Args:
        out: path of the SQLite file.
        scenario: the story.
        corpus: the pages that the assistant knows, or a stored index of them.
        prompts: the prompt files.
        traffic: the questions that users ask.
        progress: is told what happens.

    Returns:
        The number of requests.

    Raises:
        InputError: if corpus, prompts or questions are missing or bad.
    """
    asked = arrivals(scenario, read_questions(traffic))
    progress(f"{len(asked):,} requests of {scenario.users} users in {scenario.days} days")
    releases = _releases(scenario, corpus, prompts)
    stable = active_version(prompts, PROMPT, ENVIRONMENT)
    routes = [route(arrival, scenario, stable) for arrival in asked]
    progress("retrieving")
    hits = _retrieved(asked, routes, releases)
    progress("answering")
    rows = _requests(asked, routes, releases, hits, scenario)
    return write_log(out, rows)


def route(arrival: Arrival, scenario: Scenario, stable: int) -> Route:
    """Which release serves a request: sticky by user, for experiment and canary apart.

    Args:
        arrival: the request.
        scenario: when the experiment and the canary run, and for whom.
        stable: version of the prompt in production.
    """
    user = arrival.person.id
    on_canary = scenario.is_within_last(scenario.canary_days, arrival.time) and is_in(
        CANARY_SALT, user, scenario.canary_users
    )
    name = "canary" if on_canary else "stable"
    if not scenario.is_within_last(scenario.experiment_days, arrival.time):
        return Route(version=stable, release=name, experiment=None, variant=None)
    treated = is_in(EXPERIMENT_SALT, user, scenario.treatment_users)
    return Route(
        version=scenario.treatment_version if treated else stable,
        release=name,
        experiment=EXPERIMENT,
        variant="treatment" if treated else "control",
    )


def write_log(out: str | Path, requests: Iterable[Request]) -> int:
    """Write a whole log at once, as one plain file without a write-ahead log beside it.

    Args:
        out: path of the SQLite file; replaced when the new one is complete.
        requests: the rows.

    Returns:
        Their number.
    """
    rows = list(requests)
    with replaced_when_complete(out) as partial:
        with RequestLog(partial) as log:
            log.append(rows)
        with closing(sqlite3.connect(partial)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    return len(rows)


def _releases(scenario: Scenario, corpus: str | Path, prompts: str | Path) -> Releases:
    stable = load_index(corpus)
    canary = stable.reweighted(scenario.canary_dense_weight)
    versions = {active_version(prompts, PROMPT, ENVIRONMENT), scenario.treatment_version}
    return {
        (version, name): release(index, prompts, version, choice="local", seed=scenario.seed)
        for version in versions
        for name, index in (("stable", stable), ("canary", canary))
    }


def _retrieved(
    asked: Sequence[Arrival], routes: Sequence[Route], releases: Releases
) -> dict[tuple[int, str, str], tuple[Hit, ...]]:
    """Sections for each distinct (version, release, query), searched in batches."""
    found: dict[tuple[int, str, str], tuple[Hit, ...]] = {}
    for (version, name), assistant in releases.items():
        queries = sorted(
            {
                arrival.query
                for arrival, way in zip(asked, routes, strict=True)
                if (way.version, way.release) == (version, name)
            }
        )
        hits = assistant.index.search_many(queries, assistant.prompt.retrieval.top_k)
        found |= {(version, name, query): hit for query, hit in zip(queries, hits, strict=True)}
    return found


def _requests(
    asked: Sequence[Arrival],
    routes: Sequence[Route],
    releases: Releases,
    hits: dict[tuple[int, str, str], tuple[Hit, ...]],
    scenario: Scenario,
) -> Iterator[Request]:
    said: dict[tuple[int, str, str], Answer] = {}
    for arrival, way in zip(asked, routes, strict=True):
        assistant = releases[way.version, way.release]
        key = (way.version, way.release, arrival.query)
        if key not in said:  # the local model answers the same question the same way
            said[key] = assistant.answer(arrival.query, hits=hits[key])
        yield _request(arrival, way, assistant, said[key], scenario)


def _request(
    arrival: Arrival, way: Route, assistant: Assistant, said: Answer, scenario: Scenario
) -> Request:
    rng = random.Random(f"request {scenario.seed} {arrival.request_id}")  # noqa: S311
    answer = _failed(said) if rng.random() < scenario.errors else said
    times = latency(answer, rng)
    judged = feedback(answer, arrival.question, times, arrival.person, rng)
    caller = Caller(
        request_id=arrival.request_id,
        time=arrival.time,
        user_id=arrival.person.id,
        session_id=arrival.session_id,
        experiment=way.experiment,
        variant=way.variant,
        release=way.release,
    )
    return request_of(
        caller, arrival.query, answer, assistant=assistant, times=times, feedback=judged
    )


def _failed(answer: Answer) -> Answer:
    """The same request, had the model not come back."""
    if answer.outcome == "refused":
        return answer
    return replace(answer, text=None, outcome="error", completion=None, error=_FAILURE)
