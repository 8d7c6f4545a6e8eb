"""The simulated traffic: the same by seed, real in its answers, and true to its story."""

import inspect
import os
import random
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.arrivals import arrivals
from assistant.feedback import feedback, satisfaction
from assistant.files import replaced_when_complete
from assistant.latency import Latency
from assistant.questions import OFF_TOPIC, TRAFFIC, Question, read_questions, varied
from assistant.release import release
from assistant.scenario import UNCOVERED, Scenario, is_in
from assistant.simulate import simulate, write_log
from mlops_lib.errors import InputError
from mlops_lib.index import Index
from mlops_lib.request_log import Request, read_requests

REPOSITORY = Path(__file__).parents[2]
SMALL = Scenario(requests_per_day=30.0, users=80, canary_users=0.3)


def log(path: Path, scenario: Scenario = SMALL) -> list[Request]:
    corpus, prompts = REPOSITORY / "corpus", REPOSITORY / "prompts"
    simulate(path, scenario, corpus=corpus, prompts=prompts)
    return list(read_requests(path))


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[Request]:
    return log(tmp_path_factory.mktemp("log") / "requests.db")


def test_the_same_seed_gives_the_same_rows(requests: list[Request], tmp_path: Path) -> None:
    assert log(tmp_path / "again.db") == requests


def test_another_seed_gives_other_rows(requests: list[Request], tmp_path: Path) -> None:
    other = log(tmp_path / "other.db", replace(SMALL, seed=8))
    assert not {request.request_id for request in other} & {r.request_id for r in requests}


def test_the_days_are_those_of_the_scenario(requests: list[Request]) -> None:
    days = {request.time.date() for request in requests}
    assert (min(days), max(days)) == (SMALL.first_day, date(2026, 6, 30))
    assert SMALL.first_day == date(2026, 5, 25)


def test_answers_are_what_the_application_says(requests: list[Request], guide: Index) -> None:
    live = {
        version: release(guide, REPOSITORY / "prompts", version, choice="local", seed=SMALL.seed)
        for version in (1, 3)
    }
    sample = [r for r in requests if r.release == "stable" and r.outcome != "error"][::40]
    for request in sample:
        answer = live[request.prompt_version].answer(request.query)
        assert (answer.text, answer.outcome, answer.retrieved) == (
            request.answer,
            request.outcome,
            request.retrieved,
        )


def test_the_experiment_is_sticky_and_picks_the_prompt(requests: list[Request]) -> None:
    during = [request for request in requests if request.experiment]
    variants = {(request.user_id, request.variant) for request in during}
    assert len(variants) == len({user for user, _ in variants})
    assert {(r.variant, r.prompt_version) for r in during} == {("control", 1), ("treatment", 3)}
    assert min(request.time.date() for request in during) == date(2026, 6, 10)
    assert {r.prompt_version for r in requests if not r.experiment} == {1}


def test_the_canary_is_another_index_for_the_same_users(requests: list[Request]) -> None:
    canary = {r.index_id for r in requests if r.release == "canary"}
    stable = {r.index_id for r in requests if r.release == "stable"}
    assert len(canary) == len(stable) == 1
    assert canary != stable
    assert min(r.time.date() for r in requests if r.release == "canary") >= date(2026, 6, 28)


def test_without_a_different_prompt_the_treatment_changes_nothing(tmp_path: Path) -> None:
    # No constant speaks for the variant: with the control's prompt on both sides, being treated
    # changes the label and nothing else.
    short = replace(SMALL, days=10, experiment_days=8, treatment_version=1)
    same = log(tmp_path / "aa.db", short)
    none = log(tmp_path / "none.db", replace(short, treatment_users=0.0))
    assert {r.variant for r in same} == {"control", "treatment", None}
    assert [replace(r, variant=None) for r in same] == [replace(r, variant=None) for r in none]


def test_feedback_is_blind_to_the_variant() -> None:
    known = set(inspect.signature(feedback).parameters)
    assert known == {"answer", "question", "times", "person", "rng"}


def test_a_row_is_consistent_with_its_outcome(requests: list[Request]) -> None:
    for request in requests:
        assert (request.answer is None) == (request.outcome == "error") == bool(request.error)
        assert (request.guardrail is not None) == (request.outcome == "refused")
        assert (request.cost_usd is None) == (request.outcome == "error")
        assert request.ttft_ms is None or request.ttft_ms <= request.latency_ms
        assert request.outcome not in {"error", "refused"} or request.feedback is None


