"""A gap keeps its number from run to run, and its state says what became of it."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mlops_lib import topics
from mlops_lib.errors import InputError
from mlops_lib.topics.ledger import GapState, Ledger, follow_gaps, undo
from mlops_lib.topics.ledger_file import parse_ledger, render_ledger
from mlops_lib.verdict import Outcome
from tests.topics.logs import HIGH, LOW, bike_queries, frame_of, gap_log, read

INTENTS = bike_queries()
SETTINGS = topics.Settings(low_score=0.5)
WEEKS = ("2026-06-30", "2026-07-07", "2026-07-14", "2026-07-21")


@pytest.fixture(scope="module")
def result() -> topics.TopicsResult:
    good = [query for intent in ("helmet", "refund", "unlock") for query in INTENTS[intent]]
    log = read(gap_log(INTENTS["battery"] + INTENTS["invoice"], 3 * good))
    return topics.analyse(log, settings=SETTINGS)


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


Rows = list[tuple[str, float, float, str]]


def asking(users: int, *, days: tuple[float, float] = (0.5, 6.5)) -> Rows:
    """Badly served questions about lost luggage, one a user, spread over some days."""
    texts = ("my luggage is lost", "lost luggage what now", "where is my lost luggage")
    step = (days[1] - days[0]) / users
    return [(texts[i % 3], LOW, days[0] + step * i, f"b{days[0]} {i}") for i in range(users)]


def week(
    *rows: Rows, end: str = WEEKS[0], settings: topics.Settings = SETTINGS
) -> topics.TopicsResult:
    good = [query for intent in ("helmet", "refund", "unlock") for query in INTENTS[intent]]
    served = [(query, HIGH, i % 36 + 0.25, f"g{i}") for i, query in enumerate(6 * good)]
    frame = frame_of([*served, *itertools.chain(*rows), ("the last query", HIGH, 0.0, "last")])
    frame["time"] += pd.Timestamp(end, tz="UTC") - frame["time"].max()
    return topics.analyse(read(frame), settings=settings)


def test_a_gap_that_the_report_shows_is_not_closed_and_has_its_share(tmp_path: Path) -> None:
    path = tmp_path / "gaps.json"
    topics.follow_ledger(path, week(asking(8)))
    fewer = week(asking(5), asking(8, days=(7.5, 13.5)), end=WEEKS[1])
    assert [gap.users for gap in fewer.gaps()] == [5]
    (entry,) = topics.follow_ledger(path, fewer).entries
    assert entry.state is GapState.OPEN
    assert entry.shares[-1][1] == pytest.approx(fewer.gaps()[0].traffic.current, abs=1e-6)
    more = week(asking(8), asking(13, days=(7.5, 20.5)), end=WEEKS[2])
    assert states(topics.follow_ledger(path, more)) == [GapState.OPEN]
    gone = week(asking(13, days=(7.5, 27.5)), end=WEEKS[3])
    (entry,) = topics.follow_ledger(path, gone).entries
    assert (entry.state, entry.shares[-1], entry.gap) == (GapState.CLOSED, (WEEKS[3], 0.0), 0)
    assert entry.last == WEEKS[2]


def test_whatever_the_report_shows_is_in_the_ledger(tmp_path: Path) -> None:
    small = replace(SETTINGS, smallest_cluster=3, fewest_users=2)
    assert week(asking(4)).all_gaps == ()
    shown = week(asking(4), settings=small)
    assert [gap.users for gap in shown.gaps()] == [4]
    assert states(topics.follow_ledger(tmp_path / "gaps.json", shown)) == [GapState.NEW]


def test_a_gap_that_is_found_no_more_is_measured_by_its_questions(gap: topics.Gap) -> None:
    ledger = follow_gaps([with_share(gap, 0.1)], Ledger(), end=WEEKS[0])
    asked = {gap.keys[0]: 0.04, gap.keys[1]: 0.03, "another": 0.5}
    apart = follow_gaps([], ledger, end=WEEKS[1], asked=asked)
    (entry,) = apart.entries
    assert (entry.state, entry.shares[-1][1], entry.last) == (GapState.OPEN, 0.07, WEEKS[1])
    nearly = follow_gaps([], ledger, end=WEEKS[1], asked={gap.keys[0]: 0.006})
    assert states(nearly) == [GapState.CLOSING]
    closed = follow_gaps([], ledger, end=WEEKS[1], asked={gap.keys[0]: 0.005})
    assert states(closed) == [GapState.CLOSED]
    assert closed.entries[0].shares[-1][1] == 0.005


def test_single_questions_do_not_bring_a_closed_gap_back(gap: topics.Gap) -> None:
    ledger = follow_gaps([with_share(gap, 0.08)], Ledger(), end=WEEKS[0])
    closed = follow_gaps([], ledger, end=WEEKS[1])
    few, many = with_share(gap, 0.01), with_share(gap, 0.02)
    assert states(follow_gaps([few], closed, end=WEEKS[2])) == [GapState.CLOSED]
    assert states(follow_gaps([many], closed, end=WEEKS[2])) == [GapState.REGRESSED]
    assert states(follow_gaps([few], closed, end=WEEKS[2], growing=[few])) == [GapState.REGRESSED]


def test_a_gap_that_nobody_asks_for_now_is_not_new(gap: topics.Gap) -> None:
    assert follow_gaps([replace(gap, requests=0)], Ledger(), end=WEEKS[0]).entries == ()


def test_another_run_of_the_same_day_replaces_the_last(
    result: topics.TopicsResult, tmp_path: Path
) -> None:
    path = tmp_path / "gaps.json"
    topics.follow_ledger(path, result)
    later = replace(result, end=WEEKS[1])
    once = render_ledger(topics.follow_ledger(path, later))
    topics.follow_ledger(path, replace(later, all_gaps=(), badly_asked={}))
    closed = parse_ledger(path.read_text())
    assert set(states(closed)) == {GapState.CLOSED}
    assert render_ledger(topics.follow_ledger(path, later)) == once


def test_a_file_without_the_run_before_it_is_read(
    result: topics.TopicsResult, tmp_path: Path
) -> None:
    path = tmp_path / "gaps.json"
    topics.follow_ledger(path, result)
    topics.follow_ledger(path, replace(result, all_gaps=(), badly_asked={}, end=WEEKS[1]))
    content = json.loads(path.read_text())
    del content["before"]
    path.write_text(json.dumps(content))
    ledger = topics.follow_ledger(path, replace(result, end=WEEKS[1]))
    assert set(states(ledger)) == {GapState.GROWING}
    assert [len(entry.shares) for entry in ledger.entries] == [2, 2]


def test_what_an_old_file_tells_of_the_run_before_is_restored(gap: topics.Gap) -> None:
    ledger = follow_gaps([gap], Ledger(), end=WEEKS[0])
    closed = follow_gaps([], ledger, end=WEEKS[1])
    regressed = follow_gaps([gap], closed, end=WEEKS[2])
    assert undo(ledger.entries, WEEKS[0]) == ()
    for run, before in ((closed, GapState.OPEN), (regressed, GapState.CLOSED)):
        (entry,) = undo(run.entries, run.end)
        assert (entry.state, entry.shares) == (before, run.before[0].shares)
    assert undo(closed.entries, WEEKS[2]) == closed.entries


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


def test_without_a_path_nothing_is_followed_and_nothing_is_written(
    result: topics.TopicsResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = topics.follow_ledger("", result)
    assert ledger.entries == ()
    assert list(tmp_path.iterdir()) == []
    assert "No file for the ledger was given" in ledger._repr_html_()


def test_too_little_data_closes_no_gap(result: topics.TopicsResult, tmp_path: Path) -> None:
    path = tmp_path / "gaps.json"
    first = topics.follow_ledger(path, result)
    before = path.read_bytes()
    few = topics.analyse(read(gap_log(INTENTS["helmet"], [])), settings=SETTINGS)
    assert few.verdict().outcome is Outcome.UNDECIDED
    ledger = topics.follow_ledger(path, few)
    assert path.read_bytes() == before
    assert states(ledger) == states(first) == [GapState.NEW, GapState.NEW]
    assert {entry.gap for entry in ledger.entries} == {0}
    assert f"Too few scores to follow gaps: the ledger stays as it was on {result.end}." in (
        ledger.table().caption
    )


def test_a_first_run_of_too_little_data_writes_no_file(tmp_path: Path) -> None:
    few = topics.analyse(read(gap_log(INTENTS["helmet"], [])), settings=SETTINGS)
    ledger = topics.follow_ledger(tmp_path / "gaps.json", few)
    assert list(tmp_path.iterdir()) == []
    assert ledger.table().caption == "Too few scores to follow gaps: none is written."


def test_a_log_that_ends_before_the_ledger_is_refused(
    result: topics.TopicsResult, tmp_path: Path
) -> None:
    path = tmp_path / "gaps.json"
    topics.follow_ledger(path, replace(result, end=WEEKS[1]))
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"ends on {WEEKS[1]}.*before it, on {WEEKS[0]}"):
        topics.follow_ledger(path, result)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "is no JSON"),
        ("[]", "is no ledger of gaps; delete it"),
        (
            json.dumps({"format": "mlops topics ledger", "gaps": [{"shares": []}]}),
            r"row 1, state: must be one of new, (.|\n)*row 1, shares: must be a list, not empty",
        ),
        (json.dumps({"format": "mlops topics ledger", "gaps": 3}), "gaps: must be a list"),
        (
            json.dumps({"format": "mlops topics ledger", "gaps": [], "before": [{}]}),
            "row 1, entry: must be a whole number",
        ),
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
