"""A gap keeps its number from run to run, and its state says what became of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mlops_lib import topics
from mlops_lib.errors import InputError
from mlops_lib.topics.ledger import GapState, Ledger, follow_gaps
from mlops_lib.topics.ledger_file import parse_ledger, render_ledger
from tests.topics.logs import bike_queries, gap_log, read

INTENTS = bike_queries()
WEEKS = ("2026-06-30", "2026-07-07", "2026-07-14", "2026-07-21")


@pytest.fixture(scope="module")
def result() -> topics.TopicsResult:
    good = [query for intent in ("helmet", "refund", "unlock") for query in INTENTS[intent]]
    log = read(gap_log(INTENTS["battery"] + INTENTS["invoice"], good))
    return topics.analyse(log, settings=topics.Settings(low_score=0.5))


@pytest.fixture
def gap(result: topics.TopicsResult) -> topics.Gap:
    return result.all_gaps[0]


def states(ledger: Ledger) -> list[GapState]:
    return [entry.state for entry in ledger.entries]


def with_share(gap: topics.Gap, share: float) -> topics.Gap:
    return replace(gap, traffic=replace(gap.traffic, current=share))


def test_the_life_of_a_gap(gap: topics.Gap) -> None:
    ledger = follow_gaps([with_share(gap, 0.04)], Ledger(), end=WEEKS[0])
    assert states(ledger) == [GapState.NEW]
    more = with_share(gap, 0.08)
    ledger = follow_gaps([more], ledger, end=WEEKS[1], growing=[more])
    assert states(ledger) == [GapState.GROWING]
    half = follow_gaps([with_share(gap, 0.04)], ledger, end=WEEKS[2])
    assert states(half) == [GapState.CLOSING]
    gone = follow_gaps([], half, end=WEEKS[3])
    assert states(gone) == [GapState.CLOSED]
    assert gone.entries[0].shares[-1] == (WEEKS[3], 0.0)
    again = follow_gaps([gap], gone, end="2026-07-28")
    assert states(again) == [GapState.REGRESSED]
    steady = follow_gaps([with_share(gap, 0.07)], ledger, end=WEEKS[2])
    assert states(steady) == [GapState.OPEN]
    assert {entry.entry for entry in again.entries} == {1}
    assert again.entries[0].first == WEEKS[0]


def test_a_gap_is_known_by_its_questions_or_by_its_terms(gap: topics.Gap) -> None:
    first = follow_gaps([gap], Ledger(), end=WEEKS[0])
    keys = gap.keys
    some = replace(gap, keys=keys[: len(keys) // 2], label=replace(gap.label, terms=("other",)))
    far = replace(gap, keys=("none",))
    neither = replace(far, label=replace(gap.label, terms=("other", gap.label.terms[0])))
    for seen, numbers in ((some, [1]), (far, [1]), (neither, [1, 2])):
        ledger = follow_gaps([seen], first, end=WEEKS[1])
        assert [entry.entry for entry in ledger.entries] == numbers


def test_the_same_run_again_changes_nothing(result: topics.TopicsResult, tmp_path: Path) -> None:
    path = tmp_path / "state" / "gaps.json"
    topics.follow_ledger(path, result)
    before = path.read_bytes()
    ledger = topics.follow_ledger(path, result)
    assert path.read_bytes() == before
    assert set(states(ledger)) == {GapState.NEW}
    assert parse_ledger(render_ledger(ledger)) == ledger


def test_the_file_keeps_no_question(result: topics.TopicsResult, tmp_path: Path) -> None:
    path = tmp_path / "gaps.json"
    topics.follow_ledger(path, result)
    text = path.read_text()
    assert not any(query in text for query in INTENTS["battery"] + INTENTS["invoice"])


def test_without_a_path_every_gap_is_new_and_nothing_is_written(
    result: topics.TopicsResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = topics.follow_ledger("", result)
    assert set(states(ledger)) == {GapState.NEW}
    assert list(tmp_path.iterdir()) == []
    assert "2 new" in ledger._repr_html_()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "is no JSON"),
        ("[]", "is no ledger of gaps; delete it"),
        (json.dumps({"format": "mlops topics ledger", "gaps": [{}]}), "row 1: is no gap"),
        (json.dumps({"format": "mlops topics ledger", "gaps": 3}), "is no gap"),
    ],
)
def test_another_file_is_refused(
    result: topics.TopicsResult, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "gaps.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        topics.follow_ledger(path, result)
    assert path.read_text() == content