def test_the_shift_is_towards_topics_that_the_corpus_lacks() -> None:
    scenario = Scenario()
    asked = arrivals(scenario, read_questions())
    recent = [a for a in asked if scenario.is_within_last(7, a.time)]
    before = [a for a in asked if not scenario.is_within_last(7, a.time)]

    def share(group: list[object], topics: set[str]) -> float:
        return sum(a.question.topic in topics for a in group) / len(group)  # type: ignore[attr-defined]

    assert share([*before], set(UNCOVERED)) == pytest.approx(Scenario().uncovered_before, abs=0.01)
    assert share([*recent], set(UNCOVERED)) == pytest.approx(Scenario().uncovered_after, abs=0.02)
    assert share([*recent], {OFF_TOPIC}) == pytest.approx(0.03, abs=0.012)
    topics = Counter(a.question.topic for a in recent)
    large, middle, small = (topics[topic] for topic in UNCOVERED)
    assert large > middle > small


def test_traffic_has_a_week_and_a_size() -> None:
    scenario = Scenario()
    days = Counter(a.time.date() for a in arrivals(scenario, read_questions()))
    weekend = [count for day, count in days.items() if day.weekday() > 4]
    working = [count for day, count in days.items() if day.weekday() <= 4]
    # 27 of the 37 days are working days: 430 requests on one, 35 % of that on a weekend day.
    assert sum(working) / len(working) == pytest.approx(430, rel=0.05)
    assert sum(weekend) / len(weekend) == pytest.approx(0.35 * 430, rel=0.1)


def test_assignment_takes_its_share_of_users() -> None:
    users = [f"u-{number}" for number in range(20_000)]
    share = sum(is_in("salt", user, 0.2) for user in users) / len(users)
    assert share == pytest.approx(0.2, abs=0.0113)  # four standard errors


def test_assignment_is_the_hash_that_other_languages_compute() -> None:
    # $ printf 'salt\0u-1' | sha256sum  begins with the sixteen digits below
    value = 0x48949ABD8FB23B4C / 2**64
    assert is_in("salt", "u-1", value + 1e-9)
    assert not is_in("salt", "u-1", value - 1e-9)


def test_raising_the_share_moves_nobody_back() -> None:
    users = [f"u-{number}" for number in range(500)]
    small = {user for user in users if is_in("salt", user, 0.05)}
    assert small < {user for user in users if is_in("salt", user, 0.25)}


def test_people_like_answers_that_help_cite_and_come_soon(guide: Index) -> None:
    question = Question(topic="rollout", page="rollout/stages.md", query="how long is a canary?")
    prompts = REPOSITORY / "prompts"
    plain = release(guide, prompts, 1, choice="local").answer(question.query)
    cited = replace(plain, text=f"{plain.text} (Source: rollout/stages.md)")
    fast, slow = (Latency(total=ms, first_token=None) for ms in (500.0, 20_000.0))
    elsewhere = replace(question, page="drift/psi.md")
    base = satisfaction(plain, question, fast, 0.0)
    assert satisfaction(cited, question, fast, 0.0) > base
    assert satisfaction(plain, question, slow, 0.0) < base
    assert satisfaction(plain, elsewhere, fast, 0.0) < base
    assert satisfaction(plain, question, fast, 1.0) > base


def test_variation_keeps_the_question_recognisable() -> None:
    rng = random.Random(3)
    query = "How long should a canary last?"
    typed = [varied(query, rng) for _ in range(300)]
    assert 0.35 < typed.count(query) / 300 < 0.6
    assert all(len(text) >= len(query) - 3 for text in typed)
    assert varied("??", random.Random(1)) != ""


def test_a_log_that_breaks_off_leaves_the_old_one(requests: list[Request], tmp_path: Path) -> None:
    path = tmp_path / "requests.db"
    write_log(path, requests[:3])
    with pytest.raises(sqlite3.IntegrityError):
        write_log(path, [requests[0], requests[0]])
    assert len(list(read_requests(path))) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["requests.db"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_writer_leaves_nothing_at_the_path(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with replaced_when_complete(tmp_path / "out.jsonl") as partial:
            partial.write_text("half", encoding="utf-8")
            os._exit(9)
    os.waitpid(child, 0)
    assert not (tmp_path / "out.jsonl").exists()


def test_bad_questions_are_told_all_at_once(tmp_path: Path) -> None:
    good = (TRAFFIC / "drift.jsonl").read_text(encoding="utf-8").splitlines()[0]
    lines = [good, "{", '{"topic": "a"}', '{"topic": "a", "page": 3, "query": "q"}', "[]"]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_questions(tmp_path)
    assert [problem.row for problem in caught.value.problems] == [2, 3, 4, 5]
